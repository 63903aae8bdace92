// SPDX-License-Identifier: MIT
// The row above the map: search, what a card is, zoom, the map as text.
import { element } from "../dom";
import { t } from "../words";
import { button } from "./panel";
import type { StoryMap } from "./types";

export interface ToolEvents { level(level: StoryMap["level"]): void; zoom(factor: number): void; fit(): void; text(shown: boolean): void; clear(): void }

const levels = ["labels", "files", "chapters"] as const;

export class Tools {
  private readonly levels = levels.map((level) => button(t(`map.level.${level}`), () => this.events.level(level), { "aria-pressed": "false" }));
  private readonly text = button(t("map.text"), () => this.events.text(this.text.getAttribute("aria-pressed") !== "true"), { "aria-pressed": "false", class: "map-text-button" });
  private readonly filterTitle = element("span");
  private readonly filter = element("div", { class: "map-filter", hidden: "" }, this.filterTitle,
    button("✕", () => this.events.clear(), { class: "map-quiet", "aria-label": t("map.filter.clear"), title: t("map.filter.clear") }));
  readonly root: HTMLElement;

  constructor(search: HTMLElement, private readonly events: ToolEvents) {
    const group = (label: string, ...buttons: HTMLElement[]) => element("div", { class: "map-group", role: "group", "aria-label": label }, ...buttons);
    this.root = element("div", { class: "map-tools", role: "toolbar", "aria-label": t("map.tools") },
      search, group(t("map.level"), ...this.levels), this.filter, element("span", { class: "map-space" }), this.text,
      group(t("map.zoom.fit"), button("−", () => events.zoom(1 / Math.SQRT2), { "aria-label": t("map.zoom.out"), title: t("map.zoom.out") }),
        button("+", () => events.zoom(Math.SQRT2), { "aria-label": t("map.zoom.in"), title: t("map.zoom.in") }),
        button(t("map.fit"), () => events.fit(), { title: t("map.zoom.fit") })));
  }

  setLevel(level: StoryMap["level"]): void {
    this.levels.forEach((made, at) => made.setAttribute("aria-pressed", String(levels[at] === level)));
  }

  setText(shown: boolean): void {
    this.text.setAttribute("aria-pressed", String(shown));
  }

  setFilter(title: string | null): void {
    this.filter.hidden = title === null;
    this.filterTitle.textContent = title ?? "";
  }
}
