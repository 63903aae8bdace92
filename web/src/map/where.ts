// SPDX-License-Identifier: MIT
// The file in the middle of the screen, told while its title is out of sight.
import { element } from "../dom";
import { shortName } from "./draw_ground";
import { ground } from "./metrics";
import type { Scene } from "./scene";
import type { Viewport } from "./viewport";

export class Where {
  readonly root = element("div", { class: "map-where", "aria-hidden": "true", hidden: "" });
  private shown = "";

  follow(scene: Scene, view: Viewport): void {
    const { x, y } = view.place;
    const file = scene.map.files.find((one) => x >= one.x && x <= one.x + one.width && y >= one.y && y <= one.y + one.height);
    const away = file !== undefined && (file.y + ground.strip / 2 < view.y || file.x + ground.pad < view.x);
    const text = away ? shortName(file.file) : "";
    if (text === this.shown) return;
    this.shown = text;
    this.root.textContent = text;
    this.root.hidden = text === "";
  }
}
