// SPDX-License-Identifier: MIT
// One project. Its elements stay while their texts change: nothing jumps and the focus stays put.
import { element } from "../dom";
import { keepLook } from "../theme";
import { minutes, number, t, tn } from "../words";
import type { Project, Watcher } from "./api";
import { copyable } from "./copy";
import { ago, problemsInWords } from "./say";

export interface Save {
  files: string[];
  at: number;
}

const view = (alias: string, more = ""): string => keepLook(`/pilot/view?project=${encodeURIComponent(alias)}${more}`);
const command = /sudo sysctl \S+=\d+/;

export class Card {
  readonly root: HTMLElement;
  private readonly title = element("a");
  private readonly state = element("span", { class: "pill" });
  private readonly folder = element("p", { class: "folder" });
  private readonly facts = element("dl", { class: "numbers" });
  private readonly failure = element("div", { class: "trouble trouble-bad", hidden: "" });
  private readonly problems = element("a", { class: "problems" });
  private readonly watching = element("p", { class: "watching" });
  private readonly blind = element("div", { class: "trouble trouble-warn", hidden: "" });
  private readonly saved = element("p", { class: "saved" });
  private readonly links: Record<"lanes" | "map", HTMLAnchorElement>;
  private readonly forget: HTMLButtonElement;
  private project: Project | null = null;
  private save: Save | null = null;

  constructor(onForget: (project: Project, opener: HTMLElement) => void) {
    const id = `project-${Math.random().toString(36).slice(2)}`;
    this.title.id = id;
    const about = { "aria-describedby": id };
    this.links = {
      lanes: element("a", { class: "way way-first", ...about }, t("dash.lanes")),
      map: element("a", { class: "way", ...about }, t("dash.map")),
    };
    this.forget = element("button", { type: "button", class: "quiet forget", title: t("dash.forget"), "aria-label": t("dash.forget"), ...about }, "✕");
    this.problems.setAttribute("aria-describedby", id);
    this.forget.addEventListener("click", () => this.project && onForget(this.project, this.forget));
    const head = element("div", { class: "card-head" }, element("h3", {}, this.title), this.state, this.forget);
    const ways = element("div", { class: "ways" }, this.links.lanes, this.links.map, this.problems);
    this.root = element("li", { class: "card" }, head, this.folder, this.facts, this.failure, this.watching, this.blind, this.saved, ways);
  }

  update(project: Project, watcher: Watcher | undefined): void {
    const changed = this.project !== null && this.project.generation !== project.generation;
    this.project = project;
    this.root.dataset.alias = project.alias;
    this.root.dataset.generation = String(project.generation);
    this.title.textContent = project.title;
    this.title.href = view(project.alias);
    this.links.lanes.href = view(project.alias);
    this.links.map.href = view(project.alias, "&view=map");
    this.problems.href = view(project.alias, "&view=problems");
    this.folder.textContent = project.root;
    this.folder.title = project.root;
    const state = project.state === "failed" ? "failed" : project.state === "analysing" || watcher?.analysing ? "analysing" : "ready";
    this.root.dataset.state = state;
    this.state.textContent = t(`dash.state.${state}`);
    this.showNumbers(project);
    this.showProblems(project);
    this.showFailure(project);
    this.showWatcher(project, watcher);
    this.tick();
    if (changed) this.flash();
  }

  note(save: Save): void {
    if (this.save !== null && this.save.at > save.at + 1000) return;
    this.save = save;
    this.tick();
  }

  /** What is told relative to now. */
  tick(): void {
    const files = this.save?.files ?? [];
    const more = files.length > 1 ? ` ${t("dash.more", { count: files.length - 1 })}` : "";
    this.saved.textContent = this.save === null ? t("dash.unsaved") : t("dash.saved", { file: `${files[0] ?? ""}${more}`, ago: ago(this.save.at) });
  }

  lock(locked: boolean): void {
    this.forget.disabled = locked;
  }

  focus(): void {
    this.title.focus();
  }

  private showNumbers(project: Project): void {
    const known = project.generation > 0 && (project.labels > 0 || project.state !== "failed");
    const tell = (count: number | undefined): string => (known && count !== undefined ? number(count) : "–");
    const rows: [string, string][] = [
      [t("dash.labels"), tell(project.labels)],
      [t("dash.paths"), tell(project.paths)],
      [t("dash.words"), tell(project.words)],
      [t("dash.reading"), known && project.seconds !== undefined ? (project.seconds < 45 ? t("dash.underMinute") : minutes(project.seconds)) : "–"],
    ];
    this.facts.replaceChildren(...rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  }

  private showProblems(project: Project): void {
    const { errors = 0, warnings = project.problems } = project;
    this.problems.dataset.kind = errors > 0 ? "error" : warnings > 0 ? "warn" : "none";
    this.problems.textContent = problemsInWords(errors, warnings);
    this.problems.hidden = project.generation === 0;
  }

  private showFailure(project: Project): void {
    this.failure.hidden = project.state !== "failed";
    if (this.failure.hidden) return;
    const advice = project.suggestion ?? t("dash.failed.advice");
    const served = project.labels > 0 ? [element("p", {}, t("dash.failed.served"))] : [];
    this.failure.replaceChildren(
      element("p", {}, element("strong", {}, project.problem ?? t("dash.failed")), " ", element("code", {}, project.code ?? "")),
      element("p", {}, advice), ...served);
  }

  private showWatcher(project: Project, watcher: Watcher | undefined): void {
    const kind = watcher?.enabled === false || project.watch === "off" ? "off" : watcher?.degraded || project.watch === "degraded" ? "degraded" : "ok";
    this.watching.dataset.kind = kind;
    this.watching.textContent = kind === "off" ? t("dash.watch.off") : watcher === undefined || !watcher.ready ? t("dash.watch.looking")
      : tn("dash.watch", watcher.files, { mode: watcher.mode });
    const reason = watcher?.reason;
    this.blind.hidden = reason === undefined && kind !== "off";
    if (this.blind.hidden) return;
    this.blind.classList.toggle("trouble-calm", kind === "ok");
    const remedy = reason?.match(command)?.[0];
    this.blind.replaceChildren(
      element("p", {}, kind === "off" ? t("dash.watch.off.advice") : reason ?? "", " ", element("code", {}, watcher?.code ?? "")),
      ...(remedy ? [copyable(remedy)] : []));
  }

  private flash(): void {
    this.root.classList.remove("changed");
    void this.root.offsetWidth; // starts the animation anew
    this.root.classList.add("changed");
  }
}
