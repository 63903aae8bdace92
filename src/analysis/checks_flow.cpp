// SPDX-License-Identifier: MIT
// Ways that end where they should not, never end, or cannot be taken.
#include <algorithm>
#include <unordered_set>

#include "checks.hpp"
#include "components.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

class FlowChecks {
 public:
  FlowChecks(const CheckInput& input, Findings& findings)
      : story_(input.story), chart_(input.chart), findings_(findings) {}

  void run() {
    find_top_level();
    for (const auto& reference : story_.references) {
      if (reference.how == Reference::How::call && reference.to != kNowhere) called_.insert(reference.to);
    }
    for (std::uint32_t f = 0; f < story_.files.size(); ++f) {
      dead_until_ = 0;
      calls_without_from(f);
      for (NodeId n = 0; n < story_.files[f]->nodes.size(); ++n) statement(f, n);
    }
    circles();
    loops();
  }

 private:
  void statement(std::uint32_t f, NodeId n) {
    const auto& node = story_.files[f]->nodes[n];
    const auto id = story_.id(f, n);
    if (node.kind == Kind::Menu) menu(id, std::get<MenuNode>(node.payload));
    if (node.kind == Kind::Return) give_back(id, std::get<ReturnNode>(node.payload));
    unreachable(id, f, n, node);
  }

  void menu(StoryId id, const MenuNode& menu) {
    bool always = false;
    std::size_t choices = 0;
    for (const auto& item : menu.items) {
      if (item.caption) continue;
      ++choices;
      const bool never = item.condition == "False" || item.condition == "0" || item.condition == "None";
      always = always || item.condition == "True";
      if (never) {
        findings_.add(id, "choice-never-shown", Severity::warn,
                      "The choice \"" + std::string(item.text) + "\" is never shown: its condition is " +
                          std::string(item.condition),
                      "Give it a condition that can hold, or remove it", item.line);
      }
    }
    if (choices > 0 && !always && story_.reachable[id]) {
      findings_.add(
          id, "menu-can-be-empty", Severity::info,
          "When none of its conditions holds this menu shows nothing and the story goes on behind it",
          "Add a choice without a condition, unless that is meant");
    }
  }

  /// A return with nothing to return to ends the game.
  void give_back(StoryId id, const ReturnNode& back) {
    if (!top_level_[id]) return;
    const auto owner = story_.owner[id];
    if (back.implicit && owner != kNowhere) {
      findings_.add(owner, "falls-off-file", Severity::warn,
                    "Label " + std::string(story_.label_at(owner)->name) + " runs past the end of " +
                        story_.parsed(id).file + ": the game ends there",
                    "End it with `return`, or jump to where it goes on");
    }
    if (back.implicit || owner == kNowhere || !called_.contains(owner)) return;
    findings_.add(id, "return-ends-game", Severity::warn,
                  "Label " + std::string(story_.label_at(owner)->name) +
                      " is called elsewhere, but a jump leads here too: then this return ends the game",
                  "Call the label wherever it is gone to, or jump on from here");
  }

  /// The first of a run of statements that nothing leads to, below a label that something does.
  void unreachable(StoryId id, std::uint32_t f, NodeId n, const Node& node) {
    if (n < dead_until_) return;
    if (!in_story(node)) dead_until_ = std::max(dead_until_, node.end);
    const auto owner = story_.owner[id];
    if (story_.reachable[id] || owner == kNowhere || !story_.reachable[owner] || !runs(node)) return;
    const auto& nodes = story_.files[f]->nodes;
    dead_until_ = node.end;
    while (dead_until_ < nodes.size() && !story_.reachable[story_.id(f, dead_until_)] &&
           nodes[dead_until_].kind != Kind::Label)
      dead_until_ = nodes[dead_until_].end;
    if (node.kind == Kind::Return || node.kind == Kind::Pass) return;  // written for safety
    findings_.add(id, "unreachable-statement", story_.dynamic ? Severity::info : Severity::warn,
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

  void calls_without_from(std::uint32_t f) {
    const auto& nodes = story_.files[f]->nodes;
    std::size_t count = 0;
    NodeId first = kNoNode;
    for (NodeId n = 0; n < nodes.size(); ++n) {
      const auto* call = std::get_if<CallNode>(&nodes[n].payload);
      if (call == nullptr || !call->from.empty()) continue;
      if (count++ == 0) first = n;
    }
    if (count == 0) return;
    findings_.add(
        story_.id(f, first), "call-without-from", Severity::info,
        std::to_string(count) + (count == 1 ? " call" : " calls") +
            " in this file without `from`: a saved game may come back to the wrong place after an update",
        "Let Ren'Py add them (launcher, \"Add from clauses to calls\") before a release");
  }

  /// Statements that run with no call under way.
  void find_top_level() {
    top_level_.assign(story_.nodes.size(), false);
    std::vector<StoryId> work;
    const auto visit = [&](StoryId id) {
      if (id == kNowhere || top_level_[id]) return;
      top_level_[id] = true;
      work.push_back(id);
    };
    for (const auto entry : story_.entries) visit(entry);
    while (!work.empty()) {
      const auto& node = story_.nodes[work.back()];
      work.pop_back();
      const auto over = [&](StoryId target) {
        if (target != kNowhere && story_.can_return[target]) visit(node.next);
      };
      if (node.flow == Flow::next) visit(node.next);
      if (node.flow == Flow::jump) visit(node.target);
      if (node.flow == Flow::call) over(node.target);
      if (node.flow != Flow::decide) continue;
      for (auto i = node.options_begin; i < node.options_end; ++i) {
        const auto& option = story_.options[i];
        if (option.is_call)
          over(option.to);
        else
          visit(option.to);
      }
    }
  }

  void endless(StoryId at) {
    const auto owner = story_.owner[at];
    findings_.add(at, "endless-loop", Severity::warn,
                  owner == kNowhere ? std::string("The story goes around here for ever")
                                    : "From label " + std::string(story_.label_at(owner)->name) +
                                          " the story goes around for ever: no way leads to an end",
                  "Add a choice or a condition that leads out");
  }

  /// Code and called screens may lead out in ways that are not seen here.
  [[nodiscard]] bool opaque(StoryId id) const {
    const auto& node = story_.node(id);
    if (const auto* user = std::get_if<UserNode>(&node.payload))
      return !user->translatable && user->name != "pause";
    const auto* python = std::get_if<PythonNode>(&node.payload);
    return python != nullptr && (!python->one_line || python->code.find('(') != std::string_view::npos);
  }

  /// Circles without any decision.
  void circles() {
    std::vector<bool> seen(story_.nodes.size(), false);
    for (const auto& label : story_.labels) {
      if (!story_.reachable[label.node] || chart_.junction(label.node) != kNowhere) continue;
      std::vector<StoryId> chain;
      auto at = label.node;
      while (!seen[at]) {
        seen[at] = true;
        chain.push_back(at);
        const auto& node = story_.nodes[at];
        at = node.flow == Flow::jump ? node.target : node.next;
      }
      const auto start = std::ranges::find(chain, at);
      if (start == chain.end() || std::any_of(start, chain.end(), [&](StoryId id) { return opaque(id); }))
        continue;
      endless(*std::min_element(start, chain.end()));
    }
  }

  /// Rings of decisions that no return and no end can be reached from.
  void loops() {
    std::vector<StoryId> lost;
    for (const auto id : chart_.junctions()) {
      if (story_.reachable[id] && story_.nodes[id].flow == Flow::decide && chart_.to_return(id) == kNever &&
          chart_.to_stop(id) == kNever)
        lost.push_back(id);
    }
    if (lost.empty()) return;
    const std::unordered_set<StoryId> among(lost.begin(), lost.end());
    const auto ahead = [&](StoryId id, auto&& visit) {
      const auto& node = story_.nodes[id];
      for (auto i = node.options_begin; i < node.options_end; ++i) {
        const auto to = chart_.junction(story_.options[i].to);
        if (to != kNowhere && among.contains(to)) visit(to);
      }
    };
    Components<StoryId>(story_.nodes.size()).find(lost, ahead, [&](std::span<const StoryId> members) {
      bool ring = members.size() > 1;
      if (!ring) ahead(members[0], [&](StoryId to) { ring = ring || to == members[0]; });
      if (ring && std::ranges::none_of(members, [&](StoryId id) { return opaque_way(id); }))
        endless(*std::ranges::min_element(members));
    });
  }

  [[nodiscard]] bool opaque_way(StoryId id) const {
    if (opaque(id)) return true;
    const auto& node = story_.nodes[id];
    for (auto i = node.options_begin; i < node.options_end; ++i) {
      const auto end = chart_.junction(story_.options[i].to);
      for (auto at = story_.options[i].to; at != kNowhere && at != end;
           at = story_.nodes[at].flow == Flow::jump ? story_.nodes[at].target : story_.nodes[at].next) {
        if (opaque(at) || end == kNowhere) return true;
      }
    }
    return false;
  }

  const Story& story_;
  const Chart& chart_;
  Findings& findings_;
  std::vector<bool> top_level_;
  std::unordered_set<StoryId> called_;
  NodeId dead_until_ = 0;
};

}  // namespace

void check_flow(const CheckInput& input, Findings& findings) { FlowChecks(input, findings).run(); }

}  // namespace bpyd::analysis
