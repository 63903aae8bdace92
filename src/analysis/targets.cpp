// SPDX-License-Identifier: MIT
#include "targets.hpp"

#include <algorithm>
#include <charconv>

#include "bpyd/core/strings.hpp"

namespace bpyd::analysis {

using renpy::Kind;

Result<Place> place_from(std::string_view text) {
  const auto colon = text.rfind(':');
  Place place;
  const auto number = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), place.line);
  if (number.empty() || error != std::errc{} || end != number.data() + number.size() || place.line < 1 ||
      colon == 0)
    return fail(Code::bad_value, printable_utf8(text.substr(0, 200)) + " is no place in a script",
                "Name a file and a line: script.rpy:12");
  place.file = text.substr(0, colon);
  return place;
}

Result<PathSearch> search_from(std::string_view through, std::string_view to) {
  PathSearch search;
  for (const auto& label : split(through, ',')) {
    if (const auto name = trim(label); !name.empty()) search.through.emplace_back(name);
  }
  if (to.empty()) return search;
  auto place = place_from(to);
  if (!place) return std::unexpected(place.error());
  search.to.push_back(*std::move(place));
  return search;
}

Result<Target> target_label(const StoryBook& book, std::string_view name) {
  const auto& story = *book.story;
  const auto site = story.find_label(name);
  if (site == kNowhere) {
    std::vector<std::string> names;
    for (const auto& label : story.labels) names.emplace_back(label.name);
    const auto near = nearest(name, names);
    return fail(Code::path_not_found,
                "There is no label " + printable_utf8(name.substr(0, 100)) + " in the story",
                near.empty() ? "bpyd flow lists the labels" : "Did you mean " + near + "?");
  }
  const auto file = story.file_of(site);
  return Target{file, site - story.base[file]};
}

Result<Target> target_line(const StoryBook& book, const Place& place) {
  const auto& story = *book.story;
  for (std::uint32_t f = 0; f < story.parts.size(); ++f) {
    const auto& part = *story.parts[f];
    const auto& name = part.file->file;
    if (name != place.file && name != "game/" + place.file) continue;
    if (place.line > part.file->physical_lines) break;
    Target target{f};
    for (NodeId n = 0; n < part.nodes.size(); ++n) {
      const auto& node = part.file->nodes[n];
      if (node.line > place.line || part.owner[n] == kNoNode) continue;
      if (target.node != kNoNode && part.file->nodes[target.node].line >= node.line) continue;
      if (node.kind == Kind::Return && std::get<renpy::ReturnNode>(node.payload).implicit) continue;
      target.node = n;
    }
    if (target.node == kNoNode) break;
    // A choice's line, a branch's: below the menu's own, where no statement stands.
    for (const auto junction : part.junctions) {
      const auto& node = part.nodes[junction];
      for (auto i = node.options_begin; i < node.options_end; ++i) {
        if (part.options[i].line == place.line && !part.options[i].negated &&
            node.flow == renpy::Flow::decide && part.file->nodes[target.node].line < place.line)
          target.way = story.way_base[f] + i;
      }
    }
    return target;
  }
  return fail(
      Code::path_not_found,
      "No statement of the story stands at " + printable_utf8(place.file) + ":" + std::to_string(place.line),
      "Name a line below a label, in a file of the project");
}

bool passes(const StoryBook& book, const Stretch& stretch, const Target& target) {
  if (target.way != kNowhere || stretch.at == kNowhere) return false;
  const auto& story = *book.story;
  const auto& part = *story.parts[target.file];
  const auto wanted = part.junction_of[target.node];
  const auto end = wanted == kNoNode ? kNowhere : story.onward(story.junction_base[target.file] + wanted);
  if (end != stretch.to) return false;
  bool met = false;
  each_piece(story, stretch.file, stretch.at, [&](std::uint32_t file, NodeId node) {
    if (met || file != target.file || part.junction_of[node] != wanted) return;
    while (node != kNoNode && node != target.node) {
      const auto junction = part.junction_of[node];
      if (junction != kNoNode && part.junctions[junction] == node) return;
      node = part.nodes[node].next;
    }
    met = node == target.node;
  });
  return met;
}

}  // namespace bpyd::analysis
