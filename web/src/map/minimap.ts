// SPDX-License-Identifier: MIT
// The whole map small, with a frame around what the screen shows; the frame can be dragged.
import { element } from "../dom";
import { t } from "../words";
import type { Rect } from "./grid";
import type { Painter } from "./painter";
import type { Viewport } from "./viewport";

const longest = { width: 200, height: 150 };

export class Minimap {
  readonly root = element("div", { class: "map-mini", "aria-hidden": "true", title: t("map.mini") });
  private readonly canvas = element("canvas");
  private readonly frame = element("div", { class: "map-mini-frame" });
  private bounds: Rect = { x: 0, y: 0, width: 1, height: 1 };
  private scale = 1;
  private turn = 0;

  constructor(private readonly painter: Painter, moveTo: (x: number, y: number) => void) {
    this.root.append(this.canvas, this.frame);
    const move = (event: PointerEvent) => {
      const box = this.canvas.getBoundingClientRect();
      moveTo(this.bounds.x + (event.clientX - box.left) / this.scale, this.bounds.y + (event.clientY - box.top) / this.scale);
    };
    this.root.addEventListener("pointerdown", (event) => {
      this.root.setPointerCapture(event.pointerId);
      move(event);
    });
    this.root.addEventListener("pointermove", (event) => {
      if (this.root.hasPointerCapture(event.pointerId)) move(event);
    });
  }

  /** The last picture stays until the new one is there. */
  async redraw(bounds: Rect, ratio: number): Promise<void> {
    const turn = ++this.turn;
    const scale = Math.min(longest.width / bounds.width, longest.height / bounds.height);
    const [width, height] = [Math.max(2, Math.ceil(bounds.width * scale)), Math.max(2, Math.ceil(bounds.height * scale))];
    const picture = await this.painter.draw({ x: bounds.x, y: bounds.y, width: Math.ceil(width * ratio), height: Math.ceil(height * ratio), scale: scale * ratio, ratio, plain: true }).catch(() => null);
    if (turn !== this.turn || picture === null) return;
    this.bounds = bounds;
    this.scale = scale;
    this.canvas.width = picture.width;
    this.canvas.height = picture.height;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.canvas.getContext("2d", { alpha: false })?.drawImage(picture, 0, 0);
    if (picture instanceof ImageBitmap) picture.close();
    this.root.hidden = false;
  }

  follow(view: Viewport): void {
    const { x, y, width, height } = view.rect;
    const { bounds } = this;
    // With everything in view it would say the same once more.
    const whole = x <= bounds.x && y <= bounds.y && x + width >= bounds.x + bounds.width && y + height >= bounds.y + bounds.height;
    this.root.classList.toggle("whole", whole);
    const place = [(x - this.bounds.x) * this.scale, (y - this.bounds.y) * this.scale];
    this.frame.style.transform = `translate(${place[0]}px, ${place[1]}px)`;
    this.frame.style.width = `${Math.max(6, width * this.scale)}px`;
    this.frame.style.height = `${Math.max(5, height * this.scale)}px`;
  }
}
