// SPDX-License-Identifier: MIT
// One figure over time, drawn by uPlot; named snapshots and the chosen ones are marked over it.
import uPlot from "uplot";
import { element } from "../dom";
import type { Metric } from "../pilot/history_api";
import { dated } from "../pilot/snapshots";
import { number } from "../words";
import { changeText, colour, colourOf, metricName, metricText, tail, tickSpace, timeRange, timeTicks, valueRange, wholeSteps } from "./chart_look";
import type { TrendData } from "./trend";

export interface ChartEvents {
  hover(index: number | null): void;
  pick(index: number): void;
  zoomed(plot: uPlot): void;
}

/** Indexes of what is chosen, -1 for none; `base`: what it is compared with. */
export interface Marks { selected: number; base: number }

const font = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const stepped = uPlot.paths.stepped!({ align: 1 }); // a figure holds until the next snapshot
const nearest = 6; // CSS pixels between marks, lest they become a wall

export class TrendChart {
  readonly root: HTMLElement;
  private readonly when = element("span", { class: "chart-when" });
  private readonly value = element("span", { class: "chart-value" });
  private readonly change = element("span", { class: "chart-change" });
  private readonly body = element("div", { class: "chart-body" });
  private plot: uPlot | null = null;
  private data: TrendData | null = null;
  private marks: Marks = { selected: -1, base: -1 };
  private readonly sized = new ResizeObserver(() => this.plot?.setSize(this.size()));

  constructor(readonly metric: Metric, private readonly events: ChartEvents) {
    this.root = element("div", { class: "chart", "data-metric": metric },
      element("div", { class: "chart-head" }, element("span", { class: "chart-name" }, metricName(metric)), this.when, this.value, this.change), this.body);
    this.sized.observe(this.body);
  }

  show(data: TrendData): void {
    this.data = data;
    const values = data.of(this.metric);
    const heights = this.metric === "seconds" ? values.map((value) => value / 60) : values;
    const none = data.count === 0;
    const aligned: uPlot.AlignedData = none ? [[], []] : [[...data.times, data.times.at(-1)! + tail(data.times)], [...heights, heights.at(-1)!]];
    if (this.plot === null) this.plot = new uPlot(this.options(), aligned, this.body);
    else this.keepingZoom(this.plot, () => this.plot!.setData(aligned));
  }

  /** What was zoomed into stays; where everything was seen, what is new is seen, too. */
  private keepingZoom(plot: uPlot, change: () => void): void {
    const { min, max } = plot.scales.x!;
    const { isWhole } = this;
    change();
    if (!isWhole) plot.setScale("x", { min: min!, max: max! });
  }

  mark(marks: Marks): void {
    this.marks = marks;
    this.plot?.redraw(false);
  }

  /** The figures at this snapshot, and what changed since the one before; `pointed`: and when that was. */
  tell(index: number, pointed: boolean): void {
    const values = this.data?.of(this.metric) ?? [];
    const value = values[index];
    this.value.textContent = value === undefined ? "" : metricText(this.metric, value);
    const time = this.data?.times[index];
    this.when.textContent = pointed && time !== undefined ? this.data!.names[index] || dated(time * 1000) : "";
    const before = values[index - 1];
    this.change.textContent = value === undefined || before === undefined ? "" : changeText(this.metric, value - before);
  }

  zoom(least: number, most: number): void {
    this.plot?.setScale("x", { min: least, max: most });
  }

  whole(): void {
    const times = this.plot?.data[0] ?? [];
    if (times.length > 0) this.zoom(times[0]!, times.at(-1)!);
  }

  get isWhole(): boolean {
    const [range, times] = [this.range, this.plot?.data[0] ?? []];
    return range === null || times.length === 0 || (range[0] <= times[0]! && range[1] >= times.at(-1)!);
  }

  get range(): [number, number] | null {
    const scale = this.plot?.scales.x;
    return scale?.min == null || scale.max == null ? null : [scale.min, scale.max];
  }

  retheme(): void {
    this.plot?.redraw(true);
  }

  dispose(): void {
    this.sized.disconnect();
    this.plot?.destroy();
    this.root.remove();
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(120, this.body.clientWidth), height: Math.max(80, this.body.clientHeight) };
  }

  private options(): uPlot.Options {
    const line = () => colourOf(this.metric);
    const axis: uPlot.Axis = { font, stroke: () => colour("--soft"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false } };
    const hasRoom = (values: string[] | null) => 14 + 6.4 * Math.max(2, ...(values ?? []).map((text) => text.length));
    return {
      ...this.size(),
      legend: { show: false },
      padding: [6, 24, 0, 0],
      scales: { x: { time: true, range: timeRange }, y: { range: valueRange } },
      series: [{}, { stroke: line, width: 1.6, fill: () => `${colourOf(this.metric)}1f`, paths: stepped, points: { size: 5, fill: () => colour("--surface"), filter: (plot, _, show) => (show ? Array.from({ length: plot.data[0]!.length - 1 }, (__, index) => index) : null) } }],
      axes: [
        { ...axis, size: 34, space: tickSpace, grid: { show: false }, values: (_, splits, __, ___, step) => timeTicks(splits, step) },
        { ...axis, size: (_, values) => hasRoom(values), space: 26, incrs: wholeSteps, values: (_, splits) => splits.map((value) => number(value)) },
      ],
      cursor: { y: false, sync: { key: "history" }, points: { size: 7, width: 2, stroke: line, fill: () => colour("--surface") }, drag: { x: true, y: false, dist: 8 } },
      hooks: {
        ready: [(plot) => this.listen(plot)],
        draw: [(plot) => this.drawMarks(plot)],
        setCursor: [(plot) => this.events.hover(this.pointed(plot))],
        setScale: [(plot, key) => key === "x" && this.events.zoomed(plot)],
      },
    };
  }

  /** A click chooses a point; the end of a drag does not. */
  private listen(plot: uPlot): void {
    let down = { x: 0, y: 0 };
    plot.over.addEventListener("mousedown", (event) => (down = { x: event.clientX, y: event.clientY }));
    plot.over.addEventListener("click", (event) => {
      const index = this.pointed(plot);
      if (index !== null && Math.hypot(event.clientX - down.x, event.clientY - down.y) < 6) this.events.pick(index);
    });
  }

  /** Beyond the newest snapshot it is that one. */
  private pointed(plot: uPlot): number | null {
    return plot.cursor.idx == null ? null : Math.min(plot.cursor.idx, (this.data?.count ?? 1) - 1);
  }

  private drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left - 5 * uPlot.pxRatio, bbox.top - 5 * uPlot.pxRatio, bbox.width + 10 * uPlot.pxRatio, bbox.height + 10 * uPlot.pxRatio);
    ctx.clip();
    this.drawNames(plot);
    if (this.marks.base >= 0) this.drawLine(plot, this.marks.base, colour("--warn"), [4, 3]);
    if (this.marks.selected >= 0) this.drawLine(plot, this.marks.selected, colour("--accent"), []);
    ctx.restore();
  }

  /** A small flag at the foot of each named snapshot. */
  private drawNames(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const pixel = uPlot.pxRatio;
    const [least, most] = [plot.scales.x!.min!, plot.scales.x!.max!];
    const foot = bbox.top + bbox.height;
    let last = -Infinity;
    ctx.fillStyle = colour("--soft");
    this.data?.names.forEach((name, index) => {
      const time = this.data!.times[index]!;
      if (name === "" || time < least || time > most) return;
      const x = plot.valToPos(time, "x", true);
      if (x - last < nearest * pixel) return;
      last = x;
      ctx.beginPath();
      ctx.moveTo(x - 3.5 * pixel, foot);
      ctx.lineTo(x, foot - 6 * pixel);
      ctx.lineTo(x + 3.5 * pixel, foot);
      ctx.fill();
    });
  }

  private drawLine(plot: uPlot, index: number, stroke: string, dash: number[]): void {
    const { ctx, bbox } = plot;
    const pixel = uPlot.pxRatio;
    const [x, y] = [plot.valToPos(plot.data[0]![index]!, "x", true), plot.valToPos(plot.data[1]![index] ?? 0, "y", true)];
    ctx.strokeStyle = ctx.fillStyle = stroke;
    ctx.lineWidth = pixel;
    ctx.setLineDash(dash.map((part) => part * pixel));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, 4 * pixel, 0, 2 * Math.PI);
    ctx.fill();
  }
}
