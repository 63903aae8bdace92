// SPDX-License-Identifier: MIT
// The story as a player meets it: only the places where something is decided, called or ended,
// and how far it is from each to a return or an end.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "bpyd/renpy/story.hpp"

namespace bpyd::analysis {

using renpy::JunctionId;
using renpy::kNowhere;
using renpy::StoryId;
using renpy::WayId;

/// A number of decisions; sums saturate, since calls in calls double quickly.
using Cost = std::uint32_t;
constexpr Cost kNever = std::numeric_limits<Cost>::max();
constexpr Cost plus(Cost a, Cost b) { return a >= kNever - b ? kNever : a + b; }

/// How a route passes a junction.
struct Move {
  enum class How : std::uint8_t { start, option, into, over };
  How how = How::start;
  JunctionId from = kNowhere;
  WayId way = 0;
  StoryId entry = kNowhere;  // of a start
};

/// Thread: built once, then any thread may read. Linear in the story but for a logarithm.
class Chart {
 public:
  explicit Chart(const renpy::Story& story);

  /// From a junction to a return of the same call; to where the story stops for good.
  [[nodiscard]] Cost to_return(JunctionId id) const { return id == kNowhere ? kNever : return_[id]; }
  [[nodiscard]] Cost to_stop(JunctionId id) const { return id == kNowhere ? kNever : stop_[id]; }
  /// Junctions with the same number go around in one loop of the same call.
  [[nodiscard]] std::uint32_t loop(JunctionId junction) const { return loop_[junction]; }
  /// Does one of these go around through it?
  [[nodiscard]] bool in_ring(JunctionId junction) const { return ring_[junction]; }
  /// Can the story get here from an entry? And the last move of the shortest way.
  [[nodiscard]] bool reached(JunctionId junction) const { return distance_[junction] != kNever; }
  [[nodiscard]] Cost distance(JunctionId junction) const { return distance_[junction]; }
  [[nodiscard]] const Move& arrival(JunctionId junction) const { return arrival_[junction]; }

  /// Moves from junction to what needs it: junctions from which it is one move away.
  struct Before {
    JunctionId junction;
    WayId way;  // kCall: a call
    bool over;  // the other side of a call, not what is called
  };
  static constexpr std::uint32_t kCall = UINT32_MAX;
  [[nodiscard]] std::vector<Before>::const_iterator before_begin(JunctionId junction) const {
    return before_.begin() + before_at_[junction];
  }
  [[nodiscard]] std::vector<Before>::const_iterator before_end(JunctionId junction) const {
    return before_.begin() + before_at_[junction + 1];
  }

  /// Those that do not only lead on, in script order.
  [[nodiscard]] const std::vector<JunctionId>& junctions() const { return junctions_; }
  [[nodiscard]] const renpy::Story& story() const { return story_; }

 private:
  void find_junctions();
  void find_before();
  void find_returns();
  void find_stops();
  void find_loops();
  void find_arrivals();
  template <class F>
  void moves(JunctionId junction, F&& visit) const;
  template <class F>
  void ahead(JunctionId junction, F&& visit) const;
  /// What is called by a junction, or by one of its ways.
  [[nodiscard]] JunctionId called(JunctionId junction, WayId way) const {
    return way == kCall ? story_.junctions[junction].target : story_.ways[way].to;
  }
  [[nodiscard]] Cost return_through(const Before& way) const;

  const renpy::Story& story_;
  std::vector<JunctionId> junctions_;
  std::vector<std::uint32_t> before_at_;
  std::vector<Before> before_;
  std::vector<Cost> return_;
  std::vector<Cost> stop_;
  std::vector<std::uint32_t> loop_;
  std::vector<bool> ring_;
  std::vector<Cost> distance_;
  std::vector<Move> arrival_;
};

}  // namespace bpyd::analysis
