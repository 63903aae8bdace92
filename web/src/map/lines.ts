// SPDX-License-Identifier: MIT
// The lines of a map's edges, between cards or the folded files they lie in.
import { curveOf, type Curve } from "./curves";
import { Grid, type Rect } from "./grid";
import { card } from "./metrics";
import type { Scene } from "./scene";
import type { MapEdge } from "./types";

export interface Line extends Curve { edge: MapEdge; index: number; route: number; long: boolean }

const longFrom = 3000;
const mostLong = 150;

export class Lines {
  readonly all: Line[] = [];
  /** So many lines cross the map that only their ends can be drawn. */
  readonly crowded: boolean;
  /** Less than 1 where there are so many lines that they would hide everything else. */
  readonly calm: number;
  private readonly grid: Grid;

  constructor(private readonly scene: Scene) {
    this.make();
    this.grid = new Grid(this.all.map((line) => line.box), scene.bounds);
    this.crowded = this.all.filter((line) => line.long).length > mostLong;
    this.calm = Math.max(0.2, Math.min(1, (4 * scene.map.labels.length) / Math.max(1, this.all.length)));
  }

  in(rect: Rect): Line[] {
    return this.grid.query(rect).map((index) => this.all[index]!);
  }

  private make(): void {
    const { map, hidden } = this.scene;
    const joined = new Set<string>();
    map.edges.forEach((edge, index) => {
      if (map.labels[edge.from] === undefined || map.labels[edge.to] === undefined) return;
      const from = this.scene.placeOf(edge.from);
      const to = this.scene.placeOf(edge.to);
      if (from === to && hidden[edge.from]) return;
      if (hidden[edge.from] || hidden[edge.to]) {
        // One line between two folded files says it; fifty say no more.
        const key = `${from.x},${from.y},${to.x},${to.y},${edge.kind === "call"}`;
        if (joined.has(key)) return;
        joined.add(key);
      }
      const curve = curveOf({ from, to, pinY: this.pinY(edge), spread: index });
      // What crosses the map says less than what is beside it, and there can be thousands.
      const long = Math.max(curve.box.width, curve.box.height) > longFrom;
      this.all.push({ points: curve.points, bent: curve.bent, box: curve.box, long, edge, index, route: this.scene.label(edge.to).route });
    });
  }

  private pinY(edge: MapEdge): number | null {
    const pin = this.scene.hidden[edge.from] ? undefined : this.scene.label(edge.from).pins[edge.pin];
    return pin === undefined ? null : pin.y + pinHeight(pin.rows) / 2;
  }
}

export const pinHeight = (rows: number): number => Math.max(1, rows) * card.pinLine + card.pinPad * 2;
