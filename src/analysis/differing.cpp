// SPDX-License-Identifier: MIT
// One decision made otherwise: the given route up to there, the other way, and back to the given route by
// the nearest junction that both pass.
#include <algorithm>
#include <deque>
#include <unordered_map>

#include "bpyd/core/strings.hpp"
#include "found.hpp"
#include "run_state.hpp"

namespace bpyd::analysis {

using renpy::Flow;
using renpy::Junction;
using renpy::Option;
using renpy::Story;

namespace {

constexpr std::size_t kMostMoves = 50'000;

/// The junctions that a route decides at, in order.
struct Decisions {
  std::vector<JunctionId> at;
  void segment(const Stretch&) {}
  void decision(JunctionId junction, WayId) { at.push_back(junction); }
  void call(JunctionId) {}
  void back(JunctionId) {}
  void end(JunctionId) {}
};

class Varier {
 public:
  Varier(const StoryBook& book, const Route& base) : book_(book), story_(*book.story), base_(base) {
    replay(story_, base_, decisions_);
  }

  /// Where the base route could take `way` and does not: the last such place is as good as any, the
  /// first is what a reader means. kNever: nowhere.
  [[nodiscard]] std::size_t turn_of(WayId way) const {
    for (std::size_t i = 0; i < decisions_.at.size(); ++i) {
      const auto& junction = story_.junctions[decisions_.at[i]];
      if (way >= junction.ways_begin && way < junction.ways_end && base_.ways[i] != way) return i;
    }
    return kNever;
  }

  std::optional<Route> run(std::size_t turn, WayId way) {
    turn_ = turn;
    other_ = way;
    far_ = distances();
    Route route;
    route.entry = base_.entry;
    RunState values(values_at_start(book_.sheets, *book_.variables));
    auto now = stretch_at(story_, story_.entries[base_.entry]);
    std::vector<JunctionId> sites;
    while (now.at != kNowhere && route.moves < kMostMoves) {
      ++route.moves;
      each_effect(story_, book_.sheets, now.file, now.at,
                  [&](const Sheet& sheet, const Effect& effect) { values.apply(sheet, effect); });
      if (now.to == kNowhere) return ended(std::move(route), "loop");
      const auto& junction = story_.junctions[now.to];
      if (junction.flow == Flow::call) {
        sites.push_back(now.to);
        now = called(story_, junction);
      } else if (junction.flow == Flow::back && !sites.empty()) {
        now = behind(story_.junctions[sites.back()]);
        sites.pop_back();
      } else if (junction.flow == Flow::decide) {
        const auto taken = decide(now.to, junction, values, route.ways.size());
        if (taken == kNowhere) return ended(std::move(route), "loop");
        if (taken == kRuledOut) return std::nullopt;
        route.ways.push_back(taken);
        if (story_.ways[taken].is_call) sites.push_back(now.to);
        now = stretch_of(story_.ways[taken]);
      } else {
        return ended(std::move(route), ending_of(story_, junction));
      }
    }
    return ended(std::move(route), now.at == kNowhere ? "end_of_file" : "cut");
  }

 private:
  static constexpr WayId kRuledOut = kNowhere - 1;

  static Route ended(Route route, std::string_view how) {
    route.ending = how;
    return route;
  }

  WayId decide(JunctionId here, const Junction& junction, const RunState& values, std::size_t made) {
    if (made < turn_) return base_.ways[made];
    if (made == turn_) {
      next_ = turn_ + 1;
      return possible(here, other_, values) ? other_ : kRuledOut;
    }
    if (++visits_[here] > 2) return kNowhere;
    // As the base route does from here on, if it comes here again.
    for (auto i = next_; i < decisions_.at.size(); ++i) {
      if (decisions_.at[i] != here || !possible(here, base_.ways[i], values)) continue;
      next_ = i + 1;
      return base_.ways[i];
    }
    auto best = kNowhere;
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      if (!possible(here, way, values)) continue;
      if (best == kNowhere || distance(way) < distance(best)) best = way;
    }
    return best;
  }

  [[nodiscard]] Cost distance(WayId way) const {
    const auto to = story_.ways[way].to;
    return to == kNowhere ? kNever - 1 : far_[to];
  }

  [[nodiscard]] std::optional<bool> holds(WayId way, const RunState& values) const {
    return analysis::holds(story_, book_.sheets, values, way);
  }

  /// Not ruled out by what was set on the way; a `while` may be left whatever its test says.
  [[nodiscard]] bool possible(JunctionId here, WayId way, const RunState& values) const {
    if (!book_.plan->feasible.feasible(way)) return false;
    const auto& option = story_.option(way);
    if (option.why == Option::Why::choice) return holds(way, values) != false;
    if (option.why != Option::Why::condition) return true;
    if (!option.negated && holds(way, values) == false) return false;
    if (book_.plan->chart.in_ring(here)) return true;
    for (auto other = story_.junctions[here].ways_begin; other < way; ++other)
      if (!story_.option(other).negated && holds(other, values) == true) return false;
    return true;
  }

  /// Moves from each junction to the nearest that the base route passes after the turn.
  [[nodiscard]] std::vector<Cost> distances() const {
    std::vector<Cost> out(story_.junctions.size(), kNever);
    std::deque<JunctionId> queue;
    for (auto i = turn_ + 1; i < decisions_.at.size(); ++i) {
      if (std::exchange(out[decisions_.at[i]], 0) != 0) queue.push_back(decisions_.at[i]);
    }
    const auto& chart = book_.plan->chart;
    while (!queue.empty()) {
      const auto junction = queue.front();
      queue.pop_front();
      for (auto before = chart.before_begin(junction); before != chart.before_end(junction); ++before) {
        if (out[before->junction] != kNever) continue;
        out[before->junction] = out[junction] + 1;
        queue.push_back(before->junction);
      }
    }
    return out;
  }

  const StoryBook& book_;
  const Story& story_;
  const Route& base_;
  Decisions decisions_;
  std::size_t turn_ = 0, next_ = 0;
  WayId other_ = kNowhere;
  std::vector<Cost> far_;
  std::unordered_map<JunctionId, int> visits_;
};

}  // namespace

Result<FoundPaths> differing_at(const Stats2& stats, std::string_view path, const Place& instead) {
  if (const auto ours = must_be_ours(stats); !ours) return std::unexpected(ours.error());
  const auto index = find_path(stats, path);
  if (!index) {
    return fail(Code::path_not_found, "There is no path " + printable_utf8(path.substr(0, 80)) + " in the story",
                "GET /pilot/paths lists them");
  }
  const auto target = target_line(*stats.book, instead);
  if (!target) return std::unexpected(target.error());
  Varier varier(*stats.book, stats.book->plan->cover.routes[*index]);
  const auto turn = target->way == kNowhere ? kNever : varier.turn_of(target->way);
  if (turn == kNever) {
    return fail(Code::path_not_found,
                stats.paths[*index].id + " passes no decision with " + printable_utf8(instead.file.substr(0, 80)) + ":" +
                    std::to_string(instead.line) + " among what it does not take",
                "Name the line of another choice of a menu that the path passes");
  }
  FoundPaths found;
  if (auto route = varier.run(turn, target->way)) {
    std::vector<Route> routes;
    routes.push_back(*std::move(route));
    found.paths = paths_of(stats.book, std::move(routes), {}, 0);
  }
  return found;
}

}  // namespace bpyd::analysis
