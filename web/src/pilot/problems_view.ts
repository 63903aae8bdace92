// SPDX-License-Identifier: MIT
// What the checks and the project's rules found: a list with filters, which filter the map too.
import { element } from "../dom";
import { language, t, tn, type Key } from "../words";
import type { Problem, ProblemsReply } from "./api";
import { merge, type Finding } from "./findings";
import { RulesHeadline } from "./rules_headline";
import type { RulesStatus, Violation } from "./rules_api";

export interface ProblemsHost {
  openPlace(file: string, line: number): void;
  showOnMap(label: string): void;
  filterMap(labels: Set<string> | null, title: string): void;
  keepUrl(): void;
}

export interface ProblemsState { severity: string; check: string; file: string; text: string; source: string }

const severities = ["error", "warn", "info"] as const;
const mostRows = 400;

const day = (date: string): string => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

export class ProblemsView {
  private problems: Problem[] = [];
  private cut = false; // there are more than the daemon told
  private rules: RulesStatus | null = null;
  private open: Finding[] = [];
  private waived: Finding[] = [];
  private filters: ProblemsState = { severity: "", check: "", file: "", text: "", source: "" };
  private readonly source = element("select", { id: "problem-source" });
  private readonly severity = element("select", { id: "problem-severity" });
  private readonly check = element("select", { id: "problem-check" });
  private readonly file = element("select", { id: "problem-file" });
  private readonly text = element("input", { type: "search", id: "problem-text", autocomplete: "off" });
  private readonly count = element("p", { class: "hint", role: "status" });
  private readonly onMap = element("button", { type: "button" }, t("problems.on-map"));
  private readonly headline = new RulesHeadline();
  private readonly sourceField = element("div", { class: "field", hidden: "" }, element("label", { for: "problem-source" }, t("problems.source")), this.source);
  private readonly list = element("div", { class: "problem-list" });

  constructor(root: HTMLElement, private readonly host: ProblemsHost) {
    this.source.append(...(["", "checks", "rules"] as const).map((one) => element("option", { value: one }, t(one === "" ? "problems.all" : `problems.source.${one}`))));
    const field = (label: Key, control: HTMLElement) => element("label", { class: "field" }, element("span", {}, t(label)), control);
    for (const [name, control] of [["source", this.source], ["severity", this.severity], ["check", this.check], ["file", this.file], ["text", this.text]] as const) {
      control.addEventListener(name === "text" ? "input" : "change", () => {
        this.filters[name] = control.value;
        this.fill();
        this.host.keepUrl();
      });
    }
    this.onMap.addEventListener("click", () => this.showAll());
    root.append(
      element("div", { class: "tools" }, this.sourceField, field("problems.severity", this.severity), field("problems.check", this.check), field("problems.file", this.file), field("problems.text", this.text), this.onMap),
      this.headline.root, this.count, this.list);
  }

  state(): ProblemsState {
    return { ...this.filters };
  }

  restore(state: Partial<ProblemsState>): void {
    this.filters = { ...this.filters, ...state };
    this.text.value = this.filters.text;
    this.source.value = ["checks", "rules"].includes(this.filters.source) ? this.filters.source : "";
    this.filters.source = this.source.value;
  }

  show(reply: ProblemsReply): void {
    this.problems = reply.problems;
    this.cut = reply.truncated || reply.total > reply.problems.length;
    this.renew();
  }

  /** null: rules are switched off. */
  showRules(status: RulesStatus | null): void {
    this.rules = status;
    this.sourceField.hidden = status === null;
    if (status === null) this.filters.source = this.source.value = "";
    this.headline.show(status);
    this.renew();
  }

  /** How many there are to mend, and how bad the worst is. */
  tally(): { count: number; severity: string; more: boolean } {
    const severity = severities.find((one) => this.open.some((finding) => finding.severity === one)) ?? "info";
    return { count: this.open.length, severity, more: this.cut };
  }

  private renew(): void {
    ({ open: this.open, waived: this.waived } = merge(this.problems, this.rules?.violations ?? []));
    const all = [...this.open, ...this.waived];
    const some = (of: (problem: Problem) => string) => [...new Set(all.map(of))].filter((value) => value !== "").sort();
    this.offer(this.severity, severities.filter((one) => all.some((problem) => problem.severity === one)), this.filters.severity, (one) => t(`severity.${one}` as Key));
    this.offer(this.check, some((problem) => problem.id), this.filters.check, (id) => id);
    this.offer(this.file, some((problem) => problem.file), this.filters.file, (file) => file);
    this.fill();
  }

  private offer(select: HTMLSelectElement, values: readonly string[], chosen: string, name: (value: string) => string): void {
    const kept = chosen === "" || values.includes(chosen) ? values : [chosen, ...values];
    select.replaceChildren(element("option", { value: "" }, t("problems.all")), ...kept.map((value) => element("option", { value }, name(value))));
    select.value = chosen;
  }

  private fits(problem: Finding): boolean {
    const { severity, check, file, text, source } = this.filters;
    const wanted = text.trim().toLowerCase();
    return (source === "" || (source === "checks" ? problem.check : problem.rules.length > 0)) &&
      (severity === "" || problem.severity === severity) && (check === "" || problem.id === check) && (file === "" || problem.file === file) &&
      (wanted === "" || `${problem.message} ${problem.label} ${problem.file}:${problem.line} ${problem.id} ${problem.rules.map((rule) => rule.rule).join(" ")}`.toLowerCase().includes(wanted));
  }

  private found(): Finding[] {
    return this.open.filter((problem) => this.fits(problem));
  }

  private fill(): void {
    const found = this.found();
    const back = this.focused();
    const unfolded = this.list.querySelector<HTMLDetailsElement>(".waived")?.open ?? false;
    this.count.textContent = this.open.length === 0 ? "" : t("problems.count", { shown: found.length, all: tn("count.problems", this.open.length) });
    this.onMap.disabled = !found.some((problem) => problem.label !== "");
    const files = new Map<string, Finding[]>();
    for (const problem of found.slice(0, mostRows)) files.set(problem.file, [...(files.get(problem.file) ?? []), problem]);
    this.list.replaceChildren(...[...files].map(([file, rows]) => element("section", {},
      element("h2", {}, file || t("problems.story"), " ", element("span", { class: "hint" }, tn("count.problems", rows.length))),
      element("ul", { class: "problem-rows" }, ...rows.map((problem) => this.row(problem))))));
    if (this.open.length === 0) this.list.append(element("div", { class: "state good" }, element("h2", {}, t("problems.none")), element("p", {}, t("problems.none.advice"))));
    if (found.length > mostRows) this.list.append(element("p", { class: "hint" }, t("problems.first", { shown: mostRows })));
    if (this.cut) this.list.append(element("p", { class: "hint" }, t("problems.cut", { shown: this.problems.length })));
    this.fillWaived(unfolded);
    back();
  }

  private fillWaived(unfolded: boolean): void {
    const found = this.waived.filter((problem) => this.fits(problem));
    if (found.length === 0) return;
    const fold = element("details", { class: "waived" }, element("summary", {}, tn("rules.waived", found.length)),
      element("ul", { class: "problem-rows" }, ...found.slice(0, mostRows).map((problem) => this.row(problem))));
    fold.open = unfolded;
    this.list.append(fold);
  }

  /** The control that has the focus keeps it when the list is made anew: the same place, or the one at its height. */
  private focused(): () => void {
    const buttons = () => [...this.list.querySelectorAll<HTMLElement>("button")];
    const before = buttons();
    const at = before.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return () => undefined;
    const text = before[at]!.textContent;
    const nth = before.slice(0, at).filter((one) => one.textContent === text).length;
    return () => {
      const after = buttons();
      const same = after.filter((one) => one.textContent === text);
      (same[nth] ?? same.at(-1) ?? after[Math.min(at, after.length - 1)])?.focus({ preventScroll: true });
    };
  }

  private row(problem: Finding): HTMLElement {
    const place = problem.file === "" ? "" : element("button", { type: "button", class: "place" }, problem.line > 0 ? `${problem.file}:${problem.line}` : problem.file);
    if (place) place.addEventListener("click", () => this.host.openPlace(problem.file, Math.max(1, problem.line)));
    const label = problem.label === "" ? "" : element("button", { type: "button", class: "place", title: t("problems.map.one") }, `◎ ${problem.label}`);
    if (label) label.addEventListener("click", () => this.host.showOnMap(problem.label));
    return element("li", { class: `problem problem-${problem.severity}` },
      element("span", { class: `severity ${problem.severity}` }, t(`severity.${problem.severity}`)),
      element("div", {}, element("p", { class: "problem-message" }, problem.message), problem.suggestion ? element("p", { class: "hint" }, problem.suggestion) : "",
        element("p", { class: "problem-places" }, place, label, element("code", { class: "hint" }, problem.id), ...problem.rules.map((rule) => this.mark(problem, rule))),
        ...problem.rules.filter((rule) => rule.waived).map((rule) => element("p", { class: "hint waiver" }, t("rules.waived.why", { reason: rule.reason || "—" }), rule.until ? ` · ${t("rules.waived.until", { date: day(rule.until) })}` : ""))));
  }

  /** Which rule says so, and what it costs; a check's own setting has the check's name, which stands beside it. */
  private mark(problem: Finding, rule: Violation): HTMLElement {
    const facts = [rule.rule === problem.id ? "" : rule.rule, rule.points > 0 && !rule.waived ? tn("rules.points", rule.points) : "",
      rule.value === undefined || rule.limit === undefined ? "" : t("rules.limit", { value: rule.value, limit: rule.limit })].filter((text) => text !== "");
    return element("span", { class: "rule-mark", title: `${t("rules.rule")} ${rule.rule}` },
      element("span", { "aria-hidden": "true" }, "§"), element("span", { class: "unseen" }, t("rules.rule")), facts.length > 0 ? ` ${facts.join(" · ")}` : "");
  }

  private showAll(): void {
    const found = this.found();
    const labels = new Set(found.map((problem) => problem.label).filter((label) => label !== ""));
    this.host.filterMap(labels, tn("count.problems", found.length));
  }
}
