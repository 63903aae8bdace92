// SPDX-License-Identifier: MIT
// A project's own rules about its story, and what in the story breaks them.
//
// docs/capabilities/governance.md explains the document, docs/governance.schema.json is its schema.
// Thread: values and pure functions, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/analysis/evaluation.hpp"
#include "bpyd/analysis/stats2.hpp"
#include "bpyd/core/error.hpp"

namespace bpyd::analysis {

/// What a rule can be about.
struct GovernanceKind {
  const char* name;   // "unreachable-labels"
  const char* about;  // one sentence
};
std::span<const GovernanceKind> governance_kinds();

/// Where a rule holds: each list that is not empty must have a pattern that fits. `*` stands for any
/// characters, `?` for one.
struct GovernanceScope {
  std::vector<std::string> files, labels, tags;
  [[nodiscard]] bool everything() const { return files.empty() && labels.empty() && tags.empty(); }
};

struct GovernanceRule {
  std::string id;
  std::string check;     // a kind
  std::string severity;  // error|warn|info|off
  std::int64_t points = 0;
  std::optional<std::int64_t> min, max;
  std::int64_t within = 0;            // percent
  bool dialogue = true;               // what is said or shown is an effect of a choice
  std::vector<std::string> words;     // forbidden ones
  std::vector<std::string> required;  // keys of metadata
  std::string advice;                 // in place of the suggestion
  GovernanceScope scope;
};

/// How a check of docs/checks.md counts.
struct CheckSetting {
  std::string severity;                // error|warn|info|off|own
  std::optional<std::int64_t> points;  // unset: as its severity has them
  std::int64_t max = 0;                // so many findings are let pass
};

struct Waiver {
  std::string rule;  // a rule's id, or a check
  std::vector<std::string> files, labels;
  std::string containing;  // in the message
  std::string reason;
  std::string until;  // "2026-12-31", that day included; empty: for good
};

struct Rules {
  std::string document;  // JSON text, as it was read
  std::string fail_on = "error";
  std::optional<std::int64_t> max_points;
  std::map<std::string, CheckSetting, std::less<>> checks;  // "*": those not named
  std::vector<GovernanceRule> rules;                        // the shipped ones first
  std::vector<Waiver> waivers;
};

/// At most 1 MiB, 1,000 rules, 1,000 waivers, 10,000 words. Fails with bad_rules whose message begins
/// with the JSON pointer of the fault: "/rules/2/max must be a whole number from 0".
Result<Rules> rules_from_json(std::string_view text);
/// The JSON Schema (2020-12) of what rules_from_json accepts; docs/governance.schema.json is this text.
std::string rules_schema();
/// What holds where a project has no rules of its own.
std::string default_rules_text();
const Rules& default_rules();

/// `today`: "2026-11-22", for waivers that end. A report that was read from a file has no scripts with
/// it: what needs them is told as not evaluated. A stop gives something unfinished.
Evaluation evaluate(const Stats2& stats, const Rules& rules, std::string_view today,
                    const std::stop_token& stop = {});

}  // namespace bpyd::analysis
