// SPDX-License-Identifier: MIT
// Routes that a question found, as a list of paths.
#pragma once

#include <memory>
#include <vector>

#include "book.hpp"
#include "bpyd/analysis/search.hpp"
#include "targets.hpp"

namespace bpyd::analysis {

/// Paths q<first + 1> …; those that end "here" end at the last of `targets`. Pure.
PathList paths_of(std::shared_ptr<const StoryBook> book, std::vector<Route> routes, std::vector<Target> targets,
                  std::size_t first);

/// The stories' own paths are all that is known of a report that was read from a file.
Result<void> must_be_ours(const Stats2& stats);

}  // namespace bpyd::analysis
