// SPDX-License-Identifier: MIT
// Paths drawn over the map, and going along the first of them step by step.
import type { Scene } from "./scene";
import type { Stage } from "./stage";
import { trailOf } from "./trail";
import type { FollowedPath } from "./types";

export class Walk {
  private paths: readonly FollowedPath[] = [];
  private scene: Scene | null = null;
  private shown = true;
  private at = -1;

  constructor(private readonly stage: Stage) {}

  get id(): string {
    return this.shown ? this.paths[0]?.id ?? "" : "";
  }

  setPaths(paths: readonly FollowedPath[]): void {
    if (paths[0]?.id !== this.paths[0]?.id) this.at = -1;
    this.paths = paths;
    this.retrace();
  }

  setScene(scene: Scene): void {
    this.scene = scene;
    this.retrace();
  }

  setShown(shown: boolean): void {
    this.shown = shown;
    this.retrace();
  }

  toggle(): void {
    this.setShown(!this.shown);
  }

  /** The label of the next step (or the one before), null when there is no path. */
  step(by: 1 | -1): { name: string; step: number; count: number } | null {
    const labels = (this.paths[0]?.labels ?? []).filter((name) => this.scene?.indexOf.has(name));
    if (labels.length === 0) return null;
    if (!this.shown) this.setShown(true);
    this.at = Math.max(0, Math.min(labels.length - 1, this.at + by));
    return { name: labels[this.at]!, step: this.at + 1, count: labels.length };
  }

  private retrace(): void {
    const { scene } = this;
    this.stage.marks.trails = scene === null || !this.shown ? [] : this.paths.map((path) => trailOf(path, scene));
    this.stage.request();
  }
}
