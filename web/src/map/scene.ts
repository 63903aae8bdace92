// SPDX-License-Identifier: MIT
// A story map made ready to be drawn and pointed at: which cards and lines there are and where,
// with folded files as one card each. Built on the page and, from the same data, in the worker.
import { curveOf, type Curve } from "./curves";
import { Grid, type Rect } from "./grid";
import { card } from "./metrics";
import type { MapEdge, MapFile, MapLabel, StoryMap } from "./types";

export interface Line extends Curve { edge: MapEdge; index: number; route: number; long: boolean }

const longFrom = 3000;
const mostLong = 150;

export class Scene {
  readonly bounds: Rect;
  readonly indexOf = new Map<string, number>();
  readonly lines: Line[] = [];
  /** Less than 1 where there are so many lines that they would hide everything else. */
  readonly calm: number;
  /** So many lines cross the map that only their ends can be drawn. */
  readonly crowded: boolean;
  readonly folded: ReadonlySet<string>;
  /** By label: it lies in a folded file and is not drawn itself. */
  readonly hidden: Uint8Array;
  /** Files of a chapter that stand side by side. */
  readonly chapters: { name: string; rect: Rect }[] = [];
  private readonly groundOf = new Map<string, MapFile>();
  private readonly cardGrid: Grid;
  private readonly lineGrid: Grid;

  constructor(readonly map: StoryMap, folded: Iterable<string>) {
    this.bounds = { x: 0, y: 0, width: Math.max(1, map.width), height: Math.max(1, map.height) };
    map.files.forEach((file) => this.groundOf.set(file.file, file));
    this.folded = new Set([...folded].filter((file) => this.groundOf.has(file)));
    this.hidden = Uint8Array.from(map.labels, (label) => (this.folded.has(label.file) ? 1 : 0));
    map.labels.forEach((label, index) => {
      if (!this.indexOf.has(label.name)) this.indexOf.set(label.name, index);
    });
    this.makeLines();
    this.crowded = this.lines.filter((line) => line.long).length > mostLong;
    this.calm = Math.max(0.2, Math.min(1, (4 * map.labels.length) / Math.max(1, this.lines.length)));
    this.gatherChapters();
    this.cardGrid = new Grid(map.labels, this.bounds);
    this.lineGrid = new Grid(this.lines.map((line) => line.box), this.bounds);
  }

  label(index: number): MapLabel {
    return this.map.labels[index]!;
  }

  named(name: string): MapLabel | undefined {
    const index = this.indexOf.get(name);
    return index === undefined ? undefined : this.map.labels[index];
  }

  ground(file: string): MapFile | undefined {
    return this.groundOf.get(file);
  }

  /** Where the label's card is: its own, or its folded file's. */
  placeOf(index: number): Rect {
    const label = this.label(index);
    return this.hidden[index] ? this.groundOf.get(label.file)! : label;
  }

  cardsIn(rect: Rect): number[] {
    return this.cardGrid.query(rect).filter((index) => !this.hidden[index]);
  }

  linesIn(rect: Rect): Line[] {
    return this.lineGrid.query(rect).map((index) => this.lines[index]!);
  }

  cardAt(x: number, y: number): number {
    return this.cardsIn({ x, y, width: 0, height: 0 }).at(-1) ?? -1;
  }

  private gatherChapters(): void {
    for (const file of this.map.files) {
      const last = this.chapters.at(-1);
      const beside = last !== undefined && last.name === file.chapter && file.x >= last.rect.x && Math.abs(file.y - last.rect.y) < 40;
      if (!beside) this.chapters.push({ name: file.chapter, rect: { x: file.x, y: file.y, width: file.width, height: file.height } });
      else {
        last.rect.width = Math.max(last.rect.width, file.x + file.width - last.rect.x);
        last.rect.height = Math.max(last.rect.height, file.height);
      }
    }
  }

  private makeLines(): void {
    const joined = new Set<string>();
    this.map.edges.forEach((edge, index) => {
      if (this.map.labels[edge.from] === undefined || this.map.labels[edge.to] === undefined) return;
      const from = this.placeOf(edge.from);
      const to = this.placeOf(edge.to);
      if (from === to && this.hidden[edge.from]) return;
      if (this.hidden[edge.from] || this.hidden[edge.to]) {
        // One line between two folded files says it; fifty say no more.
        const key = `${from.x},${from.y},${to.x},${to.y},${edge.kind === "call"}`;
        if (joined.has(key)) return;
        joined.add(key);
      }
      const curve = curveOf({ from, to, pinY: this.pinY(edge), spread: index });
      // What crosses the map says less than what is beside it, and there can be thousands.
      const long = Math.max(curve.box.width, curve.box.height) > longFrom;
      this.lines.push({ ...curve, long, edge, index, route: this.label(edge.to).route });
    });
  }

  private pinY(edge: MapEdge): number | null {
    const pin = this.hidden[edge.from] ? undefined : this.label(edge.from).pins[edge.pin];
    return pin === undefined ? null : pin.y + pinHeight(pin.rows) / 2;
  }
}

export const pinHeight = (rows: number): number => Math.max(1, rows) * card.pinLine + card.pinPad * 2;
