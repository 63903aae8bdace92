// SPDX-License-Identifier: MIT
// What one file's statements do: ways that end where they should not, or cannot be taken.
#include <algorithm>

#include "checks.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

class FileChecks {
 public:
  FileChecks(const StoryBook& book, const StoryFacts& facts, std::uint32_t file, Findings& findings)
      : book_(book),
        story_(*book.story),
        facts_(facts),
        file_(file),
        part_(*book.story->parts[file]),
        findings_(findings),
        reachable_(story_.reachable(file)),
        top_(story_.reachable(file, true)) {}

  void run() {
    calls_without_from();
    unreachable_labels();
    for (NodeId n = 0; n < part_.nodes.size(); ++n) statement(n);
    infeasible();
  }

 private:
  void statement(NodeId n) {
    const auto& node = part_.file->nodes[n];
    if (node.kind == Kind::Menu) menu(n, std::get<MenuNode>(node.payload));
    if (node.kind == Kind::Return) give_back(n, std::get<ReturnNode>(node.payload));
    unreachable(n, node);
  }

  [[nodiscard]] StoryId id(NodeId n) const { return story_.base[file_] + n; }
  [[nodiscard]] std::string label_name(NodeId label) const {
    return std::string(part_.file->as<LabelNode>(label).name);
  }

  void unreachable_labels() {
    for (std::size_t i = 0; i < part_.labels.size(); ++i) {
      const auto n = part_.labels[i].node;
      if (reachable_[n] || part_.file->as<LabelNode>(n).from_call ||
          story_.labels[story_.label_base[file_] + i].again)
        continue;
      findings_.add(id(n), "unreachable-label", story_.dynamic ? Severity::info : Severity::warn,
                    "Nothing leads to label " + label_name(n) +
                        (story_.dynamic ? ", unless a target computed at run time does" : ""),
                    "Jump or call to it, or remove it");
    }
  }

  /// Ways that no values of their variables allow.
  void infeasible() {
    const auto& reasons = book_.plan->feasible.reasons();
    if (reasons.empty()) return;
    for (const auto n : part_.junctions) {
      const auto& node = part_.nodes[n];
      for (auto i = node.options_begin; i < node.options_end; ++i) {
        const auto found = reasons.find(story_.way_base[file_] + i);
        if (found == reasons.end()) continue;
        const auto& option = part_.options[i];
        if (option.why == Option::Why::choice) {
          findings_.add(id(n), "choice-never-shown", Severity::warn,
                        "The choice \"" + std::string(option.text) + "\" is never shown: " + found->second,
                        "Set what it asks for before, or remove the choice", option.line);
        } else if (!option.negated) {
          findings_.add(id(n), "branch-never-taken", Severity::info,
                        "This branch never runs: " + found->second,
                        "Set what it asks for before, or remove the branch", option.line);
        } else if (option.line != 0 && i + 1 == node.options_end && is_else(n)) {
          findings_.add(id(n), "branch-never-taken", Severity::info, "This else never runs: " + found->second,
                        "Change what is set before, or remove the branch", option.line);
        }
      }
    }
  }
  [[nodiscard]] bool is_else(NodeId n) const {
    const auto* branch = std::get_if<IfNode>(&part_.file->nodes[n].payload);
    return branch != nullptr && branch->entries.back().is_else;
  }

  /// Can no choice of a menu be shown, by its literals and by the values that are known?
  [[nodiscard]] bool nothing_to_choose(NodeId n) const {
    const auto& node = part_.nodes[n];
    for (auto i = node.options_begin; i < node.options_end;
         ++i) {  // those that are never shown are no options
      if (book_.plan->feasible.feasible(story_.way_base[file_] + i)) return false;
    }
    return true;
  }

  void menu(NodeId n, const MenuNode& menu) {
    bool always = false;
    std::size_t choices = 0;
    for (const auto& item : menu.items) {
      if (item.caption) continue;
      ++choices;
      const bool never = item.condition == "False" || item.condition == "0" || item.condition == "None";
      always = always || item.condition == "True";
      if (never) {
        findings_.add(id(n), "choice-never-shown", Severity::warn,
                      "The choice \"" + std::string(item.text) + "\" is never shown: its condition is " +
                          std::string(item.condition),
                      "Give it a condition that can hold, or remove it", item.line);
      }
    }
    if (choices == 0 || always || !reachable_[n]) return;
    if (nothing_to_choose(n)) {
      findings_.add(id(n), "dead-end", Severity::warn,
                    "No choice of this menu is ever shown: the story passes it over",
                    "Add a choice that can be shown, or set what they ask for before");
    } else {
      findings_.add(
          id(n), "menu-can-be-empty", Severity::info,
          "When none of its conditions holds this menu shows nothing and the story goes on behind it",
          "Add a choice without a condition, unless that is meant");
    }
  }

  /// A return with nothing to return to ends the game.
  void give_back(NodeId n, const ReturnNode& back) {
    if (!top_[n]) return;
    const auto owner = part_.owner[n];
    if (back.implicit && owner != kNoNode) {
      findings_.add(id(owner), "falls-off-file", Severity::warn,
                    "Label " + label_name(owner) + " runs past the end of " + part_.file->file +
                        ": the game ends there",
                    "End it with `return`, or jump to where it goes on");
    }
    if (back.implicit || owner == kNoNode || !called(owner)) return;
    findings_.add(id(n), "return-ends-game", Severity::warn,
                  "Label " + label_name(owner) +
                      " is called elsewhere, but a jump leads here too: then this return ends the game",
                  "Call the label wherever it is gone to, or jump on from here");
  }
  [[nodiscard]] bool called(NodeId label) const {
    const auto found = std::ranges::lower_bound(part_.labels, label, {}, &PartLabel::node);
    return facts_.called[story_.label_base[file_] + static_cast<std::size_t>(found - part_.labels.begin())] !=
           0;
  }

  /// The first of a run of statements that nothing leads to, below a label that something does.
  void unreachable(NodeId n, const Node& node) {
    if (n < dead_until_) return;
    if (!in_story(node)) dead_until_ = std::max(dead_until_, node.end);
    const auto owner = part_.owner[n];
    if (reachable_[n] || owner == kNoNode || !reachable_[owner] || !runs(node)) return;
    const auto& nodes = part_.file->nodes;
    dead_until_ = node.end;
    while (dead_until_ < nodes.size() && !reachable_[dead_until_] && nodes[dead_until_].kind != Kind::Label)
      dead_until_ = nodes[dead_until_].end;
    if (node.kind == Kind::Return || node.kind == Kind::Pass) return;  // written for safety
    findings_.add(id(n), "unreachable-statement", story_.dynamic ? Severity::info : Severity::warn,
                  "Nothing leads here: this never runs",
                  "Remove it, or put a label before it and lead there");
  }

  /// What runs before the story, or instead of lines of it.
  static bool in_story(const Node& node) {
    return node.kind != Kind::Init && node.kind != Kind::Translate && node.kind != Kind::TranslateBlock &&
           node.kind != Kind::TranslateEarlyBlock;
  }

  static bool runs(const Node& node) {
    switch (node.kind) {
      case Kind::Say:
      case Kind::Jump:
      case Kind::Call:
      case Kind::Return:
      case Kind::Menu:
      case Kind::If:
      case Kind::While:
      case Kind::Pass:
      case Kind::Python:
      case Kind::Show:
      case Kind::Scene:
      case Kind::Hide:
      case Kind::With:
      case Kind::UserStatement:
        return true;
      default:
        return false;
    }
  }

  void calls_without_from() {
    const auto& nodes = part_.file->nodes;
    std::size_t count = 0;
    NodeId first = kNoNode;
    for (const auto n : part_.junctions) {
      const auto* call = std::get_if<CallNode>(&nodes[n].payload);
      if (call == nullptr || !call->from.empty()) continue;
      if (count++ == 0) first = n;
    }
    if (count == 0) return;
    findings_.add(
        id(first), "call-without-from", Severity::info,
        std::to_string(count) + (count == 1 ? " call" : " calls") +
            " in this file without `from`: a saved game may come back to the wrong place after an update",
        "Let Ren'Py add them (launcher, \"Add from clauses to calls\") before a release");
  }

  const StoryBook& book_;
  const Story& story_;
  const StoryFacts& facts_;
  std::uint32_t file_;
  const Part& part_;
  Findings& findings_;
  std::vector<bool> reachable_, top_;
  NodeId dead_until_ = 0;
};

}  // namespace

StoryFacts::StoryFacts(const Story& story) : called(story.labels.size(), 0) {
  for (std::uint32_t f = 0; f < story.parts.size(); ++f) {
    for (const auto& reference : story.parts[f]->references) {
      if (reference.how != Reference::How::call || reference.symbol == kNoSymbol) continue;
      const auto label = story.sites[story.symbol_base[f] + reference.symbol];
      if (label != kNowhere) called[label] = 1;
    }
  }
}

void check_file(const StoryBook& book, const StoryFacts& facts, std::uint32_t file, Findings& findings) {
  FileChecks(book, facts, file, findings).run();
}

}  // namespace bpyd::analysis
