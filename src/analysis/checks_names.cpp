// SPDX-License-Identifier: MIT
// Names that nothing defines, and names that nothing uses.
#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "checks.hpp"
#include "words.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

/// Names that Ren'Py itself sets or reads, beside those with a leading underscore.
constexpr std::string_view kEngine =
    " narrator name_only centered vcentered extend adv nvl nvl_narrator nvl_menu menu say store config "
    "persistent renpy preferences gui build style ui im anim layout theme audio director library "
    "achievement iap updater main_menu save_name mouse_visible quick_menu default_transition "
    "suppress_overlay PY2 default_mouse alt sv block_rollback True False None mouse ";

constexpr std::string_view kPython =
    " and or not in is if else for lambda await abs all any ascii bin bool bytes callable chr dict dir "
    "divmod enumerate eval filter float format frozenset getattr globals hasattr hash hex id int "
    "isinstance issubclass iter len list locals map max min next object oct open ord pow print range "
    "repr reversed round set slice sorted str sum tuple type vars zip basestring unicode xrange long "
    "random math time datetime os sys re json string collections ";

/// Is it one of the words of `list`, which stand between spaces?
bool listed(std::string_view list, std::string_view name) {
  for (auto at = list.find(name); at != std::string_view::npos; at = list.find(name, at + 1)) {
    if (list[at - 1] == ' ' && list[at + name.size()] == ' ') return true;
  }
  return false;
}

bool engine_name(std::string_view name) { return name.starts_with('_') || listed(kEngine, name); }

class NameChecks {
 public:
  NameChecks(const CheckInput& input, Findings& findings)
      : input_(input), story_(*input.book.story), findings_(findings) {}

  void run() {
    for (const auto& sheet : input_.book.sheets) bound_.insert(sheet->bound.begin(), sheet->bound.end());
    for (std::uint32_t f = 0; f < story_.parts.size(); ++f) {
      const auto& sheet = *input_.book.sheets[f];
      for (const auto& speaker : sheet.speakers) character(story_.id(f, speaker.node), speaker.who);
      for (const auto& asked : sheet.asked) condition(story_.id(f, asked.node), asked.test, asked.line);
      for (const auto n : sheet.defined) {
        const auto& node = story_.parts[f]->file->nodes[n];
        unused(story_.id(f, n), std::get<DefineNode>(node.payload), node.kind);
      }
    }
  }

 private:
  [[nodiscard]] bool known(std::string_view name) const {
    if (engine_name(name) || bound_.contains(name)) return true;
    const auto found = input_.names.find(name);
    return found != input_.names.end() &&
           (found->second.defined > 0 || found->second.set > 0 || found->second.quoted > 0);
  }

  void character(StoryId id, std::string_view who) {
    if (!is_name(who) || known(who) || !said_.insert(who).second) return;
    findings_.add(id, "undefined-character", Severity::error,
                  "Nothing defines " + std::string(who) + ", who speaks here",
                  "Add `define " + std::string(who) + " = Character(\"…\")`" + like(who));
  }

  /// A name in a condition that nothing in the project ever sets.
  void condition(StoryId id, std::string_view test, std::uint32_t line) {
    char quote = 0;
    for (std::size_t i = 0; i < test.size();) {
      const char c = test[i];
      if (quote != 0 || c == '"' || c == '\'') {
        if (quote == 0)
          quote = c;
        else if (c == quote)
          quote = 0;
        i += quote != 0 && c == '\\' ? 2 : 1;
        continue;
      }
      if (!in_name(c)) {
        ++i;
        continue;
      }
      const auto begin = i;
      while (i < test.size() && in_name(test[i])) ++i;
      const auto name = test.substr(begin, i - begin);
      const bool plain = begins_name(name[0]) && (begin == 0 || test[begin - 1] != '.') &&
                         !test.substr(i).starts_with('(') && !test.substr(i).starts_with('.') &&
                         !test.substr(i).starts_with('"') && !test.substr(i).starts_with('\'');
      if (!plain || known(name) || listed(kPython, name) || !asked_.insert(name).second) continue;
      findings_.add(id, "undefined-variable", Severity::warn,
                    "This condition reads " + std::string(name) + ", which nothing sets",
                    "Add `default " + std::string(name) + " = …`" + like(name), line);
    }
  }

  /// A default or define that nothing else names.
  void unused(StoryId id, const DefineNode& made, Kind kind) {
    if (made.store != "store" || engine_name(made.name) || (kind != Kind::Define && kind != Kind::Default))
      return;
    const auto found = input_.names.find(made.name);
    if (found == input_.names.end() || found->second.read > 0 || found->second.quoted > 0) return;
    const auto name = std::string(made.name);
    if (found->second.set == 0) {
      findings_.add(id, "unused-variable", Severity::info, name + " is defined and used nowhere",
                    "Use it, or remove it");
    } else if (kind == Kind::Default) {
      findings_.add(id, "variable-never-read", Severity::info, name + " is set but never read",
                    "Ask for it in a condition, show it as [" + name + "], or remove it");
    }
  }

  /// ", or did you mean …?" when a known name is spelled alike.
  std::string like(std::string_view name) {
    if (candidates_.empty()) {
      for (const auto& [known, use] : input_.names) {
        if (use.defined > 0) candidates_.emplace_back(known);
      }
      std::ranges::sort(candidates_);
    }
    const auto near = candidates_.size() < 20000 ? nearest(name, candidates_) : std::string();
    return near.empty() ? std::string() : ", or did you mean " + near + "?";
  }

  const CheckInput& input_;
  const Story& story_;
  Findings& findings_;
  std::unordered_set<std::string_view> bound_;         // assigned in Python, parameters
  std::unordered_set<std::string_view> said_, asked_;  // reported once each
  std::vector<std::string> candidates_;
};

}  // namespace

void check_names(const CheckInput& input, Findings& findings) { NameChecks(input, findings).run(); }

}  // namespace bpyd::analysis
