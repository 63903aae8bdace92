// SPDX-License-Identifier: MIT
// How far it is from each junction through what a search asks for to an end: exact but for the rule
// of loops, so that a search walks little else than what it finds.
#pragma once

#include <deque>
#include <vector>

#include "targets.hpp"

namespace bpyd::analysis {

/// Moves still needed, by how many of the targets were met before (`stage`).
class Needed {
 public:
  Needed(const StoryBook& book, const std::vector<Target>& targets, bool ends_there)
      : book_(book),
        story_(*book.story),
        targets_(targets),
        stages_(targets.size() + 1),
        ends_there_(ends_there) {
    met_way_.resize(story_.ways.size());
    met_call_.resize(story_.junctions.size());
    met_next_.resize(story_.junctions.size());
    for (renpy::WayId way = 0; way < story_.ways.size(); ++way)
      met_way_[way] = met(stretch_of(story_.ways[way]), way);
    for (const auto id : book.plan->chart.junctions()) {
      const auto& junction = story_.junctions[id];
      if (junction.flow == renpy::Flow::call) met_call_[id] = met(called(story_, junction), kNowhere);
      if (junction.flow == renpy::Flow::call || junction.flow == renpy::Flow::decide)
        met_next_[id] = met(behind(junction), kNowhere);
    }
    stop_.assign(story_.junctions.size() * stages_, kNever);
    back_.assign(story_.junctions.size() * stages_ * stages_, kNever);
    settle();
  }

  /// Bits of the targets a stretch meets, the way to it included.
  [[nodiscard]] std::uint32_t met(const Stretch& stretch, renpy::WayId way) const {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if ((targets_[i].way != kNowhere && targets_[i].way == way) || passes(book_, stretch, targets_[i]))
        bits |= 1U << i;
    }
    return bits;
  }
  [[nodiscard]] std::uint32_t way(renpy::WayId way) const { return met_way_[way]; }
  [[nodiscard]] std::uint32_t call(JunctionId id) const { return met_call_[id]; }
  [[nodiscard]] std::uint32_t next(JunctionId id) const { return met_next_[id]; }
  /// The stage after a stretch: targets are met in their order.
  [[nodiscard]] static std::size_t after(std::size_t stage, std::uint32_t bits) {
    while ((bits >> stage & 1U) != 0) ++stage;
    return stage;
  }
  [[nodiscard]] std::size_t done() const { return stages_ - 1; }

  /// To an end of the story inside this call, or deeper, with all targets met.
  [[nodiscard]] Cost stop(JunctionId id, std::size_t stage) const {
    if (ends_there_ && stage == done()) return 0;
    return id == kNowhere ? kNever : stop_[id * stages_ + stage];
  }
  /// To a return of this call, with so many met then.
  [[nodiscard]] Cost back(JunctionId id, std::size_t stage, std::size_t then) const {
    return id == kNowhere ? kNever : back_[(id * stages_ + stage) * stages_ + then];
  }

 private:
  void settle() {
    std::deque<JunctionId> work;
    std::vector<bool> waiting(story_.junctions.size(), false);
    const auto look = [&](JunctionId id) {
      if (!evaluate(id)) return;
      const auto& chart = book_.plan->chart;
      for (auto way = chart.before_begin(id); way != chart.before_end(id); ++way) {
        if (!waiting[way->junction]) work.push_back(way->junction);
        waiting[way->junction] = true;
      }
    };
    // Ends first, then whatever they make shorter; a stretch that meets the last target is an end too.
    for (const auto id : book_.plan->chart.junctions()) look(id);
    while (!work.empty()) {
      const auto id = work.front();
      work.pop_front();
      waiting[id] = false;
      look(id);
    }
  }

  /// True when something got less.
  bool evaluate(JunctionId id) {
    const auto& junction = story_.junctions[id];
    bool less = false;
    const auto set = [&](Cost& now, Cost value) {
      if (value >= now) return;
      now = value;
      less = true;
    };
    for (std::size_t a = 0; a < stages_; ++a) {
      auto& stop_now = stop_[id * stages_ + a];
      const auto back_now = [&](std::size_t b) -> Cost& { return back_[(id * stages_ + a) * stages_ + b]; };
      if (junction.flow == renpy::Flow::back) set(back_now(a), 0);
      if (junction.flow == renpy::Flow::stop && a == done()) set(stop_now, 0);
      const auto go = [&](JunctionId to, std::size_t stage) {
        set(stop_now, plus(1, stop(to, stage)));
        for (std::size_t b = stage; b < stages_; ++b) set(back_now(b), plus(1, back(to, stage, b)));
      };
      const auto through = [&](JunctionId to, std::size_t stage) {
        set(stop_now, plus(1, stop(to, stage)));
        for (std::size_t c = stage; c < stages_; ++c) {
          const auto inside = plus(1, back(to, stage, c));
          if (inside == kNever) continue;
          const auto then = after(c, met_next_[id]);
          set(stop_now, plus(inside, plus(1, stop(junction.next, then))));
          for (std::size_t b = then; b < stages_; ++b)
            set(back_now(b), plus(inside, plus(1, back(junction.next, then, b))));
        }
      };
      if (junction.flow == renpy::Flow::call) through(junction.target, after(a, met_call_[id]));
      if (junction.flow != renpy::Flow::decide) continue;
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
        if (!book_.plan->feasible.feasible(way)) continue;
        const auto& out = story_.ways[way];
        const auto stage = after(a, met_way_[way]);
        if (out.is_call)
          through(out.to, stage);
        else if (out.at == kNowhere && stage == done())
          set(stop_now, 1);
        else
          go(out.to, stage);
      }
    }
    return less;
  }

  const StoryBook& book_;
  const renpy::Story& story_;
  const std::vector<Target>& targets_;
  std::size_t stages_;
  bool ends_there_;
  std::vector<std::uint32_t> met_way_, met_call_, met_next_;
  std::vector<Cost> stop_, back_;
};

}  // namespace bpyd::analysis
