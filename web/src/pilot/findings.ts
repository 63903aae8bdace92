// SPDX-License-Identifier: MIT
// Problems of the checks and violations of the rules as one list: what both found stands there once.
import type { Problem } from "./api";
import type { Violation } from "./rules_api";

export interface Finding extends Problem { check: boolean; rules: Violation[] }

const rank = { error: 0, warn: 1, info: 2 };

/** By kind and line; where two stand on one line, by what they are about. */
const place = (kind: string, file: string, line: number): string => `${kind}\n${file}\n${line}`;

function ofRule(violation: Violation): Finding {
  const { severity, file, line, label, message, suggestion } = violation;
  return { id: violation.check, severity, file, line, column: 0, label, message, suggestion, check: false, rules: [violation] };
}

/** Errors first, then by place. What a rule found and somebody waived stands apart, with what a check says of the same. */
export function merge(problems: readonly Problem[], violations: readonly Violation[]): { open: Finding[]; waived: Finding[] } {
  const all: Finding[] = problems.map((problem) => ({ ...problem, check: true, rules: [] }));
  if (violations.length === 0) return { open: all, waived: [] };
  const there = new Map<string, Finding[]>();
  for (const finding of all) {
    const key = place(finding.id, finding.file, finding.line);
    there.set(key, [...(there.get(key) ?? []), finding]);
  }
  for (const violation of violations) {
    const same = twin(there.get(place(violation.check, violation.file, violation.line)) ?? [], violation);
    if (same === undefined) {
      all.push(ofRule(violation));
      continue;
    }
    same.rules.push(violation);
    if (!violation.waived && rank[violation.severity] < rank[same.severity]) same.severity = violation.severity;
  }
  all.sort((a, b) => rank[a.severity] - rank[b.severity] || a.file.localeCompare(b.file) || a.line - b.line);
  const waived = (finding: Finding) => finding.rules.length > 0 && finding.rules.every((rule) => rule.waived);
  return { open: all.filter((finding) => !waived(finding)), waived: all.filter(waived) };
}

/** Of the problems at one place the one that says what the rule says. */
function twin(here: readonly Finding[], violation: Violation): Finding | undefined {
  return here.find((one) => one.message === violation.message) ?? here.find((one) => one.label === violation.label && one.rules.length === 0) ?? (here.length === 1 ? here[0] : undefined);
}
