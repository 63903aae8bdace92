// SPDX-License-Identifier: MIT
// What a save changed in the story, in words a writer uses.
#pragma once

#include <cstdint>
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
  static void describe(auto& fields, auto& self) {
    fields.required("change", self.change, "added, removed or changed");
    fields.required("before", self.before, "its id before; empty when added");
    fields.required("after", self.after, "its id after; empty when removed");
    fields.required("key", self.key, "of the path after, or of the removed one");
    fields.required("title", self.title, "in words");
  }
};

struct ChoiceDiff {
  std::string label;
  std::string file;
  std::int64_t line = 0;
  std::string text;
  static void describe(auto& fields, auto& self) {
    fields.required("label", self.label, "the label its menu stands in");
    fields.required("file", self.file, "relative to the project's root");
    fields.required("line", self.line, "from 1");
    fields.required("text", self.text, "what the player reads");
  }
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
  static void describe(auto& fields, auto& self) {
    fields.required("summary", self.summary, "what changed, in words; at most 20 lines");
    fields.required("paths", self.paths, "paths that came, went or became others");
    fields.required("labels_added", self.labels_added, "labels that came");
    fields.required("labels_removed", self.labels_removed, "labels that went");
    fields.required("labels_unreachable", self.labels_unreachable, "labels that nothing leads to any more");
    fields.required("choices_gained", self.choices_gained, "choices that came, where they stand now");
    fields.required("choices_lost", self.choices_lost, "choices that went, where they stood");
    fields.required("endings_gained", self.endings_gained, "labels the story can now end in");
    fields.required("endings_lost", self.endings_lost, "labels the story no longer ends in");
  }
};

/// Thread: pure, any thread.
StoryDiff diff(const Stats2& before, const Stats2& after);

}  // namespace bpyd::analysis
