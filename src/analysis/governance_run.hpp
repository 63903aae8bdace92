// SPDX-License-Identifier: MIT
// One evaluation under way: where things stand, and what was found.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "book.hpp"
#include "bpyd/analysis/governance.hpp"

namespace bpyd::analysis {

/// `*`: any characters, `?`: one byte. No recursion; time is bounded by the product of the lengths.
bool fits(std::string_view pattern, std::string_view text);
bool fits_one(const std::vector<std::string>& patterns, std::string_view text);

/// `# @key: value` above a label or behind it, by key; tags apart.
struct Metadata {
  std::map<std::string, std::string, std::less<>> values;
  std::set<std::string, std::less<>> tags;
};
/// Of the labels in these lines (from 1, ascending) of one file.
std::vector<Metadata> metadata_of(std::string_view source, const std::vector<std::int64_t>& lines);

/// The labels of a story by place and name, with what comments say of them.
class LabelIndex {
 public:
  struct Entry {
    const Label* label = nullptr;
    const Metadata* own = nullptr;     // of the label itself
    const Metadata* scoped = nullptr;  // of the global label it belongs to; the same for a global one
  };
  explicit LabelIndex(const Stats2& stats);

  /// In load order; without those of `call … from`.
  [[nodiscard]] const std::vector<Entry>& all() const { return all_; }
  /// The label above a line; null: none.
  [[nodiscard]] const Entry* at(const std::string& file, std::int64_t line) const;
  [[nodiscard]] const Entry* find(const std::string& name) const;
  [[nodiscard]] bool holds(const GovernanceScope& scope, const std::string& file, const Entry* label) const;

 private:
  void read_metadata(const Stats2& stats);
  std::vector<Entry> all_;
  std::vector<std::vector<Metadata>> metadata_;  // by file
  std::unordered_map<std::string_view, std::map<std::int64_t, std::size_t>> by_place_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

constexpr std::size_t kMostShown = 100;  // characters of a text of the story, in a message

/// What breaks a rule, before it is a Violation.
struct Breach {
  std::string file;
  std::int64_t line = 0;
  std::string label;
  std::string subject;  // what its key is made of, beside rule, file and label
  std::string message, suggestion;
  std::optional<std::int64_t> value{}, limit{};
  bool whole = false;  // of the scope as a whole: its key does not know where it stands
};

/// Rules come with a project and may ask for more than anybody can wait for.
class Allowance {
 public:
  struct UsedUp {};  // thrown by spend(): the evaluation ends there
  explicit Allowance(const std::stop_token& stop) : stop_(stop) {}
  /// One small step of work, or many.
  void spend(std::size_t steps = 1) {
    spent_ += steps;
    if (spent_ < kLook) return;
    spent_ = 0;
    if (stop_.stop_requested() || std::chrono::steady_clock::now() > until_) throw UsedUp{};
  }

 private:
  static constexpr std::size_t kLook = 10'000;
  const std::stop_token& stop_;
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::size_t spent_ = 0;
};

/// Thread: one evaluation's.
class GovernanceRun {
 public:
  GovernanceRun(const Stats2& evaluated, const std::stop_token& until)
      : stats(evaluated), labels(evaluated), stop(until), time(until) {}

  const Stats2& stats;
  const LabelIndex labels;
  const std::stop_token& stop;
  mutable Allowance time;
  std::set<std::string> cut;  // severities of what is not listed
  std::vector<Violation> violations;
  std::vector<NotEvaluated> not_evaluated;

  void add(const GovernanceRule& rule, Breach breach);
  void skip(const GovernanceRule& rule, std::string why);
  /// Of the label above a place, which must be in the rule's scope.
  [[nodiscard]] bool in_scope(const GovernanceRule& rule, const std::string& file, std::int64_t line) const {
    time.spend(1 + 100 * (rule.scope.files.size() + rule.scope.labels.size() + rule.scope.tags.size()));
    return labels.holds(rule.scope, file, labels.at(file, line));
  }
  [[nodiscard]] std::string label_at(const std::string& file, std::int64_t line) const {
    const auto* entry = labels.at(file, line);
    return entry == nullptr ? std::string() : entry->label->name;
  }

 private:
  std::map<std::string, std::size_t> added_;  // by rule
  std::set<std::string> cut_;                 // rules of which more was found than is listed
};

/// " in game/a.rpy" and the like; empty for the whole story.
std::string scope_words(const GovernanceScope& scope);

void rule_counts(GovernanceRun& run, const GovernanceRule& rule);    // governance_counts.cpp
void rule_routes(GovernanceRun& run, const GovernanceRule& rule);    // governance_routes.cpp
void rule_endings(GovernanceRun& run, const GovernanceRule& rule);   // governance_endings.cpp
void rule_choices(GovernanceRun& run, const GovernanceRule& rule);   // governance_choices.cpp
void rule_words(GovernanceRun& run, const GovernanceRule& rule);     // governance_words.cpp
void rule_metadata(GovernanceRun& run, const GovernanceRule& rule);  // governance_labels.cpp

/// Does the story end there? Not where a path is cut, goes round, or goes where nobody knows.
inline bool is_ending(std::string_view kind) {
  return kind == "return" || kind == "end_of_file" || kind == "quit" || kind == "main_menu";
}
/// Is it the player who takes this way?
inline bool is_players(const renpy::Option& option) {
  using Why = renpy::Option::Why;
  const bool goes_on = option.negated && option.text.empty();
  return option.why == Why::choice || (option.why == Why::screen && !goes_on);
}

}  // namespace bpyd::analysis
