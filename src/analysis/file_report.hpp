// SPDX-License-Identifier: MIT
// What one file gives to the lists of a report.
#pragma once

#include <string>
#include <vector>

#include "book.hpp"

namespace bpyd::analysis {

struct FileLists {
  File file;
  std::vector<Label> labels;
  std::vector<Menu> menus;
  std::vector<Edge> edges;  // by line
  std::vector<Variable> variables;
  Counts counts;
  std::int64_t reading = 0;  // ticks, see reading.hpp
  std::string title;         // config.name, when it is defined here
};

/// Linear in the file. Thread: pure.
FileLists file_lists(const StoryBook& book, std::uint32_t file);

}  // namespace bpyd::analysis
