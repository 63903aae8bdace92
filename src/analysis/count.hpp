// SPDX-License-Identifier: MIT
// How many play-throughs a story has, exactly.
#pragma once

#include <string>

#include "chart.hpp"

namespace bpyd::analysis {

/// The number of ways through the story's decisions from its entries to an ending, as decimal
/// digits. Every condition may go either way. In one stay in a loop the way back to its head is
/// taken at most once (loops in loops: each; below eight in each other: not at all). A label that is
/// being called is not called again from within. Empty when the number is beyond 100,000 digits.
/// Thread: pure; linear in the story's decisions, but for the length of the number.
std::string count_play_throughs(const Chart& chart);

}  // namespace bpyd::analysis
