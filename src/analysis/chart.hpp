// SPDX-License-Identifier: MIT
// The story as a player meets it: only the places where something is decided, called or ended,
// and how far it is from each to a return or an end.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "bpyd/renpy/story.hpp"

namespace bpyd::analysis {

using renpy::kNowhere;
using renpy::StoryId;

/// A number of decisions; sums saturate, since calls in calls double quickly.
using Cost = std::uint32_t;
constexpr Cost kNever = std::numeric_limits<Cost>::max();
constexpr Cost plus(Cost a, Cost b) { return a >= kNever - b ? kNever : a + b; }

/// How a route passes a junction.
struct Move {
  enum class How : std::uint8_t { start, option, into, over };
  How how = How::start;
  StoryId from = kNowhere;   // the junction; kNowhere at an entry
  std::uint32_t option = 0;  // index into Story::options
};

/// Thread: built once, then any thread may read. Linear in the story but for a logarithm.
class Chart {
 public:
  explicit Chart(const renpy::Story& story);

  /// The first junction from `id` on by falling through and jumping; kNowhere when that never ends.
  [[nodiscard]] StoryId junction(StoryId id) const { return id == kNowhere ? kNowhere : junction_[id]; }
  /// From a statement to a return of the same call; to where the story stops for good.
  [[nodiscard]] Cost to_return(StoryId id) const { return at(return_, id); }
  [[nodiscard]] Cost to_stop(StoryId id) const { return at(stop_, id); }
  /// Junctions with the same number go around in one loop of the same call.
  [[nodiscard]] std::uint32_t loop(StoryId junction) const { return loop_[junction]; }
  /// Can the story get here from an entry? And the last move of the shortest way.
  [[nodiscard]] bool reached(StoryId junction) const { return distance_[junction] != kNever; }
  [[nodiscard]] const Move& arrival(StoryId junction) const { return arrival_[junction]; }

  /// Moves from junction to what needs it: junctions from which it is one move away.
  struct Before {
    StoryId junction;
    std::uint32_t option;  // kCall: a call
    bool over;             // the other side of a call, not what is called
  };
  static constexpr std::uint32_t kCall = UINT32_MAX;
  [[nodiscard]] std::vector<Before>::const_iterator before_begin(StoryId junction) const {
    return before_.begin() + before_at_[junction];
  }
  [[nodiscard]] std::vector<Before>::const_iterator before_end(StoryId junction) const {
    return before_.begin() + before_at_[junction + 1];
  }

  [[nodiscard]] const std::vector<StoryId>& junctions() const { return junctions_; }
  [[nodiscard]] const renpy::Story& story() const { return story_; }

 private:
  [[nodiscard]] Cost at(const std::vector<Cost>& costs, StoryId id) const {
    const auto where = junction(id);
    return where == kNowhere ? kNever : costs[where];
  }
  void find_junctions();
  void find_before();
  void find_returns();
  void find_stops();
  void find_loops();
  void find_arrivals();
  template <class F>
  void moves(StoryId junction, F&& visit) const;
  template <class F>
  void ahead(StoryId junction, F&& visit) const;
  /// What is called by a junction, or by one of its options.
  [[nodiscard]] StoryId called(StoryId junction, std::uint32_t option) const {
    return option == kCall ? story_.nodes[junction].target : story_.options[option].to;
  }
  [[nodiscard]] Cost return_through(const Before& way) const;

  const renpy::Story& story_;
  std::vector<StoryId> junction_;
  std::vector<StoryId> junctions_;
  std::vector<std::uint32_t> before_at_;
  std::vector<Before> before_;
  std::vector<Cost> return_;
  std::vector<Cost> stop_;
  std::vector<std::uint32_t> loop_;
  std::vector<Cost> distance_;
  std::vector<Move> arrival_;
};

}  // namespace bpyd::analysis
