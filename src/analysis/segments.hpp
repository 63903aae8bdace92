// SPDX-License-Identifier: MIT
// What lies between two junctions: from the statement a way leads to, through jumps, to where the
// next decision is.
#pragma once

#include <memory>
#include <vector>

#include "bpyd/renpy/story.hpp"
#include "sheet.hpp"

namespace bpyd::analysis {

using renpy::JunctionId;
using renpy::kNowhere;
using renpy::StoryId;
using renpy::WayId;

using Sheets = std::vector<std::shared_ptr<const Sheet>>;  // one for each part of a story

/// Calls each(file, first statement) for the pieces of files a segment goes through; a piece ends at a
/// junction that leads on, or at the segment's own. Ends after so many pieces when it goes in a circle.
template <class F>
void each_piece(const renpy::Story& story, std::uint32_t file, StoryId at, F&& each) {
  for (std::size_t pieces = 0; at != kNowhere && pieces < story.junctions.size() + 1; ++pieces) {
    const auto& part = *story.parts[file];
    const auto node = at - story.base[file];
    each(file, node);
    const auto junction = part.junction_of[node];
    if (junction == renpy::kNoNode) return;
    const auto& made = story.junctions[story.junction_base[file] + junction];
    if (made.flow == renpy::Flow::jump) {
      at = made.target_at;
      file = story.labels[made.target_label].file;
    } else if (made.flow == renpy::Flow::next) {
      at = made.next_at;
    } else {
      return;
    }
  }
}

/// Calls each(sheet, effect) for the assignments on a segment, in order.
template <class F>
void each_effect(const renpy::Story& story, const Sheets& sheets, std::uint32_t in, StoryId at, F&& each) {
  each_piece(story, in, at, [&](std::uint32_t file, NodeId node) {
    const auto& sheet = *sheets[file];
    while ((node = sheet.next_effect[node]) != kNoNode) {
      for (const auto& effect : sheet.effects_of(node)) each(sheet, effect);
      const auto junction = sheet.part->junction_of[node];
      if (junction != kNoNode && sheet.part->junctions[junction] == node) return;
      node = sheet.part->nodes[node].next;
      if (node == kNoNode) return;
    }
  });
}

/// The stretches of a story: what a way, a call, what follows a call and an entry lead to.
struct Stretch {
  std::uint32_t file = 0;
  StoryId at = kNowhere;
  JunctionId to = kNowhere;
};
inline Stretch stretch_of(const renpy::Way& way) { return {way.at_file, way.at, way.to}; }
inline Stretch called(const renpy::Story& story, const renpy::Junction& junction) {
  const auto label = junction.target_label;
  return {label == kNowhere ? 0 : story.labels[label].file, junction.target_at, junction.target};
}
inline Stretch behind(const renpy::Junction& junction) {
  return {junction.file, junction.next_at, junction.next};
}
inline Stretch stretch_at(const renpy::Story& story, StoryId at) {
  return {story.file_of(at), at, story.junction(at)};
}

}  // namespace bpyd::analysis
