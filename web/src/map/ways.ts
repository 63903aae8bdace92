// SPDX-License-Identifier: MIT
// Which ways lead into and out of a label, and which labels are beside it.
import type { Scene } from "./scene";
import type { MapEdge } from "./types";

export class Ways {
  private outgoing: Map<number, MapEdge[]> | null = null;
  private incoming: Map<number, MapEdge[]> | null = null;

  constructor(private readonly scene: Scene) {}

  out(index: number): readonly MapEdge[] {
    this.outgoing ??= by(this.scene.map.edges, "from");
    return this.outgoing.get(index) ?? [];
  }

  in(index: number): readonly MapEdge[] {
    this.incoming ??= by(this.scene.map.edges, "to");
    return this.incoming.get(index) ?? [];
  }

  /** The next label to the left (-1) or right (1) on the same height; -1: there is none. */
  beside(index: number, direction: -1 | 1): number {
    const { x, y, height } = this.scene.label(index);
    const band = { x: this.scene.bounds.x, y, width: this.scene.bounds.width, height: Math.min(height, 40) };
    let best = -1;
    for (const other of this.scene.cardsIn(band)) {
      const ahead = (this.scene.label(other).x - x) * direction;
      if (ahead > 0 && (best < 0 || ahead < (this.scene.label(best).x - x) * direction)) best = other;
    }
    return best;
  }
}

function by(edges: readonly MapEdge[], end: "from" | "to"): Map<number, MapEdge[]> {
  const lists = new Map<number, MapEdge[]>();
  for (const edge of edges) {
    const list = lists.get(edge[end]);
    if (list === undefined) lists.set(edge[end], [edge]);
    else list.push(edge);
  }
  return lists;
}
