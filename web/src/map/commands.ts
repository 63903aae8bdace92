// SPDX-License-Identifier: MIT
// What the keys of the map do.
import { t } from "../words";
import type { Journeys } from "./journeys";
import type { KeyEvents } from "./keys";
import type { Search } from "./search";
import type { Selection } from "./selection";
import type { Stage } from "./stage";
import type { Walk } from "./walk";

export interface Parts { stage: Stage; journeys: Journeys; selection: Selection; walk: Walk; search: Search; select(label: string, fly: boolean): void }

export function commands({ stage, journeys, selection, walk, search, select }: Parts): KeyEvents {
  return {
    pan: (dx, dy) => stage.pan(dx, dy),
    zoom: (factor) => stage.zoomMiddle(factor),
    fit: () => journeys.fit(true),
    open: () => selection.openPlace(),
    neighbour: (way) => {
      const name = journeys.beside(selection.index, way);
      if (name !== undefined) select(name, true);
    },
    follow: () => walk.toggle(),
    step: (by) => {
      const step = walk.step(by);
      if (step === null) return;
      select(step.name, true);
      selection.live.textContent = t("map.told.step", step);
    },
    search: () => search.field.focus(),
    clear: () => select("", false),
  };
}
