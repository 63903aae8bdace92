// SPDX-License-Identifier: MIT
// A story as stats2.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "book.hpp"
#include "bpyd/analysis/stats2.hpp"
#include "image_check.hpp"
#include "names.hpp"
#include "route_lengths.hpp"

namespace bpyd::analysis {

/// Keeps the rows of each file, and makes them anew when the file changed or what other files tell
/// about it: whether its labels are reached, whether the labels it names are there.
/// Thread: one call at a time.
class Reporter {
 public:
  /// `apart`: files that are read, but not in the story; `unreadable`: those that are not, with their
  /// problem.
  Stats2 report(const std::shared_ptr<const StoryBook>& book, const Names& names, const Sheets& apart,
                std::vector<File> unreadable);
  [[nodiscard]] ImageCheck& images() { return images_; }

 private:
  friend class ReportRun;
  struct FileRows;
  std::unordered_map<const renpy::Part*, std::shared_ptr<const FileRows>> kept_;
  std::unordered_map<std::string, Rows<Diagnostic>::Piece> diagnostics_;  // by file: the last ones
  std::shared_ptr<const Plan> plan_;                                      // that the heads were made of
  std::uint64_t texts_ = 0;
  PathList::Heads heads_;
  ImageCheck images_;
  RouteLengths lengths_;
};

}  // namespace bpyd::analysis
