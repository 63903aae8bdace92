// SPDX-License-Identifier: MIT
// The charts of all chosen figures: one hand over them, one selection, one stretch of time.
import { element } from "../dom";
import type { Metric } from "../pilot/history_api";
import { t } from "../words";
import type { TrendData } from "./trend";
import { TrendChart, type Marks } from "./trend_chart";

/** How far a key goes, in snapshots. */
const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };

const shortest = 0.05; // seconds that can be seen

export interface ChartsEvents {
  select(index: number): void;
  /** Time was zoomed into, or is whole again. */
  zoomed(whole: boolean): void;
}

export class Charts {
  /** For the keyboard one control: its value is the chosen snapshot. */
  readonly root = element("div", { class: "charts", role: "slider", tabindex: "0", "aria-label": t("history.charts"), "aria-valuemin": "1", "aria-valuemax": "1", "aria-valuenow": "1" });
  private charts: TrendChart[] = [];
  private data: TrendData | null = null;
  private marks: Marks = { selected: -1, base: -1 };
  private pointed: number | null = null;

  constructor(private readonly events: ChartsEvents) {
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  show(data: TrendData, wanted: readonly Metric[]): void {
    this.data = data;
    const before = this.charts;
    const zoomed = before[0] && !before[0].isWhole ? before[0].range : null;
    this.charts = wanted.map((metric) => before.find((chart) => chart.metric === metric) ?? this.make(metric));
    before.filter((chart) => !this.charts.includes(chart)).forEach((chart) => chart.dispose());
    this.charts.forEach((chart, index) => {
      if (this.root.children[index] !== chart.root) this.root.insertBefore(chart.root, this.root.children[index] ?? null);
      chart.show(data);
      if (zoomed && !before.includes(chart)) chart.zoom(...zoomed);
    });
    this.mark(this.marks, "");
  }

  /** `spoken`: what the selected snapshot is called. */
  mark(marks: Marks, spoken: string): void {
    this.marks = marks;
    this.root.setAttribute("aria-valuemax", String(Math.max(1, this.data?.count ?? 1)));
    this.root.setAttribute("aria-valuenow", String(Math.max(1, marks.selected + 1)));
    if (spoken) this.root.setAttribute("aria-valuetext", spoken);
    this.charts.forEach((chart) => chart.mark(marks));
    this.tell();
  }

  /** Everything there is; or so much time around the selected snapshot, in parts of what is seen now. */
  zoom(part: number | null): void {
    const times = this.data?.times ?? [];
    const range = this.charts[0]?.range;
    if (times.length < 2 || !range) return;
    if (part === null) return this.charts.forEach((chart) => chart.whole());
    const middle = times[this.marks.selected] ?? times.at(-1)!;
    const width = Math.max(shortest, (range[1] - range[0]) * part);
    const least = Math.max(times[0]!, Math.min(middle - width / 2, times.at(-1)! - width));
    this.zoomTo(least, Math.min(times.at(-1)!, least + width));
  }

  retheme(): void {
    this.charts.forEach((chart) => chart.retheme());
  }

  private zoomTo(least: number, most: number): void {
    this.charts.forEach((chart) => chart.zoom(least, most));
  }

  private make(metric: Metric): TrendChart {
    return new TrendChart(metric, {
      hover: (index) => {
        if (this.pointed === index) return;
        this.pointed = index;
        this.tell();
      },
      pick: (index) => this.events.select(index),
      zoomed: (plot) => this.zoomed(plot),
    });
  }

  private zoomed(plot: { scales: Record<string, { min?: number | null; max?: number | null }> }): void {
    const { min, max } = plot.scales.x!;
    const times = this.data?.times ?? [];
    this.events.zoomed(times.length < 2 || min == null || max == null || (min <= times[0]! && max >= times.at(-1)!));
  }

  private tell(): void {
    const index = this.pointed ?? (this.marks.selected >= 0 ? this.marks.selected : (this.data?.count ?? 0) - 1);
    this.charts.forEach((chart) => chart.tell(index, this.pointed !== null));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const count = this.data?.count ?? 0;
    const step = steps[event.key];
    if (event.key === "+" || event.key === "-" || event.key === "0") this.zoom(event.key === "+" ? 0.5 : event.key === "-" ? 2 : null);
    else if (step === undefined || count === 0) return;
    else {
      const from = this.marks.selected >= 0 ? this.marks.selected : count - 1;
      this.events.select(Math.max(0, Math.min(count - 1, from + step)));
    }
    event.preventDefault();
  }
}
