// SPDX-License-Identifier: MIT
// What is remembered of the story: how figures went, and every snapshot with what can be done with it.
import { DaemonError } from "../api";
import { byId, element } from "../dom";
import { changeSnapshot, deleteSnapshot, fetchTrend, metrics, takeSnapshot, type HistoryEvent, type Metric, type Snapshot } from "../pilot/history_api";
import type { HistoryState, HistoryTabHost } from "../pilot/history_tab";
import { dated, snapshotName, snapshotRevision, snapshots } from "../pilot/snapshots";
import { onThemeChange } from "../theme";
import { t } from "../words";
import { ask } from "./ask";
import { Charts } from "./charts";
import { metricMenu, usualMetrics } from "./metric_menu";
import { Readout } from "./readout";
import type { Act } from "./snapshot_row";
import { Timeline } from "./timeline";
import { TrendData } from "./trend";
import { ValueTable } from "./value_table";

const settled = 120; // milliseconds after the last arrow key, before the list follows

export class HistoryView {
  private wanted: Metric[];
  private selected: number;
  private from: number; // what others are compared with
  private data: TrendData | null = null;
  private turn = 0;
  private stale = false;
  private following = 0;
  private readonly notice = element("div", { class: "banner history-trouble", role: "status", hidden: "" });
  private readonly fault = element("div", { class: "state", "data-kind": "error", hidden: "" });
  private readonly empty = element("div", { class: "state", hidden: "" });
  private readonly trends = element("div", { class: "trends" });
  private readonly charts: Charts;
  private readonly readout: Readout;
  private readonly timeline: Timeline;
  private readonly table = new ValueTable();
  private readonly figures = metricMenu(() => this.wanted, (wanted) => this.choose(wanted));

  constructor(private readonly root: HTMLElement, private readonly host: HistoryTabHost, first: Partial<HistoryState>) {
    this.wanted = metrics.filter((metric) => first.metrics?.includes(metric));
    if (this.wanted.length === 0) this.wanted = [...usualMetrics];
    this.selected = first.snapshot ?? 0;
    this.from = first.from ?? 0;
    this.charts = new Charts({ select: (index) => this.pick(index), zoomed: (whole) => this.readout.zoomed(whole) });
    this.readout = new Readout({
      step: (by) => this.step(by), whole: () => this.charts.zoom(null),
      end: () => this.compareWith(0), compare: () => this.compareChosen(),
    });
    this.timeline = new Timeline(root, {
      project: () => host.project(), selected: () => this.selected, base: () => this.from,
      select: (row) => this.select(row.id === this.selected ? 0 : row.id, false),
      act: (act, row) => this.act(act, row), failed: (error) => this.fail(error), trouble: (text) => this.trouble(text),
    });
    const take = element("button", { type: "button", id: "take-snapshot" }, t("history.take"));
    take.addEventListener("click", () => this.take());
    this.trends.append(this.charts.root, element("div", { class: "trends-foot" }, this.readout.root, this.table.root));
    root.replaceChildren(this.notice, element("div", { class: "tools" }, take, this.figures), this.fault, this.empty, this.trends, this.timeline.root);
    onThemeChange(() => this.charts.retheme());
    new ResizeObserver(() => this.pin()).observe(this.trends);
    new ResizeObserver(() => this.pin()).observe(root);
  }

  state(): HistoryState {
    const usual = this.wanted.join() === usualMetrics.join();
    return { metrics: usual ? [] : this.wanted, snapshot: this.selected, from: this.from };
  }

  /** Charts and the list, as the daemon has them now. */
  async refresh(): Promise<void> {
    this.stale = false;
    const turn = ++this.turn;
    try {
      const [trend] = await Promise.all([fetchTrend(this.host.project(), this.wanted), this.timeline.refresh()]);
      if (turn !== this.turn) return;
      const first = this.data === null;
      this.data = new TrendData(trend);
      this.selected = this.there(this.selected);
      this.from = this.there(this.from);
      this.fault.hidden = true;
      this.draw();
      if (this.selected !== 0 && (first || this.timeline.find(this.selected) === undefined)) await this.follow();
    } catch (error) {
      if (turn === this.turn) this.fail(error);
    }
  }

  /** 0 for one that is gone. Of very many the charts have not all: what is listed is put among them. */
  private there(id: number): number {
    const row = this.timeline.find(id);
    if (row) this.data?.insert(row);
    return id === 0 || (this.data?.indexOf(id) ?? -1) < 0 ? 0 : id;
  }

  /** With room, charts stay in view while the list goes by beneath. */
  private pin(): void {
    const stays = this.trends.offsetHeight > 0 && this.trends.offsetHeight < this.root.clientHeight * 0.55;
    this.trends.classList.toggle("stays", stays);
    this.root.style.setProperty("--charts-height", stays ? `${this.trends.offsetHeight + 12}px` : "0px");
  }

  event(event: HistoryEvent, seen: boolean): void {
    if (event.type === "history.broken") {
      this.trouble(t("history.broken", { message: event.message, place: event.set_aside }));
      this.notice.dataset.broken = "yes";
    }
    if (!seen) this.stale = true;
    else if (event.type === "history.snapshot" && !this.stale && this.data !== null) this.add(event);
    else void this.refresh();
  }

  private add(row: Snapshot): void {
    this.data!.append(row);
    this.timeline.add(row);
    this.draw();
  }

  private draw(): void {
    const { data } = this;
    if (data === null) return;
    const none = data.count === 0;
    this.empty.hidden = !none;
    this.trends.hidden = this.timeline.root.hidden = this.figures.hidden = none;
    if (none) return this.empty.replaceChildren(element("h2", {}, t("history.empty")), element("p", {}, t("history.empty.advice")));
    this.charts.show(data, this.wanted);
    this.table.show(data, this.wanted);
    this.mark();
  }

  /** What is selected, everywhere it shows. */
  private mark(): void {
    const { data } = this;
    if (data === null) return;
    const index = this.selected === 0 ? data.count - 1 : data.indexOf(this.selected);
    this.readout.show(data, this.wanted, index, this.from === 0 ? -1 : data.indexOf(this.from));
    this.charts.mark({ selected: this.selected === 0 ? -1 : index, base: this.from === 0 ? -1 : data.indexOf(this.from) }, index < 0 ? "" : data.names[index] || dated(data.times[index]! * 1000));
    this.timeline.draw();
  }

  private choose(wanted: Metric[]): void {
    this.wanted = wanted;
    this.host.keepUrl();
    void this.refresh();
  }

  private pick(index: number): void {
    const id = this.data?.ids[index];
    if (id !== undefined) this.select(id, true);
  }

  private step(by: number): void {
    const { data } = this;
    if (data === null || data.count === 0) return;
    const at = this.selected === 0 ? data.count - 1 : data.indexOf(this.selected);
    this.pick(Math.max(0, Math.min(data.count - 1, at + by)));
  }

  /** `away`: it was chosen elsewhere, and the list is to show it. */
  private select(id: number, away: boolean): void {
    const known = id === 0 || this.data === null || this.data.indexOf(id) >= 0;
    this.selected = this.there(id);
    this.host.keepUrl();
    if (known) this.mark();
    else this.draw();
    clearTimeout(this.following);
    if (away) this.following = window.setTimeout(() => void this.follow(), this.timeline.find(id) ? 0 : settled);
  }

  private async follow(): Promise<void> {
    const index = this.data?.indexOf(this.selected) ?? -1;
    if (index >= 0) await this.timeline.reach(this.selected, this.data!.offsetOf(index));
  }

  private act(act: Act, row: Snapshot): void {
    const revision = snapshotRevision(row.id);
    if (act === "now") this.host.compareStates(revision, "");
    else if (act === "with") {
      if (this.from === 0 || this.from === row.id) this.compareWith(this.from === row.id ? 0 : row.id);
      else this.compareChosen();
    } else if (act === "lanes") this.host.openSnapshot(revision);
    else if (act === "map") this.host.compareOnMap(revision);
    else if (act === "name") this.name(row);
    else if (act === "pin") void changeSnapshot(this.host.project(), row.id, { pinned: !row.pinned }).then(() => this.refresh(), (error: unknown) => this.complain(error));
    else this.remove(row);
  }

  private compareWith(id: number): void {
    this.from = id;
    this.host.keepUrl();
    this.mark();
  }

  /** The older one is "then", whichever was chosen first. */
  private compareChosen(): void {
    const [one, two] = [this.from, this.selected || this.data?.ids.at(-1) || 0];
    if (one === 0 || one === two) return;
    this.host.compareStates(snapshotRevision(Math.min(one, two)), snapshotRevision(Math.max(one, two)));
  }

  private take(): void {
    const { host } = this;
    ask({
      title: t("history.take"), text: t("history.take.advice"), action: t("history.take.action"), line: { label: t("history.name.optional"), value: "" },
      done: async (name) => {
        const taken = await takeSnapshot(host.project(), name);
        host.note(taken.created ? t("history.taken") : t("history.taken.same", { name: snapshotName(taken) }));
        this.selected = taken.id;
        await this.refresh();
        host.keepUrl();
      },
    });
  }

  private name(row: Snapshot): void {
    ask({
      title: t("history.name.title"), text: dated(row.taken), action: t("history.name.action"), line: { label: t("history.name"), value: row.name },
      back: () => this.timeline.focus(row.id, "name"),
      done: async (name) => {
        snapshots.learn([await changeSnapshot(this.host.project(), row.id, { name })]);
        await this.refresh();
      },
    });
  }

  private remove(row: Snapshot): void {
    ask({
      title: t("history.delete.title", { name: snapshotName(row) }), text: t("history.delete.advice"), action: t("history.delete.action"), dangerous: true,
      back: () => this.timeline.focus(this.timeline.find(row.id) ? row.id : this.selected),
      done: async () => {
        const beside = this.timeline.beside(row.id);
        await deleteSnapshot(this.host.project(), row.id);
        if (this.selected === row.id) this.selected = beside;
        await this.refresh();
        this.host.keepUrl();
      },
    });
  }

  private trouble(text: string): void {
    if (text === this.notice.textContent && !this.notice.hidden) return;
    if (text === "" && this.notice.dataset.broken) return; // that it broke stays said
    this.notice.textContent = text;
    this.notice.hidden = text === "";
  }

  private fail(error: unknown): void {
    const known = error instanceof DaemonError;
    const again = element("button", { type: "button" }, t("action.retry"));
    again.addEventListener("click", () => void this.refresh());
    this.fault.replaceChildren(element("h2", {}, known ? error.message : t("history.failed")), element("p", {}, known ? error.suggestion : String(error)), again);
    this.fault.hidden = false;
  }

  private complain(error: unknown): void {
    this.host.note(error instanceof DaemonError ? `${error.message}. ${error.suggestion}` : String(error));
    byId("live").textContent = String(error);
  }
}
