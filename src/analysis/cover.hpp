// SPDX-License-Identifier: MIT
// A small set of play-throughs in which every choice and branch that can be reached occurs.
#pragma once

#include <cstddef>
#include <vector>

#include "chart.hpp"
#include "feasible.hpp"
#include "routes.hpp"

namespace bpyd::analysis {

struct CoverLimits {
  std::size_t paths = 500;
  std::size_t moves = 150000;        // in all paths together
  std::size_t moves_of_one = 20000;  // in one path
};

struct Cover {
  std::vector<Route> routes;  // in script order
  bool truncated = false;     // a limit was met: more choices could be shown
};

/// A path goes around each loop of a call at most once: a junction met for the second time in the
/// same call is left by the shortest way out. Thread: pure.
Cover cover(const Chart& chart, const Sheets& sheets, const Feasibility& feasible, const Variables& variables,
            const CoverLimits& limits = {});

}  // namespace bpyd::analysis
