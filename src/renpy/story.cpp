// SPDX-License-Identifier: MIT
// Looking things up in a story.
#include "bpyd/renpy/story.hpp"

#include <algorithm>

namespace bpyd::renpy {

std::uint32_t Story::file_of(StoryId id) const {
  const auto after = std::ranges::upper_bound(base, id);
  return static_cast<std::uint32_t>(after - base.begin() - 1);
}

const Node& Story::node(StoryId id) const {
  const auto file = file_of(id);
  return parts[file]->file->nodes[id - base[file]];
}

StoryNode Story::at(StoryId id) const {
  const auto file = file_of(id);
  const auto& part = *parts[file];
  const auto local = id - base[file];
  const auto& from = part.nodes[local];
  StoryNode out;
  const auto junction = part.junction_of[local];
  if (junction == kNoNode || part.junctions[junction] != local) {
    out.next = this->id(file, from.next);
    return out;
  }
  const auto& made = junctions[junction_base[file] + junction];
  out.flow = made.flow;
  out.stop = made.stop;
  out.next = made.next_at;
  out.target = made.target_at;
  out.ways_begin = made.ways_begin;
  out.ways_end = made.ways_end;
  return out;
}

StoryId Story::owner(StoryId id) const {
  const auto file = file_of(id);
  return this->id(file, parts[file]->owner[id - base[file]]);
}

const LabelNode* Story::label_at(StoryId id) const { return std::get_if<LabelNode>(&node(id).payload); }

StoryId Story::find_label(std::string_view name) const {
  const auto found = std::ranges::find(labels, name, &LabelSite::name);
  return found == labels.end() ? kNowhere : found->node;
}

JunctionId Story::onward(JunctionId junction) const {
  return junction == kNowhere ? kNowhere : onward_[junction];
}

JunctionId Story::junction(StoryId id) const {
  if (id == kNowhere) return kNowhere;
  const auto file = file_of(id);
  const auto local = parts[file]->junction_of[id - base[file]];
  return local == kNoNode ? kNowhere : onward_[junction_base[file] + local];
}

std::vector<bool> Story::reachable(std::uint32_t file, bool on_top) const {
  const auto& part = *parts[file];
  const auto& hits = on_top ? led_on_top : led_to;
  const auto& seen_junctions = on_top ? top : reached;
  std::vector<bool> seen(part.nodes.size(), false);
  const auto chain = [&](NodeId n) {
    while (n != kNoNode && !seen[n]) {
      seen[n] = true;
      const auto junction = part.junction_of[n];
      if (junction != kNoNode && part.junctions[junction] == n) break;
      n = part.nodes[n].next;
    }
  };
  for (std::size_t i = 0; i < part.labels.size(); ++i) {
    if (hits[label_base[file] + i] != 0) chain(part.labels[i].node);
  }
  const auto local = [&](StoryId id) { return id >= base[file] && id < base[file + 1]; };
  for (std::uint32_t k = 0; k < part.junctions.size(); ++k) {
    if (seen_junctions[junction_base[file] + k] == 0) continue;
    const auto& made = junctions[junction_base[file] + k];
    if (made.flow == Flow::next) chain(made.next_at - base[file]);
    if (made.flow == Flow::call && made.target != kNowhere && returns[made.target] != 0 &&
        made.next_at != kNowhere)
      chain(made.next_at - base[file]);
    if (made.flow != Flow::decide) continue;
    for (auto way = made.ways_begin; way < made.ways_end; ++way) {
      const auto& out = ways[way];
      if (!out.is_call && local(out.at)) chain(out.at - base[file]);
      if (out.is_call && out.to != kNowhere && returns[out.to] != 0 && made.next_at != kNowhere)
        chain(made.next_at - base[file]);
    }
  }
  return seen;
}

std::shared_ptr<const Story> build_story(std::vector<std::shared_ptr<const ParsedFile>> files) {
  std::vector<std::shared_ptr<const Part>> parts;
  for (auto& file : files) parts.push_back(make_part(std::move(file)));
  return Linker().link(std::move(parts));
}

}  // namespace bpyd::renpy
