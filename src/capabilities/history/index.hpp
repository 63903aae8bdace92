// SPDX-License-Identifier: MIT
// What a report says that comparisons ask for, kept beside the scripts: two snapshots are compared without
// analysing either of them, and what was found then stays what was found, whatever later analyzers find.
#pragma once

#include <string>
#include <string_view>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::history {

/// One JSON list a line: labels, choices, paths, problems. Lines of a script count from the row before, so
/// that a line more at its top changes one number. Thread: pure.
std::string index_of(const analysis::Stats2& stats);

/// Labels with their words, menus with their choices, heads of paths and problems: what diffs read; nothing else.
/// database when it is no index.
Result<analysis::Stats2> stats_of_index(std::string_view text);

}  // namespace bpyd::history
