// SPDX-License-Identifier: MIT
// What came of holding a story against its rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bpyd::analysis {

/// One thing that breaks a rule.
struct Violation {
  std::string key;  // 16 hex digits, independent of lines; no two of one evaluation are equal
  std::string rule, check, severity, file, label, message, suggestion;
  std::string reason, until;  // of the waiver
  std::int64_t line = 0, points = 0;
  std::optional<std::int64_t> value, limit;
  bool waived = false;
  static void describe(auto& fields, auto& self) {
    fields.required("key", self.key,
                    "16 hex digits: the same while it is the same violation, wherever it stands");
    fields.required("rule", self.rule, "id of the rule, or the check");
    fields.required("check", self.check, "kind of rule, or a check of docs/checks.md");
    fields.required("severity", self.severity, "error, warn or info");
    fields.required("file", self.file, "relative to the project's root; empty: the whole story");
    fields.required("line", self.line, "from 1; 0: unknown");
    fields.required("label", self.label, "the label it stands under; empty: none");
    fields.required("message", self.message, "what is wrong");
    fields.required("suggestion", self.suggestion, "what to do");
    fields.optional("value", self.value, "what was counted");
    fields.optional("limit", self.limit, "what is allowed");
    fields.required("points", self.points, "what it counts");
    fields.required("waived", self.waived, "a waiver lets it pass");
    fields.required("reason", self.reason, "of the waiver; empty: none");
    fields.required("until", self.until, "the waiver's last day; empty: none, or for good");
  }
};

/// A waiver that lets nothing pass.
struct UnusedWaiver {
  std::string rule, reason, why;
  static void describe(auto& fields, auto& self) {
    fields.required("rule", self.rule, "what it is for");
    fields.required("reason", self.reason, "that it gives");
    fields.required("why", self.why, "it is expired, or fits nothing");
  }
};

struct NotEvaluated {
  std::string rule, why;
  static void describe(auto& fields, auto& self) {
    fields.required("rule", self.rule, "id of the rule");
    fields.required("why", self.why, "what is missing");
  }
};

struct Evaluation {
  bool passed = true;
  std::int64_t errors = 0, warnings = 0, infos = 0, waived = 0, points = 0;  // of those not waived
  std::optional<std::int64_t> max_points;
  std::vector<Violation> violations;  // errors first, then by file and line; waived ones at the end
  std::vector<UnusedWaiver> unused_waivers;
  std::vector<NotEvaluated> not_evaluated;
  /// All but the violations, of which somebody may want a part.
  static void describe(auto& fields, auto& self) {
    fields.required(
        "passed", self.passed,
        "nothing that is not waived is as bad as fail_on says, and the points are within max_points");
    fields.required("errors", self.errors, "violations of this severity that are not waived");
    fields.required("warnings", self.warnings, "likewise");
    fields.required("infos", self.infos, "likewise");
    fields.required("waived", self.waived, "violations that a waiver lets pass");
    fields.required("points", self.points, "of all that are not waived");
    fields.optional("max_points", self.max_points, "so many are allowed");
    fields.required("unused_waivers", self.unused_waivers, "waivers that let nothing pass");
    fields.required("not_evaluated", self.not_evaluated, "rules that could not be looked at, and why");
  }
};

}  // namespace bpyd::analysis
