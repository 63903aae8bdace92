// SPDX-License-Identifier: MIT
// Translations of lines that are not there any more, and lines without one.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "checks.hpp"
#include "dialogue.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

constexpr std::size_t kMostOfAFile = 20;

struct Language {
  std::unordered_set<std::string_view> identifiers;
};

}  // namespace

void check_translations(const CheckInput& input, Findings& findings) {
  const auto& story = *input.book.story;
  if (std::ranges::all_of(input.book.sheets, [](const auto& sheet) { return sheet->languages.empty(); }))
    return;
  std::map<std::string_view, Language> languages;
  for (const auto& part : story.parts) {
    for (const auto& node : part->file->nodes) {
      const auto* translate =
          node.kind == Kind::Translate ? std::get_if<TranslateNode>(&node.payload) : nullptr;
      if (translate != nullptr && translate->language != "None")
        languages[translate->language].identifiers.insert(translate->identifier);
    }
  }

  Dialogue dialogue;
  std::unordered_map<std::string, StoryId> lines;
  std::vector<std::pair<std::string, StoryId>> in_order;
  for (std::uint32_t f = 0; f < story.parts.size(); ++f) {
    for (auto& group : dialogue.groups(*story.parts[f]->file)) {
      const auto at = story.id(f, group.last);
      lines.emplace(group.identifier, at);
      in_order.emplace_back(std::move(group.identifier), at);
    }
  }
  for (std::uint32_t f = 0; f < story.parts.size(); ++f) {
    std::size_t found = 0;
    for (NodeId n = 0; n < story.parts[f]->file->nodes.size() && found < kMostOfAFile; ++n) {
      const auto& node = story.parts[f]->file->nodes[n];
      const auto* translate =
          node.kind == Kind::Translate ? std::get_if<TranslateNode>(&node.payload) : nullptr;
      if (translate == nullptr || translate->language == "None" ||
          lines.contains(std::string(translate->identifier)))
        continue;
      ++found;
      findings.add(
          story.id(f, n), "dead-translation", Severity::warn,
          "No line has the identifier " + std::string(translate->identifier) +
              ": this translation is never shown",
          "The line was changed or removed since: move the words to its new identifier, or remove them");
    }
  }
  for (const auto& [name, language] : languages) {
    std::size_t missing = 0;
    StoryId first = kNowhere;
    for (const auto& [identifier, at] : in_order) {
      if (language.identifiers.contains(identifier)) continue;
      if (missing++ == 0) first = at;
    }
    if (missing == 0) continue;
    findings.add(first, "missing-translation", Severity::info,
                 std::to_string(missing) + " of " + std::to_string(in_order.size()) + " lines have no " +
                     std::string(name) + " translation; this is the first",
                 "Generate translations in the launcher, then fill in the new ones");
  }
}

}  // namespace bpyd::analysis
