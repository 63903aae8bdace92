// SPDX-License-Identifier: MIT
// A small set of play-throughs in which every choice and branch that can be reached occurs.
#pragma once

#include <cstddef>
#include <vector>

#include "bpyd/analysis/stats2.hpp"
#include "chart.hpp"
#include "teller.hpp"

namespace bpyd::analysis {

struct CoverLimits {
  std::size_t paths = 500;
  std::size_t steps = 100000;        // rows in all paths together
  std::size_t steps_of_one = 5000;   // rows in one path
  std::size_t statements = 4000000;  // walked in all; keeps the time bounded
};

struct Cover {
  std::vector<Path> paths;  // p001 … in script order
  bool truncated = false;   // a limit was met: more choices could be shown
};

/// A path goes around each loop of a call at most once: a junction met for the second time in the
/// same call is left by the shortest way out. Thread: pure.
Cover cover(const Chart& chart, const Telling& telling, const CoverLimits& limits = {});

}  // namespace bpyd::analysis
