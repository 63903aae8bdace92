// SPDX-License-Identifier: MIT
// How charts look: colours of the page's theme, dates in the reader's language, ranges that few points can bear.
import type uPlot from "uplot";
import { signed } from "../pilot/comparison";
import type { Metric } from "../pilot/history_api";
import { language, minutes, number, t } from "../words";

export const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const colours: Partial<Record<Metric, string>> = { problems: "--lane-4", errors: "--bad", warnings: "--warn", endings: "--lane-2", choices: "--lane-3", paths: "--lane-6", seconds: "--lane-5" };
export const colourOf = (metric: Metric): string => colour(colours[metric] ?? "--lane-1");

export const metricName = (metric: Metric): string => t(`metric.${metric}`);
/** What a figure grew or shrank by; of reading time seconds count, too. */
export function changeText(metric: Metric, change: number): string {
  const size = Math.abs(change);
  return signed(change, metric === "seconds" && size < 60 ? t("time.seconds", { count: size }) : metricText(metric, size));
}

export const metricText = (metric: Metric, value: number): string => (metric === "seconds" ? minutes(value) : number(value));

const day = 86_400;
const form = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options);
const forms = { year: form({ year: "numeric" }), month: form({ month: "short" }), date: form({ day: "numeric", month: "short" }), time: form({ timeStyle: "short" }), second: form({ timeStyle: "medium" }) };

/** Pixels that a tick of time needs: seconds have longer ones. */
export const tickSpace = (plot: uPlot): number => ((plot.scales.x!.max ?? 0) - (plot.scales.x!.min ?? 0) < 900 ? 96 : 62);

/** The ticks of time: what changed since the tick before stands below, once; what would be said twice is not. */
export function timeTicks(splits: readonly number[], step: number): string[] {
  const [fine, coarse] = step >= 360 * day ? [forms.year, null] : step >= 27 * day ? [forms.month, forms.year] : step >= day ? [forms.date, forms.year] : [step >= 60 ? forms.time : forms.second, forms.date];
  let [before, said] = ["", ""];
  return splits.map((split) => {
    const date = new Date(split * 1000);
    const below = coarse?.format(date) ?? "";
    const text = fine.format(date);
    const whole = below !== before ? `${text}\n${below}` : text === said ? "" : text;
    [before, said] = [below, text];
    return whole;
  });
}

/** How far a figure goes on after the newest snapshot, so that it is seen. A single one stands in the middle of a day. */
export const tail = (times: readonly number[]): number => (times.length < 2 || times.at(-1)! - times[0]! < 1 ? day / 2 : (times.at(-1)! - times[0]!) * 0.02);

/** All there is; or what was zoomed into. uPlot has ideas of its own about a single point. */
export function timeRange(plot: uPlot, least: number | null, most: number | null): [number, number] {
  const times = plot.data[0] ?? [];
  if (least === null || most === null || times.length < 2) return [0, day];
  const [first, last] = [times[0]!, times.at(-1)!];
  if (times.length === 2 || times.at(-2)! - first < 1) return [first - day / 2, last];
  return [least, most];
}

/** From nought when that costs little; else what happens is seen. */
export function valueRange(_: uPlot, least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [0, 1];
  const spread = most - least;
  const pad = Math.max(spread * 0.14, most * 0.01, 0.6);
  return [most < 20 || least - pad < 0 || least < spread * 0.8 ? 0 : least - pad, most + pad];
}

export const wholeSteps = [1, 2, 5].flatMap((one) => Array.from({ length: 9 }, (_, power) => one * 10 ** power)).sort((a, b) => a - b);
