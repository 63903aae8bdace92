// SPDX-License-Identifier: MIT
// The story now beside the story as it was: what was added and what was cut.
import { DaemonError } from "../api";
import { element } from "../dom";
import { language, minutes, number, t, tn, type Key } from "../words";
import { fetchCompare, fetchRevisions, type CompareReply, type Placed, type Side } from "./api";

export interface ThenHost {
  project(): string;
  keepUrl(): void;
  openPlace(file: string, line: number): void;
  showOnMap(label: string): void;
  /** The path as it was and as it is, in lanes. */
  sideBySide(before: string, after: string, revision: string): void;
  compareOnMap(revision: string): void;
}

/** Differences of seconds matter here, too. */
const exactly = (seconds: number): string => (seconds < 60 ? t("time.seconds", { count: seconds }) : minutes(seconds));

export class ThenView {
  private readonly revisions = element("select", { id: "then-revision" });
  private readonly other = element("input", { type: "text", id: "then-other", placeholder: "HEAD~3, v1.0 …", autocomplete: "off", spellcheck: "false" });
  private readonly busy = element("p", { class: "hint", role: "status" });
  private readonly result = element("div", { class: "then-result" });
  private turn = 0;
  revision = "";

  constructor(root: HTMLElement, private readonly host: ThenHost) {
    const form = element("form", { class: "tools" },
      element("label", { class: "field" }, element("span", {}, t("then.commit")), this.revisions),
      element("label", { class: "field" }, element("span", {}, t("then.other")), this.other),
      element("button", { type: "submit" }, t("then.compare")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask(this.other.value.trim() || this.revisions.value);
    });
    this.revisions.addEventListener("change", () => {
      this.other.value = "";
      this.ask(this.revisions.value);
    });
    const map = element("button", { type: "button" }, t("then.on-map"));
    map.addEventListener("click", () => this.host.compareOnMap(this.revision || "HEAD"));
    form.append(map);
    root.append(form, this.busy, this.result);
  }

  /** Shown, or the story changed while it is. */
  async refresh(): Promise<void> {
    await Promise.all([this.list(), this.compare(this.revision || "HEAD")]);
  }

  private async list(): Promise<void> {
    const rows = await fetchRevisions(this.host.project()).catch(() => null);
    if (rows === null) return; // what was listed stays
    const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
    this.revisions.replaceChildren(element("option", { value: "HEAD" }, t("then.last")),
      ...rows.map((row) => element("option", { value: row.commit }, `${row.commit.slice(0, 8)} · ${when.format(new Date(row.date))} · ${row.subject}`)));
    const known = rows.some((row) => row.commit === this.revision);
    this.revisions.value = known ? this.revision : "HEAD";
    if (!known && this.revision !== "HEAD" && document.activeElement !== this.other) this.other.value = this.revision;
  }

  private ask(revision: string): void {
    this.revision = revision;
    this.host.keepUrl();
    void this.compare(revision);
  }

  private async compare(revision: string): Promise<void> {
    const turn = ++this.turn;
    this.wait(true);
    try {
      const reply = await fetchCompare(this.host.project(), revision);
      if (turn === this.turn) this.show(reply, revision);
    } catch (error) {
      if (turn !== this.turn) return;
      const known = error instanceof DaemonError;
      this.result.replaceChildren(element("div", { class: "state" }, element("h2", {}, known ? error.message : t("then.failed")), element("p", {}, known ? error.suggestion : String(error))));
    } finally {
      if (turn === this.turn) this.wait(false);
    }
  }

  private wait(busy: boolean): void {
    this.result.setAttribute("aria-busy", String(busy));
    this.busy.textContent = busy ? t("then.comparing") : "";
  }

  private show(reply: CompareReply, revision: string): void {
    const parts: HTMLElement[] = [this.table(reply.before, reply.after)];
    if (reply.summary.length > 0) parts.push(element("section", { class: "card" }, element("h2", {}, t("then.words")), element("ul", {}, ...reply.summary.map((line) => element("li", {}, line)))));
    const labels = (title: Key, kind: string, names: string[], there: boolean) => {
      if (names.length > 0) parts.push(this.card(t(title), kind, names.map((name) => this.link(name, there ? () => this.host.showOnMap(name) : null))));
    };
    const choices = (title: Key, kind: string, rows: Placed[], there: boolean) => {
      if (rows.length > 0) parts.push(this.card(t(title), kind, rows.map((row) => this.link(`${row.label}: ${row.text}`, there ? () => this.host.openPlace(row.file, row.line) : null))));
    };
    labels("then.labels.added", "added", reply.labels_added, true);
    labels("then.labels.cut", "cut", reply.labels_removed, false);
    labels("then.labels.lost", "altered", reply.labels_unreachable, true);
    choices("then.choices.added", "added", reply.choices_gained, true);
    choices("then.choices.cut", "cut", reply.choices_lost, false);
    labels("then.endings.added", "added", reply.endings_gained, true);
    labels("then.endings.cut", "cut", reply.endings_lost, false);
    if (reply.paths.length > 0) parts.push(this.paths(reply, revision));
    if (reply.same) parts.push(element("div", { class: "state" }, element("h2", {}, t("then.same")), element("p", {}, t("then.same.advice"))));
    this.result.replaceChildren(...parts);
  }

  private table(before: Side, after: Side): HTMLElement {
    // More problems are no gain, so they are the other way round.
    const rows: [Key, number, number, (value: number) => string][] = [
      ["then.row.words", before.words, after.words, number], ["then.row.minutes", before.seconds, after.seconds, exactly],
      ["then.row.labels", before.labels, after.labels, number], ["then.row.choices", before.choices, after.choices, number],
      ["then.row.endings", before.endings, after.endings, number], ["then.row.paths", before.paths, after.paths, number],
      ["then.row.problems", before.errors + before.warnings, after.errors + after.warnings, number],
    ];
    const sign = (value: number, text: string) => (value === 0 ? "" : `${value > 0 ? "+" : "−"}${text}`);
    return element("section", { class: "card" }, element("table", {},
      element("thead", {}, element("tr", {}, element("td", {}), element("th", { scope: "col" }, t("then.before", { commit: before.commit.slice(0, 8) })), element("th", { scope: "col" }, t("then.after")), element("th", { scope: "col" }, t("then.change")))),
      element("tbody", {}, ...rows.map(([name, one, two, text]) => element("tr", {},
        element("th", { scope: "row" }, t(name)), element("td", {}, text(one)), element("td", {}, text(two)),
        element("td", { class: two === one ? "" : two > one === (name !== "then.row.problems") ? "more-than" : "less-than" }, sign(two - one, text(Math.abs(two - one)))))))));
  }

  private card(title: string, kind: string, rows: HTMLElement[]): HTMLElement {
    const sign = kind === "added" ? "+" : kind === "cut" ? "−" : "~";
    return element("section", { class: `card ${kind}` }, element("h2", {}, element("span", { class: "change-sign", "aria-hidden": "true" }, sign), `${title} `, element("span", { class: "hint" }, number(rows.length))),
      element("ul", { class: "plain" }, ...rows.map((row) => element("li", {}, row))));
  }

  private link(text: string, go: (() => void) | null): HTMLElement {
    if (go === null) return element("span", {}, text);
    const button = element("button", { type: "button", class: "link" }, text);
    button.addEventListener("click", go);
    return button;
  }

  private paths(reply: CompareReply, revision: string): HTMLElement {
    const rows = reply.paths.slice(0, 200).map((path) => {
      const button = element("button", { type: "button" }, t("then.side"));
      button.addEventListener("click", () => this.host.sideBySide(path.before, path.after, revision));
      return element("li", { class: `path-change ${path.change}` },
        element("span", { class: "badge" }, t(`then.path.${path.change}`)), element("span", { class: "path-title" }, element("b", {}, path.after || path.before), " ", path.title), button);
    });
    return element("section", { class: "card wide" }, element("h2", {}, t("then.paths"), " ", element("span", { class: "hint" }, tn("count.paths", reply.paths.length))), element("ul", { class: "plain" }, ...rows));
  }
}
