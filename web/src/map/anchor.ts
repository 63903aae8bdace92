// SPDX-License-Identifier: MIT
// How far a newer map moved what the user looks at: the selected label, else the one nearest the middle.
import type { Scene } from "./scene";
import type { Viewport } from "./viewport";
import { meets } from "./grid";

export function shiftBetween(before: Scene, after: Scene, selected: string, view: Viewport): [number, number] {
  const chosen = before.named(selected);
  const name = chosen !== undefined && meets(chosen, view.rect) && after.named(selected) !== undefined ? selected : nearestKept(before, after, view);
  const [was, is] = [before.named(name), after.named(name)];
  return was === undefined || is === undefined ? [0, 0] : [is.x - was.x, is.y - was.y];
}

function nearestKept(before: Scene, after: Scene, view: Viewport): string {
  const { x, y } = view.place;
  let best = "";
  let least = Infinity;
  for (const label of before.map.labels) {
    const far = (label.x + label.width / 2 - x) ** 2 + (label.y + label.height / 2 - y) ** 2;
    if (far < least && after.indexOf.has(label.name)) [best, least] = [label.name, far];
  }
  return best;
}
