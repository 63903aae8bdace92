// SPDX-License-Identifier: MIT
// Shortest first: a best-first search over walks, guided by the exact number of moves that are still
// needed from each junction, so that little else is walked than what is found.
#include "bpyd/analysis/search.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <queue>

#include "found.hpp"
#include "needed.hpp"
#include "run_state.hpp"

namespace bpyd::analysis {

using renpy::Flow;
using renpy::Junction;
using renpy::Option;
using renpy::Story;

namespace {

constexpr std::size_t kMostThrough = 6;
constexpr std::size_t kMostWalks = 400'000;  // looked at in one search
constexpr std::size_t kMostMoves = 50'000;   // of one path

/// A call in progress; walks share it.
struct Frame {
  const Frame* caller = nullptr;
  JunctionId site = kNowhere;
};

/// What a walk has set so far.
using Values = std::shared_ptr<const RunState>;

struct Walk {
  const Walk* before = nullptr;
  renpy::WayId way = kNowhere;  // taken to get here; kNowhere: none
  JunctionId here = kNowhere;
  std::uint32_t entry = 0;
  std::uint32_t moves = 1;
  std::size_t stage = 0;
  const Frame* frame = nullptr;
  Values values;
};

class Searcher {
 public:
  Searcher(const StoryBook& book, const std::vector<Target>& targets, bool ends_there)
      : book_(book),
        story_(*book.story),
        chart_(book.plan->chart),
        needed_(book, targets, ends_there),
        ends_there_(ends_there) {}

  std::vector<Route> run(std::size_t wanted, bool& gave_up) {
    const RunState start(values_at_start(book_.sheets, *book_.variables));
    for (std::uint32_t entry = 0; entry < story_.entries.size(); ++entry) {
      const auto stretch = stretch_at(story_, story_.entries[entry]);
      Walk walk;
      walk.entry = entry;
      walk.here = stretch.to;
      walk.stage = Needed::after(0, needed_.met(stretch, kNowhere));
      walk.values = assigned(std::make_shared<const RunState>(start), stretch);
      push(std::move(walk));
    }
    std::vector<Route> found;
    for (std::size_t looked = 0; !queue_.empty() && found.size() < wanted; ++looked) {
      if (looked == kMostWalks) {
        gave_up = true;
        break;
      }
      const auto best = queue_.top();
      queue_.pop();
      step(best.walk, found);
    }
    return found;
  }

 private:
  struct Waiting {
    Cost cost;            // moves made and needed
    std::uint64_t order;  // of equals, the one made last goes on: paths are finished one by one
    const Walk* walk;
    bool operator<(const Waiting& other) const {
      return cost != other.cost ? cost > other.cost : order < other.order;
    }
  };

  [[nodiscard]] Cost needed(const Walk& walk) const {
    if (ends_there_ && walk.stage == needed_.done()) return 0;
    auto best = needed_.stop(walk.here, walk.stage);
    // What it costs to come back from the calls in progress, by stage.
    std::vector<Cost> back(needed_.done() + 1, kNever);
    for (std::size_t b = walk.stage; b < back.size(); ++b) back[b] = needed_.back(walk.here, walk.stage, b);
    for (const auto* frame = walk.frame; frame != nullptr; frame = frame->caller) {
      const auto next = story_.junctions[frame->site].next;
      std::vector<Cost> above(back.size(), kNever);
      for (std::size_t b = 0; b < back.size(); ++b) {
        if (back[b] == kNever) continue;
        const auto stage = Needed::after(b, needed_.next(frame->site));
        best = std::min(best, plus(back[b], plus(1, needed_.stop(next, stage))));
        for (std::size_t c = stage; c < back.size(); ++c)
          above[c] = std::min(above[c], plus(back[b], plus(1, needed_.back(next, stage, c))));
      }
      back = std::move(above);
    }
    return std::min(best, back[needed_.done()]);
  }

  void push(Walk walk) {
    const auto rest = needed(walk);
    if (rest == kNever || walk.moves > kMostMoves) return;
    const auto cost = plus(walk.moves, rest);
    queue_.push({cost, order_++, &walks_.emplace_back(std::move(walk))});
  }

  [[nodiscard]] Values assigned(const Values& values, const Stretch& stretch) const {
    std::shared_ptr<RunState> made;
    each_effect(story_, book_.sheets, stretch.file, stretch.at,
                [&](const Sheet& sheet, const Effect& effect) {
                  if (!made) made = std::make_shared<RunState>(*values);
                  made->apply(sheet, effect);
                });
    return made ? Values(std::move(made)) : values;
  }

  Walk onward(const Walk* from, const Stretch& stretch, std::uint32_t bits) const {
    Walk walk;
    walk.before = from;
    walk.entry = from->entry;
    walk.moves = from->moves + 1;
    walk.here = stretch.to;
    walk.frame = from->frame;
    walk.stage = Needed::after(from->stage, bits);
    walk.values = assigned(from->values, stretch);
    return walk;
  }

  void step(const Walk* walk, std::vector<Route>& found) {
    if (ends_there_ && walk->stage == needed_.done()) return found.push_back(route_of(*walk, "here"));
    if (walk->here == kNowhere) return;
    const auto& junction = story_.junctions[walk->here];
    if (junction.flow == Flow::stop) {
      if (walk->stage == needed_.done()) found.push_back(route_of(*walk, ending_of(story_, junction)));
    } else if (junction.flow == Flow::back) {
      go_back(walk, junction, found);
    } else if (junction.flow == Flow::call) {
      auto next = onward(walk, called(story_, junction), needed_.call(walk->here));
      next.frame = &frames_.emplace_back(walk->frame, walk->here);
      push(std::move(next));
    } else {
      decide(walk, junction, found);
    }
  }

  void go_back(const Walk* walk, const Junction& junction, std::vector<Route>& found) {
    if (walk->frame == nullptr) {
      if (walk->stage == needed_.done()) found.push_back(route_of(*walk, ending_of(story_, junction)));
      return;
    }
    const auto site = walk->frame->site;
    auto next = onward(walk, behind(story_.junctions[site]), needed_.next(site));
    next.frame = walk->frame->caller;
    push(std::move(next));
  }

  void decide(const Walk* walk, const Junction& junction, std::vector<Route>& found) {
    if (turns(*walk) > 2) return;  // once around a loop, and out
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      const auto& out = story_.ways[way];
      if (!book_.plan->feasible.feasible(way) || ruled_out(*walk, junction, way)) continue;
      auto next = onward(walk, stretch_of(out), needed_.way(way));
      next.way = way;
      if (out.is_call) next.frame = &frames_.emplace_back(walk->frame, walk->here);
      if (out.at == kNowhere) {
        if (next.stage == needed_.done()) found.push_back(route_of(next, "end_of_file"));
      } else {
        push(std::move(next));
      }
    }
  }

  /// How often this walk has been here within the same call, this time included.
  [[nodiscard]] int turns(const Walk& walk) const {
    if (!chart_.in_ring(walk.here)) return 1;
    int count = 1;
    for (const auto* at = walk.before; at != nullptr; at = at->before) {
      if (at->frame == walk.frame && at->here == walk.here) ++count;
      if (count > 2) break;
    }
    return count;
  }

  [[nodiscard]] std::optional<bool> holds(const Walk& walk, renpy::WayId way) const {
    return analysis::holds(story_, book_.sheets, *walk.values, way);
  }

  /// Do the walk's own assignments say no?
  [[nodiscard]] bool ruled_out(const Walk& walk, const Junction& junction, renpy::WayId way) const {
    const auto& option = story_.option(way);
    if (option.why == Option::Why::choice) return holds(walk, way) == false;
    if (option.why != Option::Why::condition) return false;
    if (!option.negated && holds(walk, way) == false) return true;
    for (auto other = junction.ways_begin; other < way; ++other) {
      // `while x` turns once though its test still says to go on: the rule of loops takes over.
      const bool loop = chart_.in_ring(walk.here) && turns(walk) > 1;
      if (!loop && !story_.option(other).negated && holds(walk, other) == true) return true;
    }
    return false;
  }

  static Route route_of(const Walk& walk, std::string_view ending) {
    Route route;
    route.entry = walk.entry;
    route.moves = walk.moves;
    route.ending = ending;
    for (const auto* at = &walk; at != nullptr; at = at->before) {
      if (at->way != kNowhere) route.ways.push_back(at->way);
    }
    std::ranges::reverse(route.ways);
    return route;
  }

  const StoryBook& book_;
  const Story& story_;
  const Chart& chart_;
  Needed needed_;
  bool ends_there_;
  std::deque<Walk> walks_;
  std::deque<Frame> frames_;
  std::priority_queue<Waiting> queue_;
  std::uint64_t order_ = 0;
};

}  // namespace

Result<FoundPaths> find_paths(const Stats2& stats, const PathSearch& search) {
  if (const auto ours = must_be_ours(stats); !ours) return std::unexpected(ours.error());
  if (search.through.size() > kMostThrough)
    return fail(Code::bad_value,
                "At most " + std::to_string(kMostThrough) + " labels can be asked for at once");
  std::vector<Target> targets;
  for (const auto& label : search.through) {
    const auto target = target_label(*stats.book, label);
    if (!target) return std::unexpected(target.error());
    targets.push_back(*target);
  }
  for (const auto& place : search.to) {
    const auto target = target_line(*stats.book, place);
    if (!target) return std::unexpected(target.error());
    targets.push_back(*target);
  }
  FoundPaths found;
  auto routes =
      Searcher(*stats.book, targets, !search.to.empty()).run(search.offset + search.limit + 1, found.gave_up);
  found.more = routes.size() > search.offset + search.limit;
  const auto first = static_cast<std::ptrdiff_t>(std::min(search.offset, routes.size()));
  const auto last = static_cast<std::ptrdiff_t>(std::min(search.offset + search.limit, routes.size()));
  std::vector<Route> page(std::make_move_iterator(routes.begin() + first),
                          std::make_move_iterator(routes.begin() + last));
  found.paths = paths_of(stats.book, std::move(page), std::move(targets), search.offset);
  return found;
}

}  // namespace bpyd::analysis
