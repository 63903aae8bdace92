// SPDX-License-Identifier: MIT
// Which ways can never be taken, whatever the player does: the values that each variable of a
// condition can have at each place, found by following all assignments along all ways at once.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "chart.hpp"
#include "domain.hpp"
#include "segments.hpp"

namespace bpyd::analysis {

/// Sound, not complete: what it calls infeasible is; what it does not may be all the same.
/// Thread: pure; made once, then read.
class Feasibility {
 public:
  Feasibility(const Chart& chart, const Sheets& sheets, const Names& names, const Variables& variables);

  /// Can the way be taken by somebody?
  [[nodiscard]] bool feasible(WayId way) const { return !reasons_.contains(way); }
  /// Why not: "points is never more than 3 here". Empty when it can.
  [[nodiscard]] std::string reason(WayId way) const;
  [[nodiscard]] const std::unordered_map<WayId, std::string>& reasons() const { return reasons_; }

 private:
  class Finder;
  std::unordered_map<WayId, std::string> reasons_;
};

}  // namespace bpyd::analysis
