// SPDX-License-Identifier: MIT
// Ways that never end.
#include <algorithm>
#include <unordered_set>

#include "checks.hpp"
#include "components.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

class LoopChecks {
 public:
  LoopChecks(const StoryBook& book, Findings& findings)
      : story_(*book.story), chart_(book.plan->chart), findings_(findings) {}

  void run() {
    circles();
    loops();
  }

 private:
  void endless(StoryId at) {
    const auto owner = story_.owner(at);
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
    std::unordered_set<StoryId> seen;
    for (std::size_t i = 0; i < story_.labels.size(); ++i) {
      const auto label = story_.labels[i].node;
      if (story_.led_to[i] == 0 || story_.junction(label) != kNowhere) continue;
      std::vector<StoryId> chain;
      auto at = label;
      while (seen.insert(at).second) {
        chain.push_back(at);
        const auto node = story_.at(at);
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
    std::vector<JunctionId> lost;
    for (const auto id : chart_.junctions()) {
      if (story_.reached[id] != 0 && story_.junctions[id].flow == Flow::decide &&
          chart_.to_return(id) == kNever && chart_.to_stop(id) == kNever)
        lost.push_back(id);
    }
    if (lost.empty()) return;
    const std::unordered_set<JunctionId> among(lost.begin(), lost.end());
    const auto ahead = [&](JunctionId id, auto&& visit) {
      const auto& junction = story_.junctions[id];
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
        const auto to = story_.ways[way].to;
        if (to != kNowhere && among.contains(to)) visit(to);
      }
    };
    Components<JunctionId>(story_.junctions.size())
        .find(lost, ahead, [&](std::span<const JunctionId> members) {
          bool ring = members.size() > 1;
          if (!ring) ahead(members[0], [&](JunctionId to) { ring = ring || to == members[0]; });
          if (ring && std::ranges::none_of(members, [&](JunctionId id) { return opaque_way(id); }))
            endless(story_.junctions[*std::ranges::min_element(members)].at);
        });
  }

  [[nodiscard]] bool opaque_way(JunctionId id) const {
    const auto& junction = story_.junctions[id];
    if (opaque(junction.at)) return true;
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      const auto end = story_.ways[way].to;
      const auto last = end == kNowhere ? kNowhere : story_.junctions[end].at;
      for (auto at = story_.ways[way].at; at != kNowhere && at != last;) {
        if (opaque(at) || end == kNowhere) return true;
        const auto node = story_.at(at);
        at = node.flow == Flow::jump ? node.target : node.next;
      }
    }
    return false;
  }

  const Story& story_;
  const Chart& chart_;
  Findings& findings_;
};

}  // namespace

void check_loops(const StoryBook& book, Findings& findings) { LoopChecks(book, findings).run(); }

}  // namespace bpyd::analysis
