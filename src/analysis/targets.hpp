// SPDX-License-Identifier: MIT
// Statements that a question names, and which stretches of the story pass them.
#pragma once

#include <string_view>

#include "book.hpp"
#include "bpyd/analysis/search.hpp"

namespace bpyd::analysis {

struct Target {
  std::uint32_t file = 0;
  NodeId node = kNoNode;
  renpy::WayId way = kNowhere;  // the line is that of a choice or a branch: to take it; kNowhere: it is not
};

Result<Target> target_label(const StoryBook& book, std::string_view name);
/// The last statement at or before the line.
Result<Target> target_line(const StoryBook& book, const Place& place);

/// Does the stretch pass the statement?
bool passes(const StoryBook& book, const Stretch& stretch, const Target& target);

}  // namespace bpyd::analysis
