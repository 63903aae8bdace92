// SPDX-License-Identifier: MIT
// The charts' values as a table, made when somebody opens it.
import { element } from "../dom";
import type { Metric } from "../pilot/history_api";
import { dated } from "../pilot/snapshots";
import { t } from "../words";
import { metricName, metricText } from "./chart_look";
import type { TrendData } from "./trend";

const most = 200;

export class ValueTable {
  readonly root = element("details", { class: "value-table" }, element("summary", {}, t("history.table")));
  private readonly body = element("div", { class: "scrolled", tabindex: "0", role: "group", "aria-label": t("history.table") });
  private data: TrendData | null = null;
  private metrics: readonly Metric[] = [];

  constructor() {
    this.root.append(this.body);
    this.root.addEventListener("toggle", () => this.draw());
  }

  show(data: TrendData, metrics: readonly Metric[]): void {
    this.data = data;
    this.metrics = metrics;
    this.draw();
  }

  private draw(): void {
    const { data } = this;
    if (data === null || !this.root.open) return;
    const rows = Array.from({ length: Math.min(most, data.count) }, (_, back) => data.count - 1 - back).map((index) => element("tr", {},
      element("th", { scope: "row" }, dated(data.times[index]! * 1000)), element("td", { class: "name" }, data.names[index] ?? ""),
      ...this.metrics.map((metric) => element("td", {}, metricText(metric, data.of(metric)[index] ?? 0)))));
    this.body.replaceChildren(element("table", {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, t("history.when")), element("th", { scope: "col", class: "name" }, t("history.name")), ...this.metrics.map((metric) => element("th", { scope: "col" }, metricName(metric))))),
      element("tbody", {}, ...rows)));
    if (data.count > most) this.body.append(element("p", { class: "hint" }, t("history.table.first", { shown: most, all: data.count })));
  }
}
