// SPDX-License-Identifier: MIT
// The map as a table, a hundred labels at a time: the same story for who cannot see the drawing.
import { element } from "../dom";
import { minutes, number, t, tn } from "../words";
import { button } from "./panel";
import type { Scene } from "./scene";
import type { MapHost, MapLabel } from "./types";
import type { Ways } from "./ways";

const perPage = 100;
const mostWays = 12;

export class AsText {
  readonly root = element("section", { class: "map-text", "aria-label": t("map.text"), hidden: "", tabindex: "0" });
  private page = 0;
  private rows: number[] = [];
  private scene: Scene | null = null;
  private ways: Ways | null = null;

  constructor(private readonly host: MapHost, private readonly select: (index: number) => void) {}

  /** `rows`: the labels that filter and search leave. */
  setRows(scene: Scene, ways: Ways, rows: number[]): void {
    this.scene = scene;
    this.ways = ways;
    this.rows = rows;
    this.page = Math.min(this.page, Math.max(0, Math.ceil(rows.length / perPage) - 1));
    if (!this.root.hidden) this.draw();
  }

  show(shown: boolean): void {
    this.root.hidden = !shown;
    if (shown) this.draw();
    else this.root.replaceChildren();
  }

  private draw(): void {
    if (this.scene === null) return;
    const first = this.page * perPage;
    const shown = this.rows.slice(first, first + perPage);
    const head = element("tr", {}, ...(["map.text.label", "map.text.place", "map.text.words", "map.text.minutes", "map.text.to"] as const)
      .map((key) => element("th", { scope: "col" }, t(key))));
    const told = this.rows.length === 0 ? t("map.search.none")
      : t("map.text.range", { first: first + 1, last: first + shown.length, count: this.rows.length });
    this.root.replaceChildren(
      element("div", { class: "map-text-head" }, element("span", { role: "status" }, told), this.turn("map.text.before", -1), this.turn("map.text.after", 1)),
      element("table", {}, element("caption", { class: "unseen" }, tn("count.labels", this.rows.length)), element("thead", {}, head),
        element("tbody", {}, ...shown.map((index) => this.row(index)))));
    this.root.scrollTop = 0;
  }

  private turn(key: "map.text.before" | "map.text.after", by: number): HTMLButtonElement {
    const made = button(t(key), () => {
      this.page += by;
      this.draw();
      this.root.focus();
    });
    made.disabled = this.page + by < 0 || (this.page + by) * perPage >= this.rows.length;
    return made;
  }

  private row(index: number): HTMLElement {
    const label = this.scene!.label(index);
    const out = this.ways!.out(index);
    const to = [...new Set(out.map((edge) => edge.to))];
    const links = to.slice(0, mostWays).map((other) => this.link(other));
    if (to.length > mostWays) links.push(element("span", { class: "map-soft" }, t("map.more", { count: to.length - mostWays })));
    const place = label.file === "" ? t("map.planned") : button(`${label.file}:${label.line}`, () => this.host.openPlace(label.file, label.line), { class: "map-place" });
    return element("tr", {}, element("th", { scope: "row" }, this.link(index), ...notes(label)), element("td", {}, place),
      element("td", { class: "map-number" }, number(label.words)), element("td", {}, minutes(label.seconds)), element("td", {}, ...links));
  }

  private link(index: number): HTMLElement {
    return button(this.scene!.label(index).name, () => this.select(index), { class: "map-way" });
  }
}

function notes(label: MapLabel): HTMLElement[] {
  const said = [
    label.entry ? t("map.badge.start") : "", label.ending ? t("map.badge.end") : "", label.reachable ? "" : t("map.unreachable"),
    label.change === "" ? "" : t(`map.change.${label.change}`), label.problems > 0 ? tn("count.problems", label.problems) : "",
  ].filter((text) => text !== "");
  return said.length === 0 ? [] : [element("span", { class: "map-soft" }, ` ${said.join(", ")}`)];
}
