// SPDX-License-Identifier: MIT
// Whether the story passes by the project's rules, in a line; and what is wrong with the rules themselves.
import { element } from "../dom";
import { number, t, tn } from "../words";
import type { RulesStatus } from "./rules_api";

export class RulesHeadline {
  readonly root = element("section", { class: "rules", "aria-label": t("rules.title"), hidden: "" });
  private shown = "";

  show(status: RulesStatus | null): void {
    this.root.hidden = status === null;
    if (status === null) return;
    const { passed, errors, warnings, infos, waived, points, max_points, rules_file_error, unused_waivers } = status;
    const shown = JSON.stringify([passed, errors, warnings, infos, waived, points, max_points, rules_file_error, unused_waivers]);
    if (shown === this.shown) return; // a fold that is open stays so
    this.shown = shown;
    const counts = [errors > 0 ? tn("rules.errors", errors) : "", warnings > 0 ? tn("rules.warnings", warnings) : "", infos > 0 ? tn("rules.infos", infos) : ""].filter((text) => text !== "");
    if (points > 0 || max_points !== undefined) counts.push(max_points === undefined ? tn("rules.points", points) : t("rules.points.of", { points: number(points), most: number(max_points) }));
    if (waived > 0) counts.push(tn("rules.waived", waived));
    const verdict = element("p", { class: "rules-verdict", role: "status" },
      element("strong", { class: passed ? "passed" : "not-passed" }, t(passed ? "rules.passed" : "rules.failed")), counts.length > 0 ? ` ${counts.join(" · ")}` : "");
    this.root.replaceChildren(verdict);
    if (rules_file_error) this.root.append(element("p", { class: "rules-fault", role: "alert" }, t("rules.file", { why: rules_file_error })));
    if (unused_waivers.length === 0) return;
    this.root.append(element("details", {}, element("summary", {}, tn("rules.unused", unused_waivers.length)),
      element("ul", {}, ...unused_waivers.map((one) => element("li", {}, element("code", {}, one.rule), ` ${one.reason} — ${one.why}`)))));
  }
}
