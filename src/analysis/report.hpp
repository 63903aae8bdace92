// SPDX-License-Identifier: MIT
// A story as stats2.
#pragma once

#include <vector>

#include "bpyd/analysis/stats2.hpp"
#include "bpyd/renpy/story.hpp"
#include "names.hpp"

namespace bpyd::analysis {

/// `unreadable`: files that are not in the story, with their problem. Thread: pure.
Stats2 report(const renpy::Story& story, const Names& names, std::vector<File> unreadable);

}  // namespace bpyd::analysis
