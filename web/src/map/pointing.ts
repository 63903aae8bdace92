// SPDX-License-Identifier: MIT
// What a point of the screen means: a file's title, a card, a choice in it, or nothing.
import { titleBox, titleOf } from "./draw_ground";
import type { DrawStyle } from "./draw_map";
import { meets } from "./grid";
import { detailAt } from "./metrics";
import type { Scene } from "./scene";
import type { Stage } from "./stage";
import { pinAt, type Tooltip } from "./tooltip";

export interface PointEvents { pick(index: number): void; toggleFold(file: string): void; fit(): void; approach(index: number): void }

export class Pointing {
  scene: Scene | null = null;
  style: DrawStyle | null = null;

  constructor(private readonly stage: Stage, private readonly tip: Tooltip, private readonly on: PointEvents) {}

  click(sx: number, sy: number): void {
    if (this.scene === null) return;
    const file = this.fileAt(sx, sy);
    if (file !== "") this.on.toggleFold(file);
    else this.on.pick(this.cardAt(sx, sy));
  }

  doubleClick(sx: number, sy: number): void {
    const index = this.cardAt(sx, sy);
    if (index >= 0) this.on.approach(index);
    else if (this.fileAt(sx, sy) === "") this.on.fit();
  }

  hover(sx: number, sy: number): void {
    const index = this.cardAt(sx, sy);
    const title = index < 0 || detailAt(this.stage.view.scale) === "far" ? this.fileAt(sx, sy) : "";
    this.stage.canvas.style.cursor = index >= 0 || title !== "" ? "pointer" : "";
    if (this.stage.marks.hovered !== index) {
      this.stage.marks.hovered = index;
      this.stage.request();
    }
    if (index < 0 || this.scene === null) return this.tip.hide();
    const label = this.scene.label(index);
    const near = detailAt(this.stage.view.scale) === "near";
    const pin = near ? pinAt(label, this.at(sx, sy).y - label.y) : null;
    this.tip.show(sx, sy, label, pin, this.stage.view);
  }

  leave(): void {
    this.tip.hide();
    if (this.stage.marks.hovered < 0) return;
    this.stage.marks.hovered = -1;
    this.stage.request();
  }

  private at(sx: number, sy: number): { x: number; y: number } {
    const { x, y, scale } = this.stage.view;
    return { x: x + sx / scale, y: y + sy / scale };
  }

  private cardAt(sx: number, sy: number): number {
    const { x, y } = this.at(sx, sy);
    return this.scene?.cardAt(x, y) ?? -1;
  }

  /** The file whose title, or whose one card, is there. */
  private fileAt(sx: number, sy: number): string {
    if (this.scene === null || this.style === null) return "";
    const { scale } = this.stage.view;
    const point = { ...this.at(sx, sy), width: 0, height: 0 };
    for (const file of this.scene.map.files) {
      const folded = this.scene.folded.has(file.file);
      if (folded ? meets(file, point) : meets(titleBox(titleOf(this.stage.brush, this.style, file, scale, false)), point)) return file.file;
    }
    return "";
  }
}
