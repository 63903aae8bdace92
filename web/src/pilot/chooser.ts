// SPDX-License-Identifier: MIT
// The dialog that chooses a lane's path: by number or words, by ending, through labels or to a line, or as
// the one that differs from another at a single decision; of the story as it is, or as it was.
import { byId, element } from "../dom";
import { DaemonError } from "../api";
import { minutes, t, tn } from "../words";
import { fetchPath, fetchPaths, fetchRevisions, searchPaths, type PathRow, type PathsReply } from "./api";
import { isPlain, laneText, ofPath, parseLane, type LaneSpec } from "./lane_spec";
import { offerRevisions, snapshots } from "./snapshots";
import { ending } from "./step_view";

export interface Choosing { project: string; story: PathsReply; current: LaneSpec; others: LaneSpec[] }

const mostRows = 200;

class Chooser {
  private readonly dialog = byId<HTMLDialogElement>("chooser");
  private readonly input = byId<HTMLInputElement>("chooser-search");
  private readonly endings = byId<HTMLSelectElement>("chooser-ending");
  private readonly list = byId("chooser-list");
  private readonly count = byId("chooser-count");
  private readonly through = byId<HTMLInputElement>("chooser-through");
  private readonly revisions = byId<HTMLSelectElement>("chooser-at");
  private asking: Choosing | null = null;
  private story: PathsReply | null = null; // the one whose paths are listed
  private at = "";
  private done: ((lane: LaneSpec | null) => void) | null = null;
  private turn = 0;

  constructor() {
    this.input.addEventListener("input", () => this.fill());
    this.endings.addEventListener("change", () => this.fill());
    this.revisions.addEventListener("change", () => {
      this.at = this.revisions.value;
      void this.read();
    });
    byId<HTMLFormElement>("chooser-find").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.search();
    });
    this.dialog.addEventListener("close", () => this.finish(null));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    byId("chooser-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
  }

  ask(choosing: Choosing): Promise<LaneSpec | null> {
    this.asking = choosing;
    this.input.value = "";
    this.at = choosing.current.at;
    this.offer(choosing.story);
    this.dialog.showModal();
    this.input.focus();
    if (this.at !== "") void this.read();
    void this.offerStates();
    void this.differing();
    return new Promise((resolve) => (this.done = resolve));
  }

  private offer(story: PathsReply): void {
    this.story = story;
    const kinds = [...new Set(story.details.map((path) => path.ending))].sort();
    this.endings.replaceChildren(element("option", { value: "" }, t("chooser.any")), ...kinds.map((name) => element("option", { value: name }, name || "—")));
    this.fill();
  }

  /** The paths of the state that is chosen. */
  private async read(): Promise<void> {
    const turn = ++this.turn;
    const { project, story } = this.asking!;
    if (this.at === "") return this.offer(story);
    try {
      const then = await fetchPaths(project, this.at);
      if (turn === this.turn) this.offer(then);
    } catch (error) {
      if (turn === this.turn) this.complain(error);
    }
  }

  private async offerStates(): Promise<void> {
    const asking = this.asking!;
    this.revisions.replaceChildren(element("option", { value: "" }, t("then.after")));
    const [commits, taken] = await Promise.all([fetchRevisions(asking.project).catch(() => []), snapshots.list()]);
    if (asking !== this.asking) return;
    offerRevisions(this.revisions, ["", t("then.after")], commits, taken, this.at);
    if (this.revisions.value === this.at) return;
    this.revisions.prepend(element("option", { value: this.at }, this.at)); // a revision as somebody wrote it
    this.revisions.value = this.at;
  }

  private complain(error: unknown): void {
    this.count.textContent = error instanceof DaemonError ? `${error.message} ${error.suggestion}` : String(error);
    this.list.replaceChildren();
  }

  private finish(lane: LaneSpec | null): void {
    this.turn++;
    const done = this.done;
    this.done = null;
    if (this.dialog.open) this.dialog.close();
    done?.(lane);
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const rows = [...this.dialog.querySelectorAll<HTMLElement>(".option")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const next = event.key === "ArrowDown" ? rows[at + 1] : rows[at - 1];
    if (next === undefined && event.key === "ArrowDown") return;
    event.preventDefault();
    (next ?? this.input).focus();
  }

  private row(lane: LaneSpec, path: PathRow): HTMLElement {
    const button = element("button", { type: "button", class: "option" },
      element("b", {}, path.id), element("span", { class: "option-title" }, path.title || path.ending),
      element("span", { class: "option-facts" }, `${path.ending || "—"} (${ending(path.ending_kind)}) · ${tn("count.words", path.words)} · ${minutes(path.seconds)}`));
    if (laneText(lane) === laneText(this.asking!.current)) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => this.finish(lane));
    return element("li", {}, button);
  }

  private fill(): void {
    const story = this.story!;
    const wanted = this.input.value.trim().toLowerCase().split(/\s+/).filter((word) => word !== "");
    const fits = (path: PathRow) => {
      const text = `${path.id} ${path.key} ${path.title} ${path.ending} ${path.entry}`.toLowerCase();
      return (this.endings.value === "" || path.ending === this.endings.value) && wanted.every((word) => text.includes(word));
    };
    const found = story.details.filter(fits);
    this.count.textContent = found.length > mostRows ? t("chooser.first", { shown: mostRows, all: tn("count.paths", found.length) }) : tn("count.paths", found.length);
    this.list.replaceChildren(...found.slice(0, mostRows).map((path) => this.row(ofPath(path.id, this.at), path)));
  }

  private async search(): Promise<void> {
    const turn = ++this.turn;
    const { project } = this.asking!;
    const { at } = this;
    const text = this.through.value.trim();
    if (text === "") return this.fill();
    const line = /^\S+\.rpym?:\d+$/.test(text);
    try {
      const reply = await searchPaths(project, line ? "" : text, line ? text : "", at);
      if (turn !== this.turn) return;
      const search = `${line ? "to" : "through"}:${text}`;
      this.count.textContent = reply.next_offset === null ? tn("count.paths", reply.details.length) : t("chooser.more", { shown: reply.details.length });
      this.list.replaceChildren(...reply.details.map((path) => this.row({ ...parseLane(`${search}#${path.id.slice(1)}`), at }, path)));
    } catch (error) {
      if (turn !== this.turn) return;
      this.complain(error);
    }
  }

  /** "As p001, only here otherwise": the decisions of the lanes beside this one. */
  private async differing(): Promise<void> {
    const box = byId("chooser-differs");
    const base = [this.asking!.current, ...this.asking!.others].find(isPlain);
    box.replaceChildren();
    byId("chooser-differs-title").hidden = base === undefined;
    if (base === undefined) return;
    const turn = this.turn;
    byId("chooser-differs-title").textContent = t("chooser.differs", { path: base.path });
    const path = await fetchPath(this.asking!.project, base).catch(() => null);
    if (path === null || turn !== this.turn) return;
    for (const step of path.steps) {
      for (const other of step.others) {
        if (other.never) continue;
        const button = element("button", { type: "button", class: "option" },
          element("b", {}, step.label), element("span", { class: "option-title" }, t("chooser.instead", { taken: step.text, other: other.text })),
          element("span", { class: "option-facts" }, `${step.file}:${other.line}`));
        button.addEventListener("click", () => this.finish({ ...ofPath(base.path), instead: `${step.file}:${other.line}` }));
        box.append(element("li", {}, button));
      }
    }
    if (box.childElementCount === 0) box.append(element("li", { class: "hint" }, t("chooser.differs.none")));
  }
}

let chooser: Chooser | null = null;

export function choosePath(choosing: Choosing): Promise<LaneSpec | null> {
  chooser ??= new Chooser();
  return chooser.ask(choosing);
}
