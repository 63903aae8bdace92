// SPDX-License-Identifier: MIT
// Looking things up in a story, and what can be reached in it.
#include "bpyd/renpy/story.hpp"

#include <algorithm>

#include "story_builder.hpp"

namespace bpyd::renpy {

std::uint32_t Story::file_of(StoryId id) const {
  const auto after = std::ranges::upper_bound(base, id);
  return static_cast<std::uint32_t>(after - base.begin() - 1);
}

const Node& Story::node(StoryId id) const {
  const auto file = file_of(id);
  return files[file]->nodes[id - base[file]];
}

const LabelNode* Story::label_at(StoryId id) const { return std::get_if<LabelNode>(&node(id).payload); }

namespace {

/// Calls `visit(successor)` for where control goes inside one call: a call's own target is not
/// among them.
template <class F>
void within(const Story& story, StoryId id, F&& visit) {
  const auto& node = story.nodes[id];
  switch (node.flow) {
    case Flow::next:
    case Flow::call:
      visit(node.next);
      break;
    case Flow::jump:
      visit(node.target);
      break;
    case Flow::decide:
      for (auto i = node.options_begin; i < node.options_end; ++i) {
        visit(story.options[i].is_call ? node.next : story.options[i].to);
      }
      break;
    case Flow::back:
    case Flow::stop:
      break;
  }
}

/// Who has to be looked at again when a node turns out to return: compressed adjacency.
struct Waiting {
  std::vector<std::uint32_t> begin;
  std::vector<StoryId> who;
};

/// Every pair (node, something its returning depends on), both call targets and successors.
template <class F>
void dependencies(const Story& story, F&& pair) {
  for (StoryId id = 0; id < story.nodes.size(); ++id) {
    const auto& node = story.nodes[id];
    within(story, id, [&](StoryId to) {
      if (to != kNowhere) pair(id, to);
    });
    if (node.flow == Flow::call && node.target != kNowhere) pair(id, node.target);
    if (node.flow != Flow::decide) continue;
    for (auto i = node.options_begin; i < node.options_end; ++i) {
      if (story.options[i].is_call && story.options[i].to != kNowhere) pair(id, story.options[i].to);
    }
  }
}

Waiting waiting_for(const Story& story) {
  Waiting out;
  out.begin.assign(story.nodes.size() + 1, 0);
  dependencies(story, [&](StoryId, StoryId on) { ++out.begin[on + 1]; });
  for (std::size_t i = 1; i < out.begin.size(); ++i) out.begin[i] += out.begin[i - 1];
  out.who.resize(out.begin.back());
  auto fill = out.begin;
  dependencies(story, [&](StoryId id, StoryId on) { out.who[fill[on]++] = id; });
  return out;
}

}  // namespace

/// A node returns when it is a return, or when one of the ways on from it does; through a call
/// only when what is called returns. A work list over an and-or graph: linear.
void StoryBuilder::find_returning() {
  auto& story = *story_;
  auto& returns = story.can_return;
  returns.assign(story.nodes.size(), false);
  const auto waiting = waiting_for(story);
  const auto yes = [&](StoryId id) { return id != kNowhere && returns[id]; };
  std::vector<StoryId> work;
  const auto look = [&](StoryId id) {
    if (returns[id]) return;
    const auto& node = story.nodes[id];
    bool now = false;
    switch (node.flow) {
      case Flow::back:
        now = true;
        break;
      case Flow::next:
        now = yes(node.next);
        break;
      case Flow::jump:
        now = yes(node.target);
        break;
      case Flow::call:
        now = yes(node.target) && yes(node.next);
        break;
      case Flow::decide:
        for (auto i = node.options_begin; i < node.options_end && !now; ++i) {
          const auto& option = story.options[i];
          now = yes(option.to) && (!option.is_call || yes(node.next));
        }
        break;
      case Flow::stop:
        break;
    }
    if (!now) return;
    returns[id] = true;
    work.push_back(id);
  };
  for (StoryId id = 0; id < story.nodes.size(); ++id) {
    if (story.nodes[id].flow == Flow::back) look(id);
  }
  while (!work.empty()) {
    const auto id = work.back();
    work.pop_back();
    for (auto i = waiting.begin[id]; i < waiting.begin[id + 1]; ++i) look(waiting.who[i]);
  }
}

void StoryBuilder::find_reachable(const std::vector<StoryId>& roots) {
  auto& story = *story_;
  auto& seen = story.reachable;
  seen.assign(story.nodes.size(), false);
  std::vector<StoryId> work;
  const auto visit = [&](StoryId id) {
    if (id == kNowhere || seen[id]) return;
    seen[id] = true;
    work.push_back(id);
  };
  for (const auto root : roots) visit(root);
  while (!work.empty()) {
    const auto id = work.back();
    work.pop_back();
    const auto& node = story.nodes[id];
    if (node.flow == Flow::call) {
      visit(node.target);
      if (node.target != kNowhere && story.can_return[node.target]) visit(node.next);
      continue;
    }
    if (node.flow == Flow::decide) {
      for (auto i = node.options_begin; i < node.options_end; ++i) {
        const auto& option = story.options[i];
        visit(option.to);
        if (option.is_call && option.to != kNowhere && story.can_return[option.to]) visit(node.next);
      }
      continue;
    }
    within(story, id, visit);
  }
}

std::shared_ptr<const Story> build_story(std::vector<std::shared_ptr<const ParsedFile>> files) {
  return StoryBuilder(std::move(files)).build();
}

}  // namespace bpyd::renpy
