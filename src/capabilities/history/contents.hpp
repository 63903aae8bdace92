// SPDX-License-Identifier: MIT
// Between a story in memory and the files that are kept of it.
#pragma once

#include <memory>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/daemon/projects.hpp"
#include "store.hpp"

namespace bpyd::history {

using SnapshotPtr = std::shared_ptr<const daemon::Snapshot>;

/// Scripts, names of resources, index; of another analyzer's report: the report and the index. By name. Pure.
std::vector<StoredFile> stored_files(const daemon::Snapshot& snapshot);

/// The story again, analysed as it would be today. bad_stats2 when a kept report cannot be read. Thread: the analyzer's.
Result<SnapshotPtr> story_of(std::vector<StoredFile> files, analysis::Analyzer& analyzer);

}  // namespace bpyd::history
