// SPDX-License-Identifier: MIT
// A story with everything that was found out about it, for questions that come later.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bpyd/analysis/stats2.hpp"
#include "chart.hpp"
#include "cover.hpp"
#include "feasible.hpp"
#include "teller.hpp"

namespace bpyd::analysis {

/// What follows from the shape of a story alone: where it goes, not what it says. Stories of the same
/// shape share one, since their junctions and ways have the same numbers.
struct Plan {
  std::shared_ptr<const renpy::Story> story;  // that it was made from
  Chart chart;
  Feasibility feasible;
  std::string play_throughs;
  Cover cover;

  Plan(std::shared_ptr<const renpy::Story> made_from, const Sheets& sheets, const Names& names,
       const Variables& variables);
};

/// Immutable but for what is made when first asked for. Thread: any.
class StoryBook : public PathList::Teller, public std::enable_shared_from_this<StoryBook> {
 public:
  std::shared_ptr<const renpy::Story> story;
  Sheets sheets;
  std::shared_ptr<const Variables> variables;
  std::shared_ptr<const Plan> plan;

  /// The cover's path number `index`, told; without id, key and title.
  [[nodiscard]] Path tell(std::size_t index, bool closely) const override {
    return tell(plan->cover.routes[index], closely);
  }
  [[nodiscard]] Path tell(const Route& route, bool closely) const;
  /// Heads of routes, in order, with ids and keys.
  [[nodiscard]] std::vector<PathHead> heads(const std::vector<Route>& routes) const;

 private:
  mutable std::once_flag once_;
  mutable std::unique_ptr<const Telling> telling_;
  mutable std::once_flag once_meetings_;
  mutable std::vector<bool> meetings_;  // per statement: more than one way leads to it
};

}  // namespace bpyd::analysis
