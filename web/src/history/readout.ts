// SPDX-License-Identifier: MIT
// The selected snapshot in words, said aloud when it changes; and what it is compared with.
import { element } from "../dom";
import type { Metric } from "../pilot/history_api";
import { dated } from "../pilot/snapshots";
import { t } from "../words";
import { changeText, metricName, metricText } from "./chart_look";
import type { TrendData } from "./trend";

export interface ReadoutEvents { step(by: number): void; whole(): void; end(): void; compare(): void }

const nameOf = (data: TrendData, index: number): string => {
  const when = dated(data.times[index]! * 1000);
  return data.names[index] ? `${data.names[index]} · ${when}` : when;
};

export class Readout {
  readonly root = element("div", { class: "readout" });
  private readonly text = element("p", { class: "readout-text", id: "readout", "aria-live": "polite" });
  private readonly older: HTMLButtonElement;
  private readonly newer: HTMLButtonElement;
  private readonly whole: HTMLButtonElement;
  private readonly versus = element("p", { class: "readout-versus", role: "status", hidden: "" });

  constructor(private readonly events: ReadoutEvents) {
    const button = (text: string, label: string, go: () => void) => {
      const made = element("button", { type: "button", class: "quiet", ...(label ? { "aria-label": label, title: label } : {}) }, text);
      made.addEventListener("click", go);
      return made;
    };
    this.older = button("‹", t("history.step.older"), () => events.step(-1));
    this.newer = button("›", t("history.step.newer"), () => events.step(1));
    this.whole = button(t("history.whole"), "", () => events.whole());
    this.whole.hidden = true;
    this.root.append(element("div", { class: "readout-line" }, this.older, this.newer, this.text, this.whole), this.versus);
  }

  zoomed(whole: boolean): void {
    this.whole.hidden = whole;
  }

  /** `base`: index of what is compared with, -1 for none. */
  show(data: TrendData, metrics: readonly Metric[], index: number, base: number): void {
    this.older.disabled = index <= 0;
    this.newer.disabled = index < 0 || index >= data.count - 1;
    if (index < 0) return this.text.replaceChildren();
    const figures = metrics.map((metric) => {
      const value = data.of(metric)[index] ?? 0;
      const change = changeText(metric, value - (data.of(metric)[index - 1] ?? value));
      return element("span", { class: "readout-figure" }, `${metricName(metric)} `, element("b", {}, metricText(metric, value)), change ? ` ${change}` : "");
    });
    const said = [element("strong", {}, nameOf(data, index)), ...figures];
    const text = said.map((part) => part.textContent).join(", ");
    if (text !== this.text.dataset.said) this.text.replaceChildren(...said.flatMap((part, nth) => (nth === 0 ? [part] : [" ", part])));
    this.text.dataset.said = text;
    this.compare(data, metrics, index, base);
  }

  private compare(data: TrendData, metrics: readonly Metric[], index: number, base: number): void {
    this.versus.hidden = base < 0;
    if (base < 0) return;
    const [from, to] = index < base ? [index, base] : [base, index];
    const said = metrics.map((metric) => {
      const change = (data.of(metric)[to] ?? 0) - (data.of(metric)[from] ?? 0);
      return `${metricName(metric)} ${change === 0 ? "±0" : changeText(metric, change)}`;
    }).join(" · ");
    const focused = this.versus.contains(document.activeElement) ? [...this.versus.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement) : -1;
    const go = element("button", { type: "button", class: "main" }, t("history.compare"));
    go.disabled = from === to;
    go.addEventListener("click", () => this.events.compare());
    const end = element("button", { type: "button" }, t("history.compare.end"));
    end.addEventListener("click", () => this.events.end());
    this.versus.replaceChildren(element("span", { class: "badge then" }, "A"),
      element("span", {}, from === to ? t("history.compare.choose", { name: nameOf(data, base) }) : t("history.compare.two", { one: nameOf(data, from), two: nameOf(data, to) })),
      element("span", { class: "hint" }, from === to ? "" : said), go, end);
    if (focused >= 0) [go, end][focused]?.focus();
  }
}
