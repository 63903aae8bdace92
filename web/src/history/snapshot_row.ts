// SPDX-License-Identifier: MIT
// One snapshot in the timeline: a line that opens to say what changed and what can be done with it.
import { signed } from "../pilot/comparison";
import { element } from "../dom";
import { figure, type Metric, type Snapshot } from "../pilot/history_api";
import { snapshotName } from "../pilot/snapshots";
import { language, t } from "../words";
import { changeText, metricName, metricText } from "./chart_look";

export type Act = "now" | "with" | "lanes" | "map" | "name" | "pin" | "delete";

export interface RowEvents {
  select(row: Snapshot): void;
  act(act: Act, row: Snapshot): void;
}

/** `base`: what others are compared with, its name; `before`: the snapshot before this one, when it is known. */
export interface RowState { row: Snapshot; before: Snapshot | undefined; selected: boolean; base: { id: number; name: string } | null }

const time = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const told: readonly Metric[] = ["words", "problems", "endings", "choices", "labels", "paths"];
const all: readonly Metric[] = ["words", "seconds", "labels", "choices", "endings", "paths", "problems", "files"];
const most = 6; // lines that stand open

export class SnapshotRow {
  readonly root = element("article", { class: "snap" });
  private drawn = "";

  constructor(private readonly events: RowEvents) {}

  /** Leaves alone what stays the same; the control with the focus keeps it. */
  show(state: RowState): void {
    const drawn = JSON.stringify(state);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const active = this.root.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.act : undefined;
    const { row, selected } = state;
    this.root.dataset.id = String(row.id);
    this.root.classList.toggle("selected", selected);
    this.root.classList.toggle("base", state.base?.id === row.id);
    this.root.replaceChildren(this.head(state), ...(selected ? [this.body(state)] : []));
    if (active !== undefined) this.root.querySelector<HTMLElement>(`[data-act="${active}"]`)?.focus({ preventScroll: true });
  }

  private head({ row, before, selected, base }: RowState): HTMLElement {
    const [first, ...rest] = row.summary;
    const what = element("span", { class: "snap-what" },
      ...(row.name ? [element("b", { class: "snap-name" }, row.name)] : []),
      element("span", { class: "snap-said" }, first ?? (before === undefined ? t("history.first") : t("history.unchanged"))),
      ...(rest.length > 0 && !selected ? [element("span", { class: "snap-more" }, `+${rest.length}`)] : []));
    const marks = element("span", { class: "snap-marks" });
    if (base?.id === row.id) marks.append(element("span", { class: "badge then" }, "A"));
    if (row.pinned) marks.append(element("span", { class: "badge", title: t("history.pinned.advice") }, t("history.pinned")));
    if (row.commit) marks.append(element("code", { class: "snap-commit", title: t(row.clean ? "history.commit.clean" : "history.commit.after", { commit: row.commit }) }, row.clean ? row.commit.slice(0, 8) : t("history.after", { commit: row.commit.slice(0, 8) })));
    const head = element("button", { type: "button", class: "snap-head", "aria-expanded": String(selected), tabindex: selected ? "0" : "-1", "data-act": "head" },
      element("time", { datetime: row.taken }, time.format(new Date(row.taken))), what, marks, this.counts(row, before));
    head.addEventListener("click", () => this.events.select(row));
    return head;
  }

  private counts(row: Snapshot, before: Snapshot | undefined): HTMLElement {
    const counts = element("span", { class: "snap-counts" });
    if (before === undefined) return counts;
    for (const metric of told) {
      const change = figure(row, metric) - figure(before, metric);
      if (change === 0 || counts.childElementCount >= 4) continue;
      const kind = metric === "problems" ? (change > 0 ? "worse-than" : "better-than") : "";
      counts.append(element("span", { class: "snap-count" }, `${metricName(metric)} `, element("b", { class: kind }, signed(change))));
    }
    return counts;
  }

  private body({ row, before, base }: RowState): HTMLElement {
    const lines = row.summary.slice(1).map((line) => element("li", {}, line)); // the first one stands above
    const body = element("div", { class: "snap-body" });
    if (lines.length > 0) body.append(element("ul", {}, ...lines.slice(0, most)));
    if (lines.length > most) body.append(element("details", {}, element("summary", {}, t("history.more", { count: lines.length - most })), element("ul", {}, ...lines.slice(most))));
    body.append(element("dl", { class: "snap-figures" }, ...all.map((metric) => this.figure(metric, row, before))), this.actions(row, base));
    return body;
  }

  private figure(metric: Metric, row: Snapshot, before: Snapshot | undefined): HTMLElement {
    const [value, change] = [figure(row, metric), before === undefined ? 0 : figure(row, metric) - figure(before, metric)];
    return element("div", {}, element("dt", {}, metricName(metric)), element("dd", {}, metricText(metric, value), change === 0 ? "" : element("span", { class: "hint" }, ` ${changeText(metric, change)}`)));
  }

  private actions(row: Snapshot, base: RowState["base"]): HTMLElement {
    const act = (name: Act, text: string, kind = "", pressed?: boolean) => {
      const button = element("button", { type: "button", "data-act": name, ...(kind ? { class: kind } : {}), ...(pressed === undefined ? {} : { "aria-pressed": String(pressed) }) }, text);
      button.addEventListener("click", () => this.events.act(name, row));
      return button;
    };
    const other = base !== null && base.id !== row.id;
    const actions = [
      act("now", t("history.act.now"), other ? "" : "main"),
      other ? act("with", t("history.act.with", { name: base.name }), "main") : act("with", t("history.act.base"), "", base !== null),
      act("lanes", t("history.act.lanes")), act("map", t("history.act.map")),
      element("span", { class: "space" }), act("name", t(row.name ? "history.act.rename" : "history.act.name")), act("pin", t(row.pinned ? "history.act.unpin" : "history.act.pin")), act("delete", t("history.act.delete"), "quiet-danger"),
    ];
    if (row.paths === 0) (actions[2] as HTMLButtonElement).disabled = true;
    return element("div", { class: "snap-actions", role: "group", "aria-label": snapshotName(row) }, ...actions);
  }
}
