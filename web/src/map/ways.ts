// SPDX-License-Identifier: MIT
// Which ways lead into and out of a label, and which labels are beside it.
import type { Scene } from "./scene";
import type { MapEdge } from "./types";

export class Ways {
  private readonly outgoing = new Map<number, MapEdge[]>();
  private readonly incoming = new Map<number, MapEdge[]>();

  constructor(private readonly scene: Scene) {
    for (const edge of scene.map.edges) {
      put(this.outgoing, edge.from, edge);
      put(this.incoming, edge.to, edge);
    }
  }

  out(index: number): readonly MapEdge[] {
    return this.outgoing.get(index) ?? [];
  }

  in(index: number): readonly MapEdge[] {
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

  nearest(x: number, y: number): number {
    let best = -1;
    let least = Infinity;
    this.scene.map.labels.forEach((label, index) => {
      if (this.scene.hidden[index]) return;
      const far = Math.hypot(label.x + label.width / 2 - x, label.y + label.height / 2 - y);
      if (far < least) [best, least] = [index, far];
    });
    return best;
  }
}

function put(lists: Map<number, MapEdge[]>, key: number, edge: MapEdge): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [edge]);
  else list.push(edge);
}
