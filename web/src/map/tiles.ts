// SPDX-License-Identifier: MIT
// The map in square pieces, drawn once for a scale and kept; panning only copies them. Where a piece
// is not there yet, what there is of other scales is stretched over its place.
import type { Rect } from "./grid";
import type { Painter, Picture } from "./painter";
import type { Viewport } from "./viewport";

interface Tile { picture: Picture; level: number; x: number; y: number; size: number; bytes: number }
interface Want { level: number; column: number; row: number; key: string }

const side = 512; // CSS pixels
const pixels = (ratio: number): number => Math.round(side * ratio); // whole ones, or seams would show
const atOnce = 2; // so that what is asked next is what is wanted then
const leastBytes = 96 * 2 ** 20;
const mostOld = 80;
const baseSide = 1536; // the whole map at most so long, always kept

export class Tiles {
  private readonly tiles = new Map<string, Tile>(); // the one used last comes last
  private old: Tile[] = []; // of the map before, until the screen is full of the new one
  private wants: Want[] = [];
  private readonly asked = new Set<string>();
  private turn = 0;
  private bytes = 0;
  private bounds: Rect = { x: 0, y: 0, width: 1, height: 1 };
  private ratio = 1;

  constructor(private readonly painter: Painter, private readonly arrived: () => void) {}

  /** Everything is to be drawn anew; what is on the screen stays, moved by dx, dy on the map. */
  renew(bounds: Rect, dx: number, dy: number): void {
    const shown = [...this.old, ...this.tiles.values()];
    shown.splice(0, Math.max(0, shown.length - mostOld)).forEach((tile) => this.close(tile));
    this.old = shown.map((tile) => ({ ...tile, x: tile.x + dx, y: tile.y + dy })).sort((a, b) => a.level - b.level);
    this.tiles.clear();
    this.asked.clear();
    this.wants = [];
    this.turn++;
    this.bounds = bounds;
  }

  /** Another map altogether: nothing of the old one is of use. */
  forget(): void {
    this.dropOld();
    this.tiles.forEach((tile) => this.close(tile));
    this.tiles.clear();
  }

  /** Draws what the view shows; true when nothing is missing. `level`: pixels per unit. */
  paint(brush: CanvasRenderingContext2D, view: Viewport, level: number, busy: boolean): boolean {
    this.ratio = view.ratio;
    const size = pixels(view.ratio);
    const zoom = (view.scale * view.ratio) / level;
    const left = Math.round(view.x * view.scale * view.ratio);
    const top = Math.round(view.y * view.scale * view.ratio);
    const missing: Want[] = [];
    const here = this.wanted(level, view.rect);
    for (const want of here) {
      const x = Math.round(want.column * size * zoom) - left;
      const y = Math.round(want.row * size * zoom) - top;
      const width = Math.round((want.column + 1) * size * zoom) - left - x;
      const height = Math.round((want.row + 1) * size * zoom) - top - y;
      const tile = this.use(want.key);
      if (tile !== undefined) brush.drawImage(tile.picture, x, y, width, height);
      else {
        missing.push(want);
        this.fill(brush, want, { x, y, width, height }, view, left, top);
      }
    }
    if (missing.length === 0 && this.old.length > 0) this.dropOld();
    this.plan(missing, view, level, busy);
    return missing.length === 0;
  }

  private wanted(level: number, rect: Rect): Want[] {
    const unit = pixels(this.ratio) / level;
    const [left, top] = [Math.max(rect.x, this.bounds.x - 40), Math.max(rect.y, this.bounds.y - 40)];
    const right = Math.min(rect.x + rect.width, this.bounds.x + this.bounds.width + 40);
    const foot = Math.min(rect.y + rect.height, this.bounds.y + this.bounds.height + 40);
    const wants: Want[] = [];
    for (let row = Math.floor(top / unit); row * unit < foot; row++) {
      for (let column = Math.floor(left / unit); column * unit < right; column++) {
        wants.push({ level, column, row, key: `${level}:${column}:${row}` });
      }
    }
    return wants;
  }

  private use(key: string): Tile | undefined {
    const tile = this.tiles.get(key);
    if (tile !== undefined) {
      this.tiles.delete(key);
      this.tiles.set(key, tile);
    }
    return tile;
  }

  /** Stretches what other scales have over one missing piece, from the coarsest to the nearest one. */
  private fill(brush: CanvasRenderingContext2D, want: Want, place: Rect, view: Viewport, left: number, top: number): void {
    const unit = pixels(this.ratio) / want.level;
    const [x, y] = [want.column * unit, want.row * unit];
    const meeting = (tile: Tile) => tile.x < x + unit && x < tile.x + tile.size && tile.y < y + unit && y < tile.y + tile.size;
    const found = [...this.tiles.values()].filter(meeting).sort((a, b) => a.level - b.level);
    const finest = found.filter((tile) => tile.level <= want.level * 2.1).at(-1)?.level;
    const some = this.old.length > 0 ? this.old.filter(meeting) : found.filter((tile, at) => tile.level === finest || tile.level === found[0]!.level || at === 0);
    if (some.length === 0) return;
    const scale = view.scale * view.ratio;
    brush.save();
    brush.beginPath();
    brush.rect(place.x, place.y, place.width, place.height);
    brush.clip();
    for (const tile of some) brush.drawImage(tile.picture, tile.x * scale - left, tile.y * scale - top, tile.size * scale, tile.size * scale);
    brush.restore();
  }

  /** What to draw next: what is missing, nearest the middle first; the base; then the ring around. */
  private plan(missing: Want[], view: Viewport, level: number, busy: boolean): void {
    const unit = pixels(this.ratio) / level;
    const { x, y, width, height } = view.rect;
    const off = (want: Want) => Math.hypot((want.column + 0.5) * unit - x - width / 2, (want.row + 0.5) * unit - y - height / 2);
    const absent = (want: Want) => !this.tiles.has(want.key);
    const base = this.wanted(this.baseLevel, this.bounds).filter(absent);
    const ring = busy || missing.length > 0 ? [] : this.wanted(level, { x: x - unit * 0.6, y: y - unit * 0.6, width: width + unit * 1.2, height: height + unit * 1.2 }).filter(absent);
    this.wants = [...missing.sort((a, b) => off(a) - off(b)), ...base, ...ring];
    this.pump();
  }

  private get baseLevel(): number {
    return Math.min(1, (baseSide * this.ratio) / Math.max(this.bounds.width, this.bounds.height));
  }

  private pump(): void {
    while (this.asked.size < atOnce) {
      const want = this.wants.find(({ key }) => !this.asked.has(key) && !this.tiles.has(key));
      if (want === undefined) return;
      void this.ask(want, this.turn);
    }
  }

  private async ask(want: Want, turn: number): Promise<void> {
    const size = pixels(this.ratio);
    const unit = size / want.level;
    this.asked.add(want.key);
    try {
      const picture = await this.painter.draw({ x: want.column * unit, y: want.row * unit, width: size, height: size, scale: want.level, ratio: this.ratio, plain: false });
      const tile: Tile = { picture, level: want.level, x: want.column * unit, y: want.row * unit, size: unit, bytes: size * size * 4 };
      if (turn !== this.turn) return closePicture(picture);
      this.keep(want.key, tile);
    } catch {
      return; // asked again when the next frame misses it
    } finally {
      if (turn === this.turn) this.asked.delete(want.key);
    }
    this.pump();
    this.arrived();
  }

  private keep(key: string, tile: Tile): void {
    this.tiles.set(key, tile);
    this.bytes += tile.bytes;
    const most = Math.max(leastBytes, 60 * tile.bytes);
    for (const [other, oldest] of this.tiles) {
      if (this.bytes <= most) break;
      if (oldest.level === this.baseLevel) continue;
      this.tiles.delete(other);
      this.close(oldest);
    }
  }

  private close(tile: Tile): void {
    this.bytes -= tile.bytes;
    closePicture(tile.picture);
  }

  private dropOld(): void {
    this.old.forEach((tile) => this.close(tile));
    this.old = [];
  }
}

function closePicture(picture: Picture): void {
  if (picture instanceof ImageBitmap) picture.close();
}
