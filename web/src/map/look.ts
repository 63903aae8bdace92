// SPDX-License-Identifier: MIT
// Colours, and what is dimmed: by a filter from outside, by the endings chosen in the legend.
import { dimmed } from "./dimming";
import type { DrawStyle } from "./draw_map";
import { Legend } from "./legend";
import { onThemeChange, readPalette } from "./palette";
import type { Scene } from "./scene";

export class Look {
  readonly legend = new Legend((routes) => {
    this.routes = routes;
    this.changed();
  });
  readonly stop = onThemeChange(() => this.changed());
  private kept: ReadonlySet<string> | null = null;
  private routes: ReadonlySet<number> = new Set();

  constructor(private readonly root: HTMLElement, private readonly changed: () => void) {}

  keep(labels: ReadonlySet<string> | null): void {
    this.kept = labels;
    this.changed();
  }

  dim(scene: Scene): Uint8Array | null {
    return dimmed(scene, this.kept, this.routes);
  }

  style(scene: Scene): DrawStyle {
    const palette = readPalette(this.root, scene.map.endings.length);
    this.routes = this.legend.setMap(scene.map, palette.routes);
    return { palette, dim: this.dim(scene) };
  }
}
