// SPDX-License-Identifier: MIT
// A lane's head: which path it shows, in figures, and the way to another.
import { element } from "../dom";
import { minutes, t, tn } from "../words";
import { DaemonError } from "../api";
import type { PathReply } from "./api";
import { laneText, type LaneSpec } from "./lane_spec";
import { snapshotId, snapshots } from "./snapshots";
import { ending } from "./step_view";

export interface HeadEvents { choose(): void; remove(): void; now(): void; retry(): void }

export class LaneHead {
  readonly root = element("section", { class: "lane", "data-state": "loading" });
  private readonly name = element("span", { class: "lane-name" });
  private readonly facts = element("p", { class: "facts" });
  private readonly notice = element("div", { class: "notice", role: "status" });
  private readonly title = element("button", { type: "button", class: "lane-choose", "aria-haspopup": "dialog" });

  constructor(private readonly events: HeadEvents) {
    const remove = element("button", { type: "button", class: "quiet", "aria-label": t("lane.remove"), title: t("lane.remove") }, "✕");
    remove.addEventListener("click", () => this.events.remove());
    this.title.addEventListener("click", () => this.events.choose());
    this.title.append(this.name, element("span", { class: "caret", "aria-hidden": "true" }, "▾"));
    this.root.append(element("header", {}, this.title, remove), this.facts, this.notice);
  }

  place(index: number, count: number): void {
    this.root.style.setProperty("--stripe", `var(--lane-${(index % 6) + 1})`);
    this.root.classList.toggle("only", count === 1);
    this.root.setAttribute("aria-label", t("lane.label", { number: index + 1 }));
  }

  focus(): void {
    this.title.focus();
  }

  show(lane: LaneSpec, path: PathReply): void {
    this.root.dataset.state = "ready";
    this.root.dataset.path = laneText(lane);
    this.name.replaceChildren(element("b", {}, path.id.startsWith("q") && lane.instead ? `${lane.path}*` : path.id), " ", path.title || path.ending);
    this.title.title = path.title;
    this.facts.replaceChildren([tn("count.choices", path.choices.length), tn("count.labels", path.labels.length), tn("count.words", path.words), minutes(path.seconds)].join(" · "),
      " · ", element("span", { class: "lane-end" }, t("lane.ends", { label: path.ending || "—", kind: ending(path.ending_kind) })));
    this.notice.replaceChildren();
    const fails = path.steps.find((step) => step.verdict === "fails");
    if (fails) this.notice.append(element("span", { class: "badge bad" }, t("lane.fails", { condition: fails.text })));
    if (lane.instead) this.notice.append(element("span", { class: "badge" }, t("lane.differs", { path: lane.path })));
    if (lane.at) {
      const now = element("button", { type: "button" }, t("lane.now"));
      now.addEventListener("click", () => this.events.now());
      this.notice.append(this.then(lane.at, path.commit ?? ""), now);
    }
  }

  private then(revision: string, commit: string): HTMLElement {
    const badge = element("span", { class: "badge then" });
    if (snapshotId(revision) === null) badge.textContent = t("lane.at", { revision, commit: commit.slice(0, 8) });
    else snapshots.say(revision, (name) => (badge.textContent = t("lane.at.snapshot", { name })));
    return badge;
  }

  /** Without an error: its place in the list is another path's now. Answers what is said. */
  fail(lane: LaneSpec, error: unknown = null): string {
    const known = error instanceof DaemonError;
    const gone = error === null || (known && error.code === "BPY-1201");
    this.root.dataset.state = gone ? "gone" : "error";
    this.root.dataset.path = laneText(lane);
    this.name.replaceChildren(element("b", {}, laneText(lane)));
    this.facts.textContent = "";
    const again = element("button", { type: "button" }, gone ? t("lane.another") : t("action.retry"));
    again.addEventListener("click", () => (gone ? this.events.choose() : this.events.retry()));
    const said = error === null || (gone && !lane.at && !lane.instead) ? t("lane.gone", { path: laneText(lane) }) : known ? error.message : t("lane.failed");
    this.notice.replaceChildren(element("strong", {}, said), element("span", {}, known ? error.suggestion : error === null ? "" : String(error)), again);
    return said;
  }
}
