// SPDX-License-Identifier: MIT
#include "governance_kinds.hpp"

#include <algorithm>

namespace bpyd::analysis {

using namespace param;

const std::array<KindRow, kKinds>& kind_rows() {
  static constexpr std::array<KindRow, kKinds> kRows = {{
      {{"files", "How many scripts there are"}, bounds, bounds, "scripts"},
      {{"lines", "How many lines the scripts have"}, bounds, bounds, "lines"},
      {{"words", "How many words of dialogue there are"}, bounds, bounds, "words"},
      {{"minutes", "How long all dialogue takes to read"}, bounds, bounds, "minutes"},
      {{"labels", "How many labels there are"}, bounds, bounds, "labels"},
      {{"reachable-labels", "How many labels something leads to"},
       bounds,
       bounds,
       "labels that something leads to"},
      {{"unreachable-labels", "How many labels nothing leads to"},
       bounds,
       bounds,
       "labels that nothing leads to"},
      {{"menus", "How many menus there are"}, bounds, bounds, "menus"},
      {{"choices", "How many choices the menus have"}, bounds, bounds, "choices"},
      {{"paths", "How many paths are listed"}, bounds, bounds, "paths"},
      {{"endings", "How many labels the story ends in"}, bounds, bounds, "endings"},
      {{"errors", "How many errors the checks find"}, bounds, bounds, "errors"},
      {{"warnings", "How many warnings the checks find"}, bounds, bounds, "warnings"},
      {{"problems", "How many errors and warnings the checks find"}, bounds, bounds, "errors and warnings"},
      {{"words-per-label", "How many words each label has"}, bounds, bounds, "words"},
      {{"words-per-file", "How many words each script has"}, bounds, bounds, "words"},
      {{"lines-per-file", "How many lines each script has"}, bounds, bounds, "lines"},
      {{"labels-per-file", "How many labels each script has"}, bounds, bounds, "labels"},
      {{"choices-per-menu", "How many choices each menu has"}, bounds, bounds, "choices"},
      {{"words-per-route", "Whether the routes to all endings are about equally long"},
       within,
       within,
       "words"},
      {{"choices-to-ending", "How few choices lead to each ending"}, bounds, bounds, "choices"},
      {{"minutes-without-choice", "How long the player reads without choosing anything"},
       max,
       max,
       "minutes"},
      {{"choice-without-effect", "Whether each choice differs from the others of its menu"}, dialogue, 0, ""},
      {{"forbidden-words", "Words that players must not read"}, words, words, ""},
      {{"required-metadata", "What comments must say about each label"}, required, required, ""},
      {{"seconds-per-label", "How long each label takes to read"}, bounds, bounds, "seconds"},
  }};
  return kRows;
}

const KindRow* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kind_rows(), name, [](const KindRow& row) { return row.kind.name; });
  return found == kind_rows().end() ? nullptr : &*found;
}

std::span<const GovernanceKind> governance_kinds() {
  static const auto kKindsOnly = [] {
    std::array<GovernanceKind, kKinds> out{};
    std::ranges::transform(kind_rows(), out.begin(), &KindRow::kind);
    return out;
  }();
  return kKindsOnly;
}

const std::vector<std::string>& known_checks() {
  static const std::vector<std::string> kChecks = {"missing-label",
                                                   "duplicate-label",
                                                   "unreachable-label",
                                                   "unreachable-statement",
                                                   "choice-never-shown",
                                                   "branch-never-taken",
                                                   "menu-can-be-empty",
                                                   "dead-end",
                                                   "falls-off-file",
                                                   "return-ends-game",
                                                   "endless-loop",
                                                   "route-length",
                                                   "call-without-from",
                                                   "undefined-character",
                                                   "undefined-image",
                                                   "undefined-variable",
                                                   "unused-variable",
                                                   "variable-never-read",
                                                   "dead-translation",
                                                   "missing-translation",
                                                   "no-start",
                                                   "unreadable-file",
                                                   "missing-colon",
                                                   "unterminated-string",
                                                   "unclosed-bracket",
                                                   "unknown-statement",
                                                   "tab-character",
                                                   "empty-menu",
                                                   "too-deep"};
  return kChecks;
}

}  // namespace bpyd::analysis
