// SPDX-License-Identifier: MIT
// What a save changed in the story, in words a writer uses.
#pragma once

#include <string>
#include <vector>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::analysis {

/// A path that came, went, or kept its number and became another.
struct PathDiff {
  std::string change;  // added|removed|changed
  std::string before;  // id before; empty when added
  std::string after;   // id after; empty when removed
  std::string key;     // of the path after, or of the removed one
  std::string title;
};

struct ChoiceDiff {
  std::string label;
  std::string file;
  std::int64_t line = 0;
  std::string text;
};

struct StoryDiff {
  std::vector<PathDiff> paths;
  std::vector<std::string> labels_added;
  std::vector<std::string> labels_removed;
  std::vector<std::string> labels_unreachable;  // reachable before, not after
  std::vector<ChoiceDiff> choices_gained;
  std::vector<ChoiceDiff> choices_lost;
  std::vector<std::string> endings_gained;  // labels
  std::vector<std::string> endings_lost;
  std::vector<std::string> summary;  // at most 20 lines of plain text

  [[nodiscard]] bool empty() const {
    return paths.empty() && labels_added.empty() && labels_removed.empty() && labels_unreachable.empty() &&
           choices_gained.empty() && choices_lost.empty() && endings_gained.empty() && endings_lost.empty();
  }
};

/// Thread: pure, any thread.
StoryDiff diff(const Stats2& before, const Stats2& after);

}  // namespace bpyd::analysis
