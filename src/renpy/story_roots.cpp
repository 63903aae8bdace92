// SPDX-License-Identifier: MIT
// Where a story begins, where dynamic targets may lead, which labels nothing leads to.
#include <algorithm>
#include <array>

#include "story_builder.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::size_t kMostCandidates = 200;

/// Labels that the engine itself starts.
constexpr std::array<std::string_view, 16> kEngineLabels = {"start",
                                                            "quit",
                                                            "after_load",
                                                            "splashscreen",
                                                            "before_main_menu",
                                                            "main_menu",
                                                            "after_warp",
                                                            "hide_windows",
                                                            "game_menu",
                                                            "confirm_quit",
                                                            "main_menu_screen",
                                                            "enter_game_menu",
                                                            "load_screen",
                                                            "save_screen",
                                                            "preferences_screen",
                                                            "_after_load"};

bool engine_label(std::string_view name) {
  return name.starts_with('_') || std::ranges::find(kEngineLabels, name) != kEngineLabels.end();
}

}  // namespace

/// Per node: does anything (fall-through, a jump, a call, a choice, a screen) lead there?
std::vector<bool> StoryBuilder::led_to() const {
  const auto& story = *story_;
  std::vector<bool> led(story.nodes.size(), false);
  const auto mark = [&](StoryId id) {
    if (id != kNowhere) led[id] = true;
  };
  for (StoryId id = 0; id < story.nodes.size(); ++id) {
    const auto& node = story.nodes[id];
    if (node.flow == Flow::next || node.flow == Flow::call) {
      // What only defines things is run before the story: falling from it counts for nothing.
      const bool before = story.owner[id] == kNowhere;
      if (!before) mark(node.next);
    }
    if (node.flow == Flow::jump || node.flow == Flow::call) mark(node.target);
    if (node.flow != Flow::decide) continue;
    for (auto i = node.options_begin; i < node.options_end; ++i) mark(story.options[i].to);
  }
  for (const auto& reference : story.references) mark(reference.to);
  return led;
}

std::vector<StoryId> StoryBuilder::entries() const {
  const auto& story = *story_;
  if (const auto start = story.by_name.find("start"); start != story.by_name.end()) return {start->second};
  std::vector<StoryId> found;
  const auto led = led_to();
  for (const auto& label : story.labels) {
    if (!led[label.node]) found.push_back(label.node);
  }
  if (found.empty() && !story.labels.empty()) found.push_back(story.labels.front().node);
  return found;
}

std::vector<StoryId> StoryBuilder::roots() const {
  auto roots = story_->entries;
  for (const auto& label : story_->labels) {
    if (engine_label(label.name)) roots.push_back(label.node);
  }
  for (const auto& reference : story_->references) {
    if (reference.how == Reference::How::screen || reference.how == Reference::How::python)
      roots.push_back(reference.to);
  }
  return roots;
}

/// A dynamic target may be any label that a string in Python code names and nothing else leads to.
void StoryBuilder::resolve_dynamic() {
  if (dynamic_.empty()) return;
  auto& story = *story_;
  std::vector<StoryId> candidates;
  for (const auto& file : story.files) {
    for (const auto text : file->code_strings) {
      const auto found = story.by_name.find(text);
      if (found != story.by_name.end() && !story.reachable[found->second] && !engine_label(text))
        candidates.push_back(found->second);
    }
  }
  std::ranges::sort(candidates);
  candidates.erase(std::ranges::unique(candidates).begin(), candidates.end());
  if (candidates.size() > kMostCandidates) candidates.resize(kMostCandidates);
  if (candidates.empty()) return;
  // All dynamic jumps share one list of options, all dynamic calls another.
  std::array<std::uint32_t, 2> begin{};
  for (const bool is_call : {false, true}) {
    begin[is_call ? 1 : 0] = static_cast<std::uint32_t>(story.options.size());
    for (const auto candidate : candidates) {
      Option option{.why = Option::Why::dynamic,
                    .text = story.label_at(candidate)->name,
                    .condition = {},
                    .negated = false};
      option.is_call = is_call;
      option.line = story.node(candidate).line;
      option.to = candidate;
      story.options.push_back(option);
    }
  }
  for (const auto id : dynamic_) {
    auto& node = story.nodes[id];
    node.options_begin = begin[node.flow == Flow::stop ? 0 : 1];
    node.options_end = node.options_begin + static_cast<std::uint32_t>(candidates.size());
    node.flow = Flow::decide;
    node.stop = Stop::none;
  }
}

void StoryBuilder::report_unreachable() {
  const auto& story = *story_;
  for (const auto& label : story.labels) {
    if (story.reachable[label.node] || story.label_at(label.node)->from_call) continue;
    if (story.by_name.at(label.name) != label.node) continue;  // a duplicate; that was said
    const auto file = story.file_of(label.node);
    const auto& node = story.node(label.node);
    const bool perhaps = story.dynamic;
    report(file, {"unreachable-label", perhaps ? Severity::info : Severity::warn, node.line, node.column,
                  "Nothing leads to label " + std::string(label.name) +
                      (perhaps ? ", unless a target computed at run time does" : ""),
                  "Jump or call to it, or remove it"});
  }
}

}  // namespace bpyd::renpy
