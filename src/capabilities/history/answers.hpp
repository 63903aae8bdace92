// SPDX-License-Identifier: MIT
// What is answered, out of what is known. Thread: pure.
#pragma once

#include "bpyd/analysis/stats2.hpp"
#include "messages.hpp"
#include "store.hpp"

namespace bpyd::history {

DiffSide side_of(const SnapshotRow& row);

/// Everything but `project`, and who the sides are.
DiffReply compared(const analysis::Stats2& before, const analysis::Stats2& after);

/// What changed, for a timeline: as the story's diff says it, then how labels grew or shrank; when that is
/// nothing, which files were edited.
std::vector<std::string> summary_of(const analysis::Stats2& before, const analysis::Stats2& after, const std::vector<std::string>& edited);

/// Everything but `project`. bad_value for a metric that is none.
Result<TrendReply> trend_of(const Points& points, const std::vector<std::string>& metrics);
/// Is it one?
Result<void> check_metrics(const std::vector<std::string>& metrics);

}  // namespace bpyd::history
