// SPDX-License-Identifier: MIT
// What lies between two states of the story: figures, labels, choices, endings, problems, paths.
import { element } from "../dom";
import { minutes, number, t, tn, type Key } from "../words";
import type { Placed, Side, StoryDiff } from "./api";
import type { FoundProblem, SnapshotDiff } from "./history_api";

export interface ComparisonHost {
  openPlace(file: string, line: number): void;
  showOnMap(label: string): void;
  sideBySide(before: string, after: string): void;
}

export type Figures = Omit<Side, "commit">;
/** `words` and problems: between snapshots alone. */
export type Compared = StoryDiff & { same: boolean; before: Figures; after: Figures } & Partial<Pick<SnapshotDiff, "words" | "problems_gained" | "problems_lost">>;

/** `now`: the later state is the story as it is, so that its places can be gone to. */
export interface Sides { before: HTMLElement; after: HTMLElement; now: boolean }

/** Differences of seconds matter here, too. */
const exactly = (seconds: number): string => (seconds < 60 ? t("time.seconds", { count: seconds }) : minutes(seconds));
export const signed = (value: number, text = number(Math.abs(value))): string => (value === 0 ? "" : `${value > 0 ? "+" : "−"}${text}`);

export class Comparison {
  constructor(private readonly host: ComparisonHost, private readonly sides: Sides) {}

  draw(reply: Compared): HTMLElement[] {
    const parts: HTMLElement[] = [this.table(reply.before, reply.after)];
    if (reply.summary.length > 0) parts.push(element("section", { class: "card" }, element("h2", {}, t("then.words")), element("ul", {}, ...reply.summary.map((line) => element("li", {}, line)))));
    if (reply.words && reply.words.length > 0) parts.push(this.words(reply.words));
    parts.push(...this.lists(reply));
    if (reply.paths.length > 0) parts.push(this.paths(reply));
    if (reply.same) parts.push(element("div", { class: "state" }, element("h2", {}, t("then.same")), element("p", {}, t("then.same.advice"))));
    return parts;
  }

  private lists(reply: Compared): HTMLElement[] {
    const { now } = this.sides;
    const parts: HTMLElement[] = [];
    const labels = (title: Key, kind: string, names: string[], there: boolean) => {
      if (names.length > 0) parts.push(this.card(t(title), kind, names.map((name) => this.link(name, there ? () => this.host.showOnMap(name) : null))));
    };
    const choices = (title: Key, kind: string, rows: Placed[], there: boolean) => {
      if (rows.length > 0) parts.push(this.card(t(title), kind, rows.map((row) => this.link(`${row.label}: ${row.text}`, there ? () => this.host.openPlace(row.file, row.line) : null))));
    };
    const problems = (title: Key, kind: string, rows: FoundProblem[] | undefined, there: boolean) => {
      if (rows && rows.length > 0) parts.push(this.card(t(title), kind, rows.map((row) => this.problem(row, there))));
    };
    labels("then.labels.added", "added", reply.labels_added, now);
    labels("then.labels.cut", "cut", reply.labels_removed, false);
    labels("then.labels.lost", "altered", reply.labels_unreachable, now);
    choices("then.choices.added", "added", reply.choices_gained, now);
    choices("then.choices.cut", "cut", reply.choices_lost, false);
    labels("then.endings.added", "added", reply.endings_gained, now);
    labels("then.endings.cut", "cut", reply.endings_lost, false);
    problems("then.problems.gained", "worse", reply.problems_gained, now);
    problems("then.problems.lost", "mended", reply.problems_lost, false);
    return parts;
  }

  private table(before: Figures, after: Figures): HTMLElement {
    // More problems are no gain, so they are the other way round.
    const rows: [Key, number, number, (value: number) => string][] = [
      ["then.row.words", before.words, after.words, number], ["then.row.minutes", before.seconds, after.seconds, exactly],
      ["then.row.labels", before.labels, after.labels, number], ["then.row.choices", before.choices, after.choices, number],
      ["then.row.endings", before.endings, after.endings, number], ["then.row.paths", before.paths, after.paths, number],
      ["then.row.problems", before.errors + before.warnings, after.errors + after.warnings, number],
    ];
    return element("section", { class: "card" }, element("table", {},
      element("thead", {}, element("tr", {}, element("td", {}), element("th", { scope: "col" }, this.sides.before), element("th", { scope: "col" }, this.sides.after), element("th", { scope: "col" }, t("then.change")))),
      element("tbody", {}, ...rows.map(([name, one, two, text]) => element("tr", {},
        element("th", { scope: "row" }, t(name)), element("td", {}, text(one)), element("td", {}, text(two)),
        element("td", { class: two === one ? "" : two > one === (name !== "then.row.problems") ? "more-than" : "less-than" }, signed(two - one, text(Math.abs(two - one)))))))));
  }

  private words(rows: NonNullable<Compared["words"]>): HTMLElement {
    const row = (one: (typeof rows)[number]) => element("tr", {},
      element("th", { scope: "row" }, this.link(one.label, this.sides.now && one.after > 0 ? () => this.host.showOnMap(one.label) : null)),
      element("td", {}, number(one.before)), element("td", {}, number(one.after)),
      element("td", { class: one.after > one.before ? "more-than" : "less-than" }, signed(one.after - one.before)));
    return element("section", { class: "card words-by-label" }, element("h2", {}, t("then.words.label"), " ", element("span", { class: "hint" }, tn("count.labels", rows.length))),
      element("div", { class: "scrolled", tabindex: "0", role: "group", "aria-label": t("then.words.label") }, element("table", {}, element("tbody", {}, ...rows.map(row)))));
  }

  private card(title: string, kind: string, rows: HTMLElement[]): HTMLElement {
    const sign = kind === "added" || kind === "worse" ? "+" : kind === "cut" || kind === "mended" ? "−" : "~";
    return element("section", { class: `card ${kind}` }, element("h2", {}, element("span", { class: "change-sign", "aria-hidden": "true" }, sign), `${title} `, element("span", { class: "hint" }, number(rows.length))),
      element("ul", { class: "plain" }, ...rows.map((row) => element("li", {}, row))));
  }

  private problem(row: FoundProblem, there: boolean): HTMLElement {
    const place = row.file === "" ? "" : `${row.file}:${row.line}`;
    return element("div", {}, element("b", { class: `severity ${row.severity}` }, t(`severity.${row.severity}`)), ` ${row.message} `,
      place === "" ? "" : there ? this.link(place, () => this.host.openPlace(row.file, Math.max(1, row.line))) : element("code", { class: "hint" }, place));
  }

  private link(text: string, go: (() => void) | null): HTMLElement {
    if (go === null) return element("span", {}, text);
    const button = element("button", { type: "button", class: "link" }, text);
    button.addEventListener("click", go);
    return button;
  }

  private paths(reply: Compared): HTMLElement {
    const rows = reply.paths.slice(0, 200).map((path) => {
      const button = element("button", { type: "button" }, t("then.side"));
      button.addEventListener("click", () => this.host.sideBySide(path.before, path.after));
      return element("li", { class: `path-change ${path.change}` },
        element("span", { class: "badge" }, t(`then.path.${path.change}`)), element("span", { class: "path-title" }, element("b", {}, path.after || path.before), " ", path.title), button);
    });
    return element("section", { class: "card wide" }, element("h2", {}, t("then.paths"), " ", element("span", { class: "hint" }, tn("count.paths", reply.paths.length))), element("ul", { class: "plain" }, ...rows));
  }
}
