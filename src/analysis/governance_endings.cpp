// SPDX-License-Identifier: MIT
// The fewest choices that lead to each ending, for all of them at once.
#include <deque>
#include <queue>

#include "governance_run.hpp"

namespace bpyd::analysis {
namespace {

using renpy::Flow;

/// Ways that no values allow are left out; any other condition may hold. So what is said to take at
/// least so many choices does.
class Fewest {
 public:
  explicit Fewest(const StoryBook& book)
      : book_(book), story_(*book.story), back_(story_.junctions.size(), kNever) {
    settle();
    walk();
  }
  /// By label.
  [[nodiscard]] const std::map<std::string, Cost>& endings() const { return endings_; }

 private:
  [[nodiscard]] Cost back(JunctionId id) const { return id == kNowhere ? kNever : back_[id]; }
  [[nodiscard]] Cost weight(WayId way) const { return is_players(story_.option(way)) ? 1 : 0; }

  template <class F>
  void ways(const renpy::Junction& junction, F&& each) const {
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      if (book_.plan->feasible.feasible(way)) each(way, story_.ways[way]);
    }
  }

  /// From a junction to a return of the same call.
  [[nodiscard]] Cost to_return(const renpy::Junction& junction) const {
    if (junction.flow == Flow::back) return 0;
    if (junction.flow == Flow::call) return plus(back(junction.target), back(junction.next));
    Cost best = kNever;
    if (junction.flow != Flow::decide) return best;
    ways(junction, [&](WayId way, const renpy::Way& out) {
      const auto rest = out.is_call ? plus(back(out.to), back(junction.next)) : back(out.to);
      best = std::min(best, plus(weight(way), rest));
    });
    return best;
  }

  void settle() {
    const auto& chart = book_.plan->chart;
    std::deque<JunctionId> work(chart.junctions().begin(), chart.junctions().end());
    std::vector<bool> waiting(story_.junctions.size(), true);
    while (!work.empty()) {
      const auto id = work.front();
      work.pop_front();
      waiting[id] = false;
      const auto cost = to_return(story_.junctions[id]);
      if (cost >= back_[id]) continue;
      back_[id] = cost;
      for (auto way = chart.before_begin(id); way != chart.before_end(id); ++way) {
        if (!waiting[way->junction]) work.push_back(way->junction);
        waiting[way->junction] = true;
      }
    }
  }

  /// A junction, met with a call under way or with none.
  struct Place {
    Cost cost;
    JunctionId at;
    bool called;
    bool operator<(const Place& other) const { return cost > other.cost; }
  };

  void go(Cost cost, JunctionId to, bool called) {
    if (to == kNowhere || cost == kNever) return;
    auto& best = best_[2 * std::size_t{to} + (called ? 1 : 0)];
    if (cost >= best) return;
    best = cost;
    queue_.push({cost, to, called});
  }
  void end(Cost cost, const renpy::Junction& junction) {
    const auto owner = story_.owner(junction.at);
    if (owner == kNowhere) return;
    const auto [at, fresh] = endings_.try_emplace(std::string(story_.label_at(owner)->name), cost);
    if (!fresh) at->second = std::min(at->second, cost);
  }

  void walk() {
    best_.assign(2 * story_.junctions.size(), kNever);
    for (const auto entry : story_.entries) go(0, story_.junction(entry), false);
    while (!queue_.empty()) {  // the cheapest first: the first time an ending is met is the best
      const auto now = queue_.top();
      queue_.pop();
      if (now.cost == best_[2 * std::size_t{now.at} + (now.called ? 1 : 0)]) step(now);
    }
  }

  void step(const Place& now) {
    const auto& junction = story_.junctions[now.at];
    if (junction.flow == Flow::stop) {
      if (is_ending(ending_of(story_, junction))) end(now.cost, junction);
    } else if (junction.flow == Flow::back) {
      if (!now.called) end(now.cost, junction);
    } else if (junction.flow == Flow::call) {
      go(now.cost, junction.target, true);
      go(plus(now.cost, back(junction.target)), junction.next, now.called);
    } else if (junction.flow == Flow::decide) {
      ways(junction, [&](WayId way, const renpy::Way& out) {
        const auto cost = plus(now.cost, weight(way));
        if (out.at == kNowhere) end(cost, junction);
        go(cost, out.to, out.is_call || now.called);
        if (out.is_call) go(plus(cost, back(out.to)), junction.next, now.called);
      });
    }
  }

  const StoryBook& book_;
  const renpy::Story& story_;
  std::vector<Cost> back_, best_;
  std::priority_queue<Place> queue_;
  std::map<std::string, Cost> endings_;
};

/// Of a report without its story: as few as its paths have.
std::map<std::string, Cost> listed(const Stats2& stats) {
  std::map<std::string, Cost> out;
  for (std::size_t i = 0; i < stats.paths.size(); ++i) {
    if (!is_ending(stats.paths[i].ending_kind)) continue;
    const auto choices = static_cast<Cost>(stats.paths.tell(i).choices.size());
    const auto [at, fresh] = out.try_emplace(stats.paths[i].ending, choices);
    if (!fresh) at->second = std::min(at->second, choices);
  }
  return out;
}

}  // namespace

void rule_endings(GovernanceRun& run, const GovernanceRule& rule) {
  std::map<const LabelIndex::Entry*, Cost> fewest;
  for (const auto& [name, cost] : run.stats.book ? Fewest(*run.stats.book).endings() : listed(run.stats)) {
    const auto* entry = run.labels.find(name);
    if (entry == nullptr || !run.labels.holds(rule.scope, entry->label->file, entry)) continue;
    const auto [at, fresh] = fewest.try_emplace(entry, cost);
    if (!fresh) at->second = std::min(at->second, cost);
  }
  for (const auto& [entry, cost] : fewest) {
    const auto& name = entry->label->name;
    const std::int64_t value = cost;
    const auto say = [&](const char* how, std::int64_t limit, const char* advice) {
      run.add(rule, {entry->label->file, entry->label->line, name, "",
                     "The ending " + name + " takes at least " + std::to_string(value) +
                         (value == 1 ? " choice, " : " choices, ") + how + std::to_string(limit),
                     advice, value, limit});
    };
    if (rule.max && value > *rule.max)
      say("it must be there after ", *rule.max, "Lead to it by a shorter way, or raise the rule's max");
    if (rule.min && value < *rule.min)
      say("it must take ", *rule.min, "Put choices before it, or lower the rule's min");
  }
}

}  // namespace bpyd::analysis
