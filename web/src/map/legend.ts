// SPDX-License-Identifier: MIT
// The endings and their colours; a click dims what does not lead there.
import { element } from "../dom";
import { t } from "../words";
import { button } from "./panel";
import type { StoryMap } from "./types";

const mostShown = 12;

export class Legend {
  private readonly list = element("ul");
  readonly root = element("details", { class: "map-legend", hidden: "" }, element("summary", {}, t("map.legend")), this.list);
  private chosen = new Set<number>();

  constructor(private readonly changed: (routes: ReadonlySet<number>) => void) {}

  /** Endings by how many labels lead to them alone; answers which are still chosen. */
  setMap(map: StoryMap, colours: readonly string[]): ReadonlySet<number> {
    const names = new Set(map.endings);
    this.chosen = new Set([...this.chosen].filter((route) => names.has(map.endings[route] ?? "")));
    const counts = new Map<number, number>();
    for (const { route } of map.labels) if (route >= 0) counts.set(route, (counts.get(route) ?? 0) + 1);
    const routes = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!).slice(0, mostShown);
    this.root.hidden = routes.length === 0;
    this.list.replaceChildren(...routes.map((route) => this.row(route, map.endings[route]!, colours[route]!, counts.get(route)!)));
    if (map.endings.length > routes.length) this.list.append(element("li", { class: "map-soft" }, t("map.legend.more", { count: map.endings.length - routes.length })));
    this.list.append(element("li", { class: "map-soft" }, t("map.legend.neutral")));
    return this.chosen;
  }

  private row(route: number, name: string, colour: string, count: number): HTMLElement {
    const swatch = element("span", { class: "map-swatch" });
    swatch.style.background = colour;
    const row = button("", () => {
      if (!this.chosen.delete(route)) this.chosen.add(route);
      row.setAttribute("aria-pressed", String(this.chosen.has(route)));
      this.changed(this.chosen);
    }, { "aria-pressed": String(this.chosen.has(route)), title: t("map.legend.title", { name }) });
    row.append(swatch, element("span", { class: "map-legend-name" }, name), element("span", { class: "map-soft" }, String(count)));
    return element("li", {}, row);
  }
}
