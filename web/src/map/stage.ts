// SPDX-License-Identifier: MIT
// The canvas and its frames. A frame is drawn when something changed, and only then.
import { element } from "../dom";
import { t } from "../words";
import type { DrawStyle } from "./draw_map";
import type { Rect } from "./grid";
import { drawMarks, type Marks } from "./overlay";
import { Painter } from "./painter";
import type { Palette } from "./palette";
import type { Scene } from "./scene";
import { Tiles } from "./tiles";
import { Viewport, type Place } from "./viewport";

const rest = 140; // ms after the last step of a zoom until it counts as done
const glowTime = 1600;

export interface StageEvents { moved(): void; settled(): void; complete(): void; resized(): void }

export class Stage {
  readonly canvas = element("canvas", { class: "map-canvas", tabindex: "0", role: "application", "aria-label": t("map.canvas") });
  readonly root = element("div", { class: "map-stage" }, this.canvas);
  readonly view = new Viewport();
  readonly painter = new Painter();
  readonly brush = this.canvas.getContext("2d", { alpha: false })!;
  readonly marks: Marks = { selected: -1, hovered: -1, found: [], changed: [], glow: 0, trails: [] };
  private readonly tiles = new Tiles(this.painter, () => this.request());
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly sizes = new ResizeObserver(() => this.fitCanvas());
  private ratioQuery: MediaQueryList | null = null;
  private scene: Scene | null = null;
  private palette: Palette | null = null;
  private colours = new Map<string, string>();
  private pending = 0;
  private restTimer = 0;
  private zooming = false;
  private glowStart = -Infinity;

  constructor(private readonly events: StageEvents) {
    this.sizes.observe(this.root);
  }

  get ready(): boolean {
    return this.view.width > 1;
  }

  /** A map; with `shift`, what was looked at is so much further now, and stays where it is on the screen. */
  setMap(scene: Scene, shift: readonly [number, number] | undefined): void {
    this.scene = scene;
    this.view.setBounds(scene.bounds);
    this.painter.setScene(scene);
    if (shift === undefined) this.tiles.forget();
    this.tiles.renew(scene.bounds, shift?.[0] ?? 0, shift?.[1] ?? 0);
    this.view.x += shift?.[0] ?? 0;
    this.view.y += shift?.[1] ?? 0;
    this.request();
  }

  setFolded(scene: Scene): void {
    this.scene = scene;
    this.painter.setScene(scene);
    this.painter.setFolded(scene.folded);
    this.tiles.renew(scene.bounds, 0, 0);
    this.request();
  }

  setStyle(style: DrawStyle): void {
    this.palette = style.palette;
    this.colours.clear();
    this.painter.setStyle(style);
    if (this.scene !== null) this.tiles.renew(this.scene.bounds, 0, 0);
    this.request();
  }

  glow(labels: readonly number[]): void {
    this.marks.changed = labels;
    this.glowStart = labels.length > 0 ? performance.now() : -Infinity;
    // Reduced motion: an outline that stands still, and is gone at the end.
    if (this.calm.matches) setTimeout(() => this.request(), glowTime + 20);
    this.request();
  }

  pan(dx: number, dy: number): void {
    this.view.panBy(dx, dy);
    this.moved();
  }

  zoom(x: number, y: number, factor: number): void {
    this.zooming = true;
    this.view.zoomAt(x, y, factor);
    this.moved();
  }

  fly(to: { x: number; y: number; scale: number }): void {
    this.view.goTo(to, !this.calm.matches && this.ready && !document.hidden);
    this.moved();
  }

  /** There at once: the first screen, or one that is restored. */
  start(place: Place): void {
    this.view.goTo(place, false);
    this.moved();
  }

  jump(x: number, y: number): void {
    this.start({ x, y, scale: this.view.scale });
  }

  zoomMiddle(factor: number): void {
    const { covered, width, height, scale, place } = this.view;
    if (!this.view.flying) return this.fly({ ...place, scale: scale * factor });
    this.zoom((width - covered.right) / 2, (height - covered.foot) / 2, factor);
  }

  /** Brings a card into sight that a panel or the screen's edge hides. */
  uncover(card: Rect): void {
    const { x, y, scale, width, height, covered } = this.view;
    const right = (card.x + card.width - x) * scale;
    const foot = (card.y + card.height - y) * scale;
    const hidden = right > width - covered.right || foot > height - covered.foot;
    if (hidden && card.width * scale < width - covered.right) this.fly({ x: card.x + card.width / 2, y: card.y + card.height / 2, scale });
  }

  private moved(): void {
    clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => this.settle(), rest);
    this.events.moved();
    this.request();
  }

  request(): void {
    if (this.pending === 0) this.pending = requestAnimationFrame((now) => this.frame(now));
  }

  /** The whole map, at most so many pixels long. */
  png(longest: number): Promise<Blob> {
    if (this.scene === null) return Promise.reject(new Error("no map"));
    const { x, y, width, height } = this.scene.bounds;
    const scale = Math.min(2, longest / Math.max(width, height));
    const [wide, high] = [Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale))];
    return this.painter.png({ x, y, width: wide, height: high, scale, ratio: 1, plain: false });
  }

  dispose(): void {
    cancelAnimationFrame(this.pending);
    this.pending = -1;
    clearTimeout(this.restTimer);
    this.sizes.disconnect();
    this.ratioQuery?.removeEventListener("change", this.fitCanvas);
    this.painter.dispose();
  }

  private settle(): void {
    if (this.view.flying) return this.moved();
    this.zooming = false;
    this.events.settled();
    this.request();
  }

  private readonly fitCanvas = (): void => {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width === 0 || height === 0) return; // not shown now
    const ratio = devicePixelRatio;
    if (ratio !== this.view.ratio || this.ratioQuery === null) this.watchRatio(ratio);
    const sharper = ratio !== this.view.ratio;
    this.view.resize(width, height, ratio);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    if (sharper && this.scene !== null) this.tiles.renew(this.scene.bounds, 0, 0);
    this.events.resized();
    // In the same turn, or the emptied canvas would be seen.
    cancelAnimationFrame(this.pending);
    this.pending = 0;
    this.frame(performance.now());
    this.events.moved();
  };

  private watchRatio(ratio: number): void {
    this.ratioQuery?.removeEventListener("change", this.fitCanvas);
    this.ratioQuery = matchMedia(`(resolution: ${ratio}dppx)`);
    this.ratioQuery.addEventListener("change", this.fitCanvas);
  }

  private frame(now: number): void {
    this.pending = 0;
    const { scene, palette, view, brush } = this;
    if (scene === null || palette === null || !this.ready) return;
    const flying = view.step(now);
    if (flying) this.moved();
    brush.fillStyle = palette.ground;
    brush.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const complete = this.tiles.paint(brush, view, this.level(), flying || this.zooming);
    this.marks.glow = this.glowNow(now);
    drawMarks(brush, scene, view, palette, this.marks, (name) => this.colour(name));
    if (complete && !flying) this.events.complete();
    if (flying || (this.marks.glow > 0 && !this.calm.matches)) this.request();
  }

  /** Pixels per unit of the pieces: exactly what is seen when at rest, the nearest power of two on the way. */
  private level(): number {
    const scale = this.view.scale * this.view.ratio;
    return this.zooming || this.view.flying ? 2 ** Math.round(Math.log2(scale)) : scale;
  }

  private glowNow(now: number): number {
    const part = (now - this.glowStart) / glowTime;
    if (part >= 1) return 0;
    return this.calm.matches ? 1 : 1 - Math.max(0, part) ** 2;
  }

  private colour(name: string): string {
    let colour = this.colours.get(name);
    if (colour === undefined) {
      colour = getComputedStyle(this.root).getPropertyValue(name).trim() || this.palette!.accent;
      this.colours.set(name, colour);
    }
    return colour;
  }
}
