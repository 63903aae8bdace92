// SPDX-License-Identifier: MIT
// Ways for the eye: to a label, to a neighbour of it, to the whole map.
import type { Scene } from "./scene";
import type { Stage } from "./stage";
import type { Ways } from "./ways";

const readable = 0.8; // a label that is gone to is shown at least so large
const largest = 1.4;

export type Way = "up" | "down" | "left" | "right";

export class Journeys {
  scene: Scene | null = null;
  ways: Ways | null = null;

  constructor(private readonly stage: Stage) {}

  lookAt(index: number): void {
    const { view } = this.stage;
    const most = Math.max(readable, Math.min(largest, view.scale));
    if (this.scene !== null) this.stage.fly(view.placeFor(this.scene.placeOf(index), most));
  }

  fit(fly: boolean): void {
    if (this.scene === null) return;
    const place = this.stage.view.placeFor(this.scene.bounds, 1.25);
    if (fly) this.stage.fly(place);
    else this.stage.start(place);
  }

  /** The name of the label that lies that way; undefined when none does. */
  beside(index: number, way: Way): string | undefined {
    const { ways, scene } = this;
    if (index < 0 || ways === null || scene === null) return undefined;
    const next = way === "down" ? ways.out(index)[0]?.to : way === "up" ? ways.in(index)[0]?.from : ways.beside(index, way === "left" ? -1 : 1);
    return next === undefined || next < 0 ? undefined : scene.label(next).name;
  }
}
