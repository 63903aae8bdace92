// SPDX-License-Identifier: MIT
// The story graph: the parts of all files linked by the names of their labels.
//
// What algorithms over the whole story walk are its junctions, a tenth of its statements; the
// statements between them are looked at only when something is told.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/renpy/diagnostic.hpp"
#include "bpyd/renpy/part.hpp"

namespace bpyd::renpy {

/// A statement of the whole project: files in load order, statements in file order.
using StoryId = std::uint32_t;
/// Index into Story::junctions: parts in load order, statements in file order.
using JunctionId = std::uint32_t;
/// Index into Story::ways.
using WayId = std::uint32_t;
constexpr std::uint32_t kNowhere = UINT32_MAX;

struct LabelSite {
  std::string_view name;
  StoryId node = kNowhere;
  std::uint32_t file = 0;
  JunctionId leads = kNowhere;  // the first junction from there on in its file
  bool again = false;           // another of its name stands before it
};

/// One way out of a junction that decides. `to` is never one that only leads on.
struct Way {
  JunctionId to = kNowhere;        // kNowhere: the story ends, or goes around for ever
  StoryId at = kNowhere;           // the first statement on the way; kNowhere: it ends
  JunctionId first = kNowhere;     // the first junction of that file, even one that only leads on
  std::uint32_t label = kNowhere;  // index into Story::labels, when the way names one
  std::uint32_t at_file = 0;       // of `at`
  std::uint32_t file = kNowhere;   // it is written in; kNowhere: in none
  bool is_call = false;
  const Option* option = nullptr;
};

struct Junction {
  Flow flow = Flow::stop;  // next, jump: only leads on, and is never where anything else leads
  Stop stop = Stop::none;
  std::uint32_t file = 0;  // of `at` and `next_at`
  StoryId at = kNowhere;
  StoryId target_at = kNowhere;  // what a jump or a call leads to
  StoryId next_at = kNowhere;    // what follows a call, or is led on to
  JunctionId target = kNowhere;
  JunctionId next = kNowhere;
  std::uint32_t target_label = kNowhere;  // index into Story::labels
  JunctionId target_first = kNowhere;     // in the files of target_at and next_at, even one that
  JunctionId next_first = kNowhere;       // only leads on
  WayId ways_begin = 0;
  WayId ways_end = 0;
};

/// A statement as the story has it.
struct StoryNode {
  Flow flow = Flow::next;
  Stop stop = Stop::none;
  StoryId next = kNowhere;
  StoryId target = kNowhere;
  WayId ways_begin = 0;
  WayId ways_end = 0;
};

struct PlacedDiagnostic {
  std::uint32_t file = 0;  // index into Story::parts
  Diagnostic what;
};

/// Immutable once linked; keeps its parts alive. Thread: any thread may read.
struct Story {
  std::vector<std::shared_ptr<const Part>> parts;  // load order
  std::vector<StoryId> base;                       // first StoryId of each part, and the total
  std::vector<JunctionId> junction_base;           // likewise
  std::vector<WayId> way_base;                     // likewise; late options stand behind the last
  std::vector<std::uint32_t> symbol_base;          // likewise
  std::vector<std::uint32_t> label_base;           // likewise, into labels
  std::vector<Junction> junctions;
  std::vector<Way> ways;
  std::vector<Option> late_options;
  std::vector<std::uint32_t> sites;      // per symbol of each part: index into labels; kNowhere: missing
  std::vector<LabelSite> labels;         // load order
  std::vector<StoryId> entries;          // start, or labels nothing leads to
  std::vector<std::uint8_t> returns;     // per junction: a return of the same call can come after it
  std::vector<std::uint8_t> reached;     // per junction, from the entries, screens and the engine's labels
  std::vector<std::uint8_t> led_to;      // per label: some reached way leads to it
  std::vector<std::uint8_t> top;         // per junction: reached from an entry with no call under way
  std::vector<std::uint8_t> led_on_top;  // per label, likewise
  bool dynamic = false;                  // some target is known only at run time
  std::vector<PlacedDiagnostic> diagnostics;  // missing and duplicate labels

  [[nodiscard]] std::uint32_t file_of(StoryId id) const;
  [[nodiscard]] const ParsedFile& parsed(StoryId id) const { return *parts[file_of(id)]->file; }
  [[nodiscard]] const Node& node(StoryId id) const;
  [[nodiscard]] StoryNode at(StoryId id) const;
  [[nodiscard]] StoryId id(std::uint32_t file, NodeId node) const {
    return node == kNoNode ? kNowhere : base[file] + node;
  }
  /// The label a statement stands under; kNowhere: none.
  [[nodiscard]] StoryId owner(StoryId id) const;
  /// The Label at `id`, or null when another statement stands there.
  [[nodiscard]] const LabelNode* label_at(StoryId id) const;
  /// The first of its name in load order; kNowhere: there is none.
  [[nodiscard]] StoryId find_label(std::string_view name) const;
  bool has_start = false;
  /// The label a symbol of a part names; kNowhere: there is none.
  [[nodiscard]] StoryId site(std::uint32_t file, Symbol symbol) const {
    const auto label = symbol == kNoSymbol ? kNowhere : sites[symbol_base[file] + symbol];
    return label == kNowhere ? kNowhere : labels[label].node;
  }
  [[nodiscard]] const Option& option(WayId way) const { return *ways[way].option; }
  /// The first junction from a statement on that does not only lead on; kNowhere: round for ever.
  [[nodiscard]] JunctionId junction(StoryId id) const;
  [[nodiscard]] JunctionId onward(JunctionId junction) const;

  /// Per statement of a file: can the story get there? `top`: with no call under way.
  [[nodiscard]] std::vector<bool> reachable(std::uint32_t file, bool on_top = false) const;

  std::vector<JunctionId> onward_;  // per junction: itself, or where it leads on to
};

/// Links parts. Keeps numbers for the names it has seen, so that linking anew after a save costs no
/// look-ups for files that stayed. Thread: one call at a time; the stories are independent of it.
class Linker {
 public:
  /// `parts` in load order. Linear in junctions and labels.
  std::shared_ptr<const Story> link(std::vector<std::shared_ptr<const Part>> parts);

 private:
  friend class LinkRun;
  struct Numbers {
    std::shared_ptr<const Part> part;
    std::vector<std::uint32_t> symbols, labels;
  };
  const Numbers& numbers(const std::shared_ptr<const Part>& part);
  std::uint32_t number(std::string_view name);

  std::unordered_map<std::string_view, std::uint32_t> names_;
  std::vector<std::unique_ptr<const std::string>> texts_;
  std::unordered_map<const Part*, Numbers> numbers_;
};

/// Is it a label that the engine itself starts: start, quit, after_load, one with a leading underscore?
bool engine_label(std::string_view name);

/// Parts of `files` (in load order), linked.
std::shared_ptr<const Story> build_story(std::vector<std::shared_ptr<const ParsedFile>> files);

}  // namespace bpyd::renpy
