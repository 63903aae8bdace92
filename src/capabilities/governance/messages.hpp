// SPDX-License-Identifier: MIT
// Rules and what breaks them, as clients ask and hear.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/analysis/evaluation.hpp"
#include "bpyd/daemon/events.hpp"

namespace bpyd::governance {

struct RulesQuery {
  std::string project;
  static void describe(auto& fields, auto& self) { fields.optional("project", self.project, "alias or root; not needed with one project"); }
};

struct RulesBody {
  std::string project;
  RawJson rules;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.required("rules", self.rules, "the whole document: see GET /api/governance/schema");
  }
};

struct RulesReply {
  std::string project, root, file, rules_file_error;
  bool exists = false;
  RawJson rules;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("file", self.file, "where the rules are kept, relative to the root");
    fields.required("exists", self.exists, "is it there; else the shipped rules hold");
    fields.required("rules_file_error", self.rules_file_error, "why the file is not in force; empty: it is, or there is none");
    fields.required("rules", self.rules, "the document in force");
  }
};

struct EvaluateBody {
  std::string project, at;
  RawJson rules;
  std::int64_t limit = 1000, offset = 0;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("at", self.at, "a revision of git, or snapshot:ID; default: now");
    fields.optional("rules", self.rules, "a rules document to try; default: the rules in force");
    fields.optional("limit", self.limit, "most violations to answer, at most 10000");
    fields.optional("offset", self.offset, "violations to skip");
  }
};

struct StatusQuery {
  std::string project, severity, rule, file;
  std::optional<bool> waived;
  std::int64_t limit = 100, offset = 0;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("severity", self.severity, "only these: error, warn or info");
    fields.optional("rule", self.rule, "only those of this rule or check");
    fields.optional("file", self.file, "only those in this file");
    fields.optional("waived", self.waived, "only waived ones, or only others");
    fields.optional("limit", self.limit, "most violations to answer, at most 10000");
    fields.optional("offset", self.offset, "violations to skip");
  }
};

/// An evaluation, and a page of its violations.
struct EvaluationReply {
  std::string project, root;
  std::optional<std::string> commit;
  std::int64_t generation = 0, total = 0;
  std::optional<std::int64_t> next_offset;
  analysis::Evaluation evaluation;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is; 0: a revision's or a snapshot's");
    fields.optional("commit", self.commit, "with at: the commit's full name, or the snapshot");
    analysis::Evaluation::describe(fields, self.evaluation);
    fields.required("total", self.total, "violations that fit the question");
    fields.required("next_offset", self.next_offset, "where the next page starts; null: none");
    fields.required("violations", self.evaluation.violations, "errors first, then by file and line; waived ones at the end");
  }
};

struct StatusReply : EvaluationReply {
  std::string evaluated, rules_file_error;
  static void describe(auto& fields, auto& self) {
    EvaluationReply::describe(fields, self);
    fields.required("evaluated", self.evaluated, "when, ISO 8601");
    fields.required("rules_file_error", self.rules_file_error, "why the rules file is not in force; empty: it is, or there is none");
  }
};

/// What both events say.
struct Change {
  std::string project, root;
  std::int64_t generation = 0, total = 0;
  bool first = false, passed = false;
  std::vector<analysis::Violation> violations;
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub&) { return {"governance"}; }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is");
    fields.required("first", self.first, "the first evaluation since the daemon knows the project: all there are");
    fields.required("passed", self.passed, "does the story pass now");
    fields.required("total", self.total, "how many there are");
    fields.required("violations", self.violations, "the first hundred of them");
  }
};
struct ViolationEvent : Change {
  static constexpr daemon::EventInfo kInfo{"governance.violation", "Rules are broken that were not before"};
};
struct ResolvedEvent : Change {
  static constexpr daemon::EventInfo kInfo{"governance.resolved", "Rules are kept again, or waived"};
};

}  // namespace bpyd::governance
