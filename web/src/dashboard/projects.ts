// SPDX-License-Identifier: MIT
// The projects' cards, in order of alias, and how one is added or forgotten.
import { DaemonError } from "../api";
import { byId } from "../dom";
import { t, tn } from "../words";
import { add, forget, type Project, type Watcher } from "./api";
import { Card, type Save } from "./card";
import { copyable } from "./copy";
import { problemsInWords } from "./say";

/** A page that was let in by a link may read, not change: then there is another way. */
function inWords(error: unknown, otherWay: string): string {
  const { message, code, suggestion } = error as DaemonError;
  if (code === "BPY-1401" || code === "BPY-1402") return `${otherWay} (${code})`;
  return `${[message, suggestion].filter(Boolean).join(". ")}${code ? ` (${code})` : ""}`;
}

export class Projects {
  private readonly cards = new Map<string, Card>();
  private readonly list = byId("projects");
  private readonly form = byId<HTMLFormElement>("add");
  private readonly opener = byId<HTMLButtonElement>("add-open");
  private readonly path = byId<HTMLInputElement>("add-path");
  private readonly refusal = byId("add-refusal");
  private readonly dialog = byId<HTMLDialogElement>("forget");
  private doomed: Project | null = null;
  private forgetFrom: HTMLElement | null = null;
  private known = false;

  constructor(private readonly changed: () => Promise<void>) {
    byId("none-command").replaceWith(copyable("bpyd open /path/to/your/game"));
    this.opener.addEventListener("click", () => this.openForm(this.form.hidden === true));
    byId("add-cancel").addEventListener("click", () => this.openForm(false));
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.cards.size > 0) this.openForm(false);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.add();
    });
    byId("forget-no").addEventListener("click", () => this.dialog.close());
    byId("forget-yes").addEventListener("click", () => void this.forget());
    this.dialog.addEventListener("close", () => this.forgetFrom?.isConnected && this.forgetFrom.focus());
  }

  show(projects: Project[], watchers: Watcher[]): void {
    const rows = projects.map((project) => {
      const card = this.cards.get(project.alias) ?? new Card((doomed, opener) => this.ask(doomed, opener));
      this.cards.set(project.alias, card);
      card.update(project, watchers.find((watcher) => watcher.project === project.alias));
      return card.root;
    });
    const there = new Set(projects.map((project) => project.alias));
    for (const [alias, card] of this.cards) if (!there.has(alias)) { card.root.remove(); this.cards.delete(alias); }
    // Only what stands elsewhere is moved: moving takes the focus away.
    rows.forEach((row, at) => { if (this.list.children[at] !== row) this.list.insertBefore(row, this.list.children[at] ?? null); });
    for (const ghost of this.list.querySelectorAll(".ghost")) ghost.remove();
    byId("project-count").textContent = projects.length > 0 ? tn("dash.projects", projects.length) : "";
    this.showProblems(projects);
    const wasBare = !byId("none").hidden;
    byId("none").hidden = byId("none-terminal").hidden = projects.length > 0;
    this.opener.hidden = projects.length === 0;
    byId("add-cancel").hidden = projects.length === 0;
    if (projects.length === 0) this.form.hidden = false;
    else if (!this.known || (wasBare && this.path.value === "")) this.form.hidden = true;
    this.known = true;
    this.opener.setAttribute("aria-expanded", String(!this.form.hidden));
  }

  note(alias: string, save: Save): void {
    this.cards.get(alias)?.note(save);
  }

  tick(): void {
    for (const card of this.cards.values()) card.tick();
  }

  lock(locked: boolean): void {
    for (const card of this.cards.values()) card.lock(locked);
    byId<HTMLButtonElement>("add-send").disabled = locked;
    byId<HTMLButtonElement>("forget-yes").disabled = locked;
  }

  private showProblems(projects: Project[]): void {
    const errors = projects.reduce((sum, project) => sum + (project.errors ?? 0), 0);
    const warnings = projects.reduce((sum, project) => sum + (project.warnings ?? project.problems), 0);
    const failed = projects.filter((project) => project.state === "failed").length;
    const all = byId("all-problems");
    all.dataset.kind = projects.length === 0 ? "" : errors + failed > 0 ? "error" : warnings > 0 ? "warn" : "none";
    const rest = failed === 0 || errors + warnings > 0 ? problemsInWords(errors, warnings) : "";
    all.textContent = projects.length === 0 ? "–" : [failed > 0 ? t("dash.allFailed", { count: failed }) : "", rest].filter(Boolean).join(", ");
    all.title = all.textContent;
  }

  private openForm(open: boolean): void {
    this.form.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    this.refuse(null);
    if (open) this.path.focus();
    else this.opener.focus();
  }

  private refuse(error: unknown): void {
    this.refusal.hidden = error === null;
    this.path.setAttribute("aria-invalid", String(error !== null));
    if (error === null) return;
    this.refusal.textContent = inWords(error, t("dash.add.readOnly", { path: this.path.value.trim() }));
  }

  private async add(): Promise<void> {
    const root = this.path.value.trim();
    if (root === "") return this.path.focus();
    const send = byId<HTMLButtonElement>("add-send");
    send.disabled = true;
    try {
      const project = await add(root);
      this.path.value = "";
      this.refuse(null);
      await this.changed();
      this.form.hidden = true;
      this.opener.setAttribute("aria-expanded", "false");
      this.say(t("dash.added", { title: project.title }));
      this.cards.get(project.alias)?.focus();
    } catch (error) {
      this.refuse(error);
      this.path.focus();
    } finally {
      send.disabled = false;
    }
  }

  private ask(project: Project, opener: HTMLElement): void {
    this.doomed = project;
    this.forgetFrom = opener;
    byId("forget-title").textContent = t("dash.forget.title", { title: project.title });
    byId("forget-root").textContent = project.root;
    byId("forget-refusal").textContent = "";
    this.dialog.showModal();
  }

  private async forget(): Promise<void> {
    const project = this.doomed;
    if (project === null) return;
    try {
      await forget(project.alias);
      this.dialog.close();
      await this.changed();
      this.say(t("dash.forgotten", { title: project.title }));
      (this.opener.hidden ? this.path : this.opener).focus();
    } catch (error) {
      byId("forget-refusal").textContent = inWords(error, t("dash.forget.readOnly", { alias: project.alias }));
    }
  }

  private say(text: string): void {
    byId("said").textContent = text;
  }
}
