// SPDX-License-Identifier: MIT
// Which part of the map is on the screen, and how to get to another.
import type { Rect } from "./grid";
import { mostScale } from "./metrics";

export interface Place { x: number; y: number; scale: number } // of the view's centre

const flight = 250;
const ease = (part: number): number => 1 - (1 - part) ** 3;

export class Viewport {
  /** The map's point in the upper left corner. */
  x = 0;
  y = 0;
  scale = 1;
  width = 1;
  height = 1;
  ratio = 1;
  /** What panels cover at the right and at the foot. */
  covered = { right: 0, foot: 0 };
  private bounds: Rect = { x: 0, y: 0, width: 1, height: 1 };
  private journey: { from: Place; to: Place; start: number } | null = null;

  setBounds(bounds: Rect): void {
    this.bounds = bounds;
  }

  /** The middle of the screen stays where it is on the map. */
  resize(width: number, height: number, ratio: number): void {
    const { x, y, scale } = this.place;
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.ratio = ratio;
    this.put({ x, y, scale });
  }

  get rect(): Rect {
    return { x: this.x, y: this.y, width: this.width / this.scale, height: this.height / this.scale };
  }

  /** Of the uncovered part's middle. */
  get place(): Place {
    return { x: this.x + this.freeWidth / 2 / this.scale, y: this.y + this.freeHeight / 2 / this.scale, scale: this.scale };
  }

  get flying(): boolean {
    return this.journey !== null;
  }

  get fitScale(): number {
    return Math.min(1.25, (this.freeWidth - 32) / this.bounds.width, (this.freeHeight - 32) / this.bounds.height);
  }

  put({ x, y, scale }: Place): void {
    this.scale = Math.max(Math.min(this.fitScale * 0.6, 0.5), Math.min(mostScale, scale));
    const { bounds } = this;
    const inside = (value: number, low: number, size: number) => Math.max(low, Math.min(low + size, value));
    this.x = inside(x, bounds.x, bounds.width) - this.freeWidth / 2 / this.scale;
    this.y = inside(y, bounds.y, bounds.height) - this.freeHeight / 2 / this.scale;
  }

  stop(): void {
    this.journey = null;
  }

  panBy(dx: number, dy: number): void {
    this.stop();
    const { x, y, scale } = this.place;
    this.put({ x: x + dx / scale, y: y + dy / scale, scale });
  }

  /** The point of the map under (sx, sy) stays under it. */
  zoomAt(sx: number, sy: number, factor: number): void {
    this.stop();
    const x = this.x + sx / this.scale;
    const y = this.y + sy / this.scale;
    const middle = this.place;
    this.put({ ...middle, scale: this.scale * factor });
    this.put({ x: x + (this.freeWidth / 2 - sx) / this.scale, y: y + (this.freeHeight / 2 - sy) / this.scale, scale: this.scale });
  }

  placeFor(rect: Rect, most: number): Place {
    const scale = Math.min(most, (this.freeWidth - 48) / rect.width, (this.freeHeight - 48) / rect.height);
    return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2, scale };
  }

  goTo(to: Place, fly: boolean): void {
    if (fly) this.journey = { from: this.place, to, start: performance.now() };
    else this.put(to);
  }

  /** Moves along the journey; false when there is none. */
  step(now: number): boolean {
    if (this.journey === null) return false;
    const { from, to, start } = this.journey;
    const part = Math.min(1, Math.max(0, (now - start) / flight));
    const done = ease(part);
    const scale = from.scale * (to.scale / from.scale) ** done;
    // Even on the screen: the way gone follows the scale, not the time.
    const way = Math.abs(to.scale / from.scale - 1) < 0.01 ? done : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale);
    this.put({ x: from.x + (to.x - from.x) * way, y: from.y + (to.y - from.y) * way, scale });
    if (part === 1) this.journey = null;
    return true;
  }

  private get freeWidth(): number {
    return Math.max(60, this.width - this.covered.right);
  }

  private get freeHeight(): number {
    return Math.max(60, this.height - this.covered.foot);
  }
}
