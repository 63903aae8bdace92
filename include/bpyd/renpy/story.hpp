// SPDX-License-Identifier: MIT
// The story graph: every statement of every file as a node, and how control goes between them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::renpy {

/// A statement of the whole project: files in load order, statements in file order.
using StoryId = std::uint32_t;
constexpr StoryId kNowhere = UINT32_MAX;

/// Where a label is.
struct LabelSite {
  std::string_view name;
  StoryId node = kNowhere;
};

/// One way out of a statement that decides.
struct Option {
  enum class Why : std::uint8_t { choice, condition, screen, python, dynamic, enter };
  Why why = Why::choice;
  std::string_view text;       // choice text, target label
  std::string_view condition;  // that must hold; empty: none
  bool negated = false;        // none of the conditions before held
  bool is_call = false;        // goes to `to` with the statement after as the place to come back to
  std::uint32_t line = 0;
  StoryId to = kNowhere;  // kNowhere: the story ends there (missing or unknown target)
};

/// How a statement goes on. A dynamic jump or call with candidates decides between them.
enum class Flow : std::uint8_t {
  next,    // to `next`
  jump,    // to `target`
  call,    // to `target`, then to `next`
  back,    // return
  decide,  // to one of the options
  stop,    // quits, or goes where nobody knows
};
enum class Stop : std::uint8_t { none, quit, main_menu, dynamic, missing };

struct StoryNode {
  Flow flow = Flow::next;
  Stop stop = Stop::none;
  StoryId next = kNowhere;
  StoryId target = kNowhere;
  std::uint32_t options_begin = 0;  // into Story::options
  std::uint32_t options_end = 0;
};

/// A reference to a label, for edge lists and for missing targets.
struct Reference {
  enum class How : std::uint8_t { jump, call, screen, python };  // screen, python: perhaps, some time
  How how = How::jump;
  StoryId from = kNowhere;
  std::string_view target;     // label name, or the expression when dynamic
  std::string_view call_from;  // `from` label
  std::uint32_t line = 0;
  bool dynamic = false;
  StoryId to = kNowhere;
};

struct PlacedDiagnostic {
  std::uint32_t file = 0;  // index into Story::files
  Diagnostic what;
};

/// Immutable once built; keeps its files alive. Thread: any thread may read.
struct Story {
  std::vector<std::shared_ptr<const ParsedFile>> files;  // load order
  std::vector<StoryId> base;                             // first StoryId of each file, and the total
  std::vector<StoryNode> nodes;
  std::vector<Option> options;
  std::vector<LabelSite> labels;  // load order
  std::unordered_map<std::string_view, StoryId> by_name;
  std::vector<Reference> references;
  std::vector<StoryId> entries;  // start, or labels nothing leads to
  std::vector<StoryId> owner;    // per node: the label it stands under; kNowhere: none
  std::vector<bool> can_return;  // per node: a return of the same call can come after it
  std::vector<bool> reachable;   // per node, from the entries, screens and the engine's labels
  bool dynamic = false;          // some target is known only at run time
  std::vector<PlacedDiagnostic> diagnostics;

  [[nodiscard]] std::uint32_t file_of(StoryId id) const;
  [[nodiscard]] const Node& node(StoryId id) const;
  [[nodiscard]] StoryId id(std::uint32_t file, NodeId node) const { return base[file] + node; }
  /// The Label at `id`, or null when another statement stands there.
  [[nodiscard]] const LabelNode* label_at(StoryId id) const;
  [[nodiscard]] const ParsedFile& parsed(StoryId id) const { return *files[file_of(id)]; }
};

/// `files` in load order. Pure; linear in the number of statements.
std::shared_ptr<const Story> build_story(std::vector<std::shared_ptr<const ParsedFile>> files);

}  // namespace bpyd::renpy
