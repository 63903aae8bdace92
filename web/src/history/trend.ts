// SPDX-License-Identifier: MIT
// How the figures went, snapshot by snapshot: oldest first, as charts want it.
import { figure, type Metric, type Snapshot, type Trend } from "../pilot/history_api";

export class TrendData {
  readonly ids: number[];
  readonly times: number[]; // seconds since 1970
  readonly names: string[];
  total: number;
  private readonly values: Map<Metric, number[]>;

  constructor(trend: Trend) {
    this.ids = trend.ids;
    this.times = trend.taken.map((taken) => Date.parse(taken) / 1000);
    this.names = trend.names;
    this.total = trend.total;
    this.values = new Map(trend.series.map((series) => [series.metric, series.values]));
  }

  get count(): number {
    return this.ids.length;
  }

  of(metric: Metric): readonly number[] {
    return this.values.get(metric) ?? [];
  }

  /** -1 when it is not among them. */
  indexOf(id: number): number {
    const at = this.placeOf(id);
    return this.ids[at] === id ? at : -1;
  }

  private placeOf(id: number): number {
    let [low, high] = [0, this.ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where it stands in the list, newest first; nearly, when the daemon left some out. */
  offsetOf(index: number): number {
    const rest = this.count - 1 - index;
    return this.count < 2 || this.total <= this.count ? rest : Math.round((rest * (this.total - 1)) / (this.count - 1));
  }

  /** A new one. */
  append(row: Snapshot): void {
    if (this.ids.length > 0 && row.id <= this.ids.at(-1)!) return; // told already
    this.total++;
    this.insert(row);
  }

  /** One that the daemon left out, of very many. */
  insert(row: Snapshot): void {
    const at = this.placeOf(row.id);
    if (this.ids[at] === row.id) return;
    this.ids.splice(at, 0, row.id);
    this.times.splice(at, 0, Date.parse(row.taken) / 1000);
    this.names.splice(at, 0, row.name);
    for (const [metric, values] of this.values) values.splice(at, 0, figure(row, metric));
  }
}
