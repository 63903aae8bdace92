// SPDX-License-Identifier: MIT
// Finds what lies in a rectangle without looking at everything.

export interface Rect { x: number; y: number; width: number; height: number }

export const meets = (a: Rect, b: Rect): boolean =>
  a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;

const cell = 1024;
const mostCells = 48; // what spans more is looked at every time

export class Grid {
  private readonly cells = new Map<number, number[]>();
  private readonly wide: number[] = [];
  private readonly seen: Uint32Array;
  private turn = 0;

  constructor(private readonly rects: readonly Rect[], private readonly bounds: Rect) {
    this.seen = new Uint32Array(rects.length);
    rects.forEach((rect, index) => this.add(index, rect));
  }

  /** Indices of what meets the rectangle, in their order. */
  query(rect: Rect): number[] {
    if (covers(rect, this.bounds)) return this.rects.map((_, index) => index);
    const found: number[] = [];
    const turn = ++this.turn;
    const take = (index: number) => {
      if (this.seen[index] === turn) return;
      this.seen[index] = turn;
      if (meets(this.rects[index]!, rect)) found.push(index);
    };
    eachCell(rect, (key) => this.cells.get(key)?.forEach(take));
    this.wide.forEach(take);
    return found.sort((a, b) => a - b);
  }

  private add(index: number, rect: Rect): void {
    const across = Math.floor(rect.width / cell) + 2;
    const down = Math.floor(rect.height / cell) + 2;
    if (across * down > mostCells) {
      this.wide.push(index);
      return;
    }
    eachCell(rect, (key) => {
      const list = this.cells.get(key);
      if (list === undefined) this.cells.set(key, [index]);
      else list.push(index);
    });
  }
}

function covers(outer: Rect, inner: Rect): boolean {
  return outer.x <= inner.x && outer.y <= inner.y && outer.x + outer.width >= inner.x + inner.width && outer.y + outer.height >= inner.y + inner.height;
}

function eachCell(rect: Rect, visit: (key: number) => void): void {
  const right = Math.floor((rect.x + rect.width) / cell);
  const foot = Math.floor((rect.y + rect.height) / cell);
  for (let y = Math.floor(rect.y / cell); y <= foot; y++) {
    for (let x = Math.floor(rect.x / cell); x <= right; x++) visit(y * 65536 + x);
  }
}
