// SPDX-License-Identifier: MIT
// Ceilings and floors of what can be counted.
#include <algorithm>
#include <functional>
#include <set>

#include "bpyd/core/strings.hpp"
#include "governance_kinds.hpp"
#include "governance_run.hpp"

namespace bpyd::analysis {
namespace {

constexpr std::size_t kMostNamed = 5;

/// Where one thing that was counted stands.
struct Item {
  std::string file;
  std::int64_t line = 0;
  std::string label;
  std::string subject;  // in words: "the label attic"
};

/// A number, and what it is made of where that can be pointed at.
struct Counted {
  std::int64_t total = 0;
  std::vector<Item> items{};
  std::int64_t per = 1;  // so many make one of what is told: 60 seconds a minute
};

class Counter {
 public:
  Counter(const GovernanceRun& run, const GovernanceRule& rule) : run_(run), stats_(run.stats), rule_(rule) {}

  Counted run() {
    const std::string_view check = rule_.check;
    if (check.ends_with("labels"))
      labels(check);
    else if (check == "menus" || check == "choices")
      menus(check == "choices");
    else if (check == "paths" || check == "endings")
      endings(check == "endings");
    else if (check == "errors" || check == "warnings" || check == "problems")
      problems(check);
    else
      texts(check);
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool holds(const LabelIndex::Entry& entry) const {
    return run_.labels.holds(rule_.scope, entry.label->file, &entry);
  }

  void labels(std::string_view check) {
    // A computed target may lead to any of them.
    const bool unknown =
        stats_.book ? stats_.book->story->dynamic : std::ranges::any_of(stats_.edges, &Edge::dynamic);
    std::set<std::string_view> seen;
    for (const auto& entry : run_.labels.all()) {
      const auto& label = *entry.label;
      if (!seen.insert(label.name).second || !holds(entry)) continue;
      if (check == "reachable-labels" && !label.reachable) continue;
      if (check == "unreachable-labels" && (label.reachable || unknown)) continue;
      ++out_.total;
      out_.items.push_back({label.file, label.line, label.name, "the label " + label.name});
    }
    if (check == "reachable-labels") out_.items.clear();
  }

  void menus(bool choices) {
    for (const auto& menu : stats_.menus) {
      if (run_.in_scope(rule_, menu.file, menu.line)) out_.total += choices ? std::ssize(menu.choices) : 1;
    }
  }

  void endings(bool distinct) {
    std::set<std::string_view> seen;
    for (const auto& head : stats_.paths) {
      const auto* entry = run_.labels.find(head.ending);
      if (!run_.labels.holds(rule_.scope, entry == nullptr ? std::string() : entry->label->file, entry))
        continue;
      const std::string_view name = entry == nullptr ? head.ending : entry->label->name;
      if (distinct && (!is_ending(head.ending_kind) || !seen.insert(name).second)) continue;
      ++out_.total;
      if (distinct && entry != nullptr)
        out_.items.push_back(
            {entry->label->file, entry->label->line, entry->label->name, "the ending " + entry->label->name});
    }
  }

  void problems(std::string_view check) {
    for (const auto& found : stats_.diagnostics) {
      const bool error = found.severity == "error" && check != "warnings";
      const bool warning = found.severity == "warn" && check != "errors";
      if ((!error && !warning) || !run_.in_scope(rule_, found.file, found.line)) continue;
      ++out_.total;
      out_.items.push_back({found.file, found.line, run_.label_at(found.file, found.line), found.message});
    }
  }

  /// Of files when the scope names no more than these, else of the labels in it.
  void texts(std::string_view check) {
    const bool by_label = !rule_.scope.labels.empty() || !rule_.scope.tags.empty();
    std::set<std::string_view> files;
    for (const auto& entry : run_.labels.all()) {
      if (!holds(entry)) continue;
      files.insert(entry.label->file);
      if (check == "minutes") out_.total += entry.label->seconds;
      if (check == "words" && by_label) out_.total += entry.label->words;
    }
    if (check == "minutes") {
      out_.per = 60;
      if (rule_.scope.everything()) out_.total = stats_.counts.seconds;
      return;
    }
    for (const auto& file : stats_.files) {
      if (by_label ? !files.contains(file.file) : !run_.labels.holds(rule_.scope, file.file, nullptr))
        continue;
      if (check == "files") ++out_.total;
      if (check == "lines") out_.total += file.lines;
      if (check == "words" && !by_label) out_.total += file.words;
    }
  }

  const GovernanceRun& run_;
  const Stats2& stats_;
  const GovernanceRule& rule_;
  Counted out_;
};

/// "1 word", "3 labels that nothing leads to".
std::string numbered(std::int64_t number, std::string_view what) {
  const auto noun = what.substr(0, what.find(' '));
  std::string out = std::to_string(number) + " ";
  out += number == 1 && noun.ends_with('s') ? noun.substr(0, noun.size() - 1) : noun;
  return out + std::string(what.substr(noun.size()));
}
std::string there(std::int64_t number, std::string_view what) {
  return (number == 1 ? "There is " : "There are ") + numbered(number, what);
}

/// Each item by itself where none is allowed; else one for all.
void too_many(GovernanceRun& run, const GovernanceRule& rule, const Counted& counted, const char* what) {
  const auto allowed = *rule.max;
  const auto value = (counted.total + counted.per - 1) / counted.per;
  if (allowed == 0 && !counted.items.empty()) {
    for (const auto& item : counted.items) {
      const bool unreachable = rule.check == "unreachable-labels";
      run.add(rule, {item.file, item.line, item.label, item.subject,
                     unreachable ? "Nothing leads to " + item.subject
                                 : "There must be no " + std::string(what) + scope_words(rule.scope) + ": " +
                                       item.subject,
                     unreachable ? "Jump or call to it, or remove it"
                                 : "Mend or remove it, or raise the rule's max",
                     value, allowed});
    }
    return;
  }
  std::vector<std::string> named;
  for (const auto& item : counted.items) {
    if (named.size() < kMostNamed) named.push_back(item.subject);
  }
  const auto more = counted.items.size() > named.size() ? ", …" : "";
  const auto place = counted.items.empty() ? Item{} : counted.items.front();
  run.add(rule, {place.file, place.line, place.label, "max",
                 there(value, what) + scope_words(rule.scope) + ", at most " + std::to_string(allowed) +
                     " are allowed" + (named.empty() ? "" : ": " + bpyd::join(named, ", ") + more),
                 "Take some away, or raise the rule's max", value, allowed,
                 true});
}

void total(GovernanceRun& run, const GovernanceRule& rule, const char* what) {
  const auto counted = Counter(run, rule).run();
  if (rule.max && counted.total > *rule.max * counted.per) too_many(run, rule, counted, what);
  if (!rule.min || counted.total >= *rule.min * counted.per) return;
  const auto value = counted.total / counted.per;
  run.add(rule, {"", 0, "", "min",
                 there(value, what) + scope_words(rule.scope) + ", at least " + std::to_string(*rule.min) +
                     " are asked for",
                 "Add some, or lower the rule's min", value, *rule.min, true});
}

/// One label, file or menu against the bounds.
void one(GovernanceRun& run, const GovernanceRule& rule, const Item& item, std::int64_t value,
         const char* what) {
  const auto has = "The " + item.subject + " has " + numbered(value, what);
  if (rule.max && value > *rule.max)
    run.add(rule, {item.file, item.line, item.label, item.subject,
                   has + ", at most " + std::to_string(*rule.max) + " are allowed",
                   "Cut it down or divide it, or raise the rule's max", value, *rule.max});
  if (rule.min && value < *rule.min)
    run.add(rule, {item.file, item.line, item.label, item.subject,
                   has + ", at least " + std::to_string(*rule.min) + " are asked for",
                   "Add to it, or lower the rule's min", value, *rule.min});
}

/// Files, and with a scope of labels or tags those that hold one of them.
void per_file(GovernanceRun& run, const GovernanceRule& rule, const char* what) {
  std::set<std::string_view> chosen;
  const bool by_label = !rule.scope.labels.empty() || !rule.scope.tags.empty();
  for (const auto& entry : run.labels.all()) {
    if (by_label && run.labels.holds(rule.scope, entry.label->file, &entry)) chosen.insert(entry.label->file);
  }
  for (const auto& file : run.stats.files) {
    if (!by_label && run.labels.holds(rule.scope, file.file, nullptr)) chosen.insert(file.file);
  }
  for (const auto& file : run.stats.files) {
    if (!chosen.contains(file.file) || !file.problem.empty()) continue;
    const auto value = rule.check == "lines-per-file"   ? file.lines
                       : rule.check == "words-per-file" ? file.words
                                                        : file.labels;
    one(run, rule, {file.file, 1, "", "script " + file.file}, value, what);
  }
}

void per_label(GovernanceRun& run, const GovernanceRule& rule, const char* what) {
  for (const auto& entry : run.labels.all()) {
    const auto& label = *entry.label;
    if (!run.labels.holds(rule.scope, label.file, &entry)) continue;
    one(run, rule, {label.file, label.line, label.name, "label " + label.name},
        rule.check == "words-per-label" ? label.words : label.seconds, what);
  }
}

void per_menu(GovernanceRun& run, const GovernanceRule& rule, const char* what) {
  for (const auto& menu : run.stats.menus) {
    if (!run.in_scope(rule, menu.file, menu.line) || menu.choices.empty()) continue;
    one(run, rule,
        {menu.file, menu.line, run.label_at(menu.file, menu.line),
         "menu with \"" + shortened(menu.choices.front().text, kMostShown) + "\""},
        std::ssize(menu.choices), what);
  }
}

}  // namespace

void rule_counts(GovernanceRun& run, const GovernanceRule& rule) {
  const auto* what = find_kind(rule.check)->what;
  if (rule.check.ends_with("-per-file"))
    per_file(run, rule, what);
  else if (rule.check.ends_with("-per-label"))
    per_label(run, rule, what);
  else if (rule.check == "choices-per-menu")
    per_menu(run, rule, what);
  else
    total(run, rule, what);
}

}  // namespace bpyd::analysis
