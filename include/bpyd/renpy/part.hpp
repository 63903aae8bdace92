// SPDX-License-Identifier: MIT
// One file's share of the story graph: how control goes between its own statements, and the labels
// it names. Made from the file alone, so that a save makes one part anew; labels of other files are
// names here until the parts are linked.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::renpy {

/// A name of a label, as an index into Part::symbols.
using Symbol = std::uint32_t;
constexpr Symbol kNoSymbol = UINT32_MAX;

/// How a statement goes on.
enum class Flow : std::uint8_t {
  next,    // to `next`
  jump,    // to `target`
  call,    // to `target`, then to `next`
  back,    // return
  decide,  // to one of the options
  stop,    // quits, or goes where nobody knows
};
enum class Stop : std::uint8_t { none, quit, main_menu, dynamic, missing };

/// One way out of a statement that decides.
struct Option {
  enum class Why : std::uint8_t { choice, condition, screen, python, dynamic };
  Why why = Why::choice;
  bool negated = false;  // none of the conditions before held
  bool is_call = false;  // leads to a label with the statement after as the place to come back to
  std::uint32_t line = 0;
  NodeId to = kNoNode;           // in the same file; or
  Symbol symbol = kNoSymbol;     // a label; neither: the story ends there
  std::string_view text{};       // choice text, target label
  std::string_view condition{};  // that must hold; empty: none
};

struct PartNode {
  Flow flow = Flow::next;
  Stop stop = Stop::none;
  bool late = false;  // decides, jumps or calls in a way that only the whole project tells
  NodeId next = kNoNode;
  Symbol symbol = kNoSymbol;        // of a jump, a call
  std::uint32_t options_begin = 0;  // into Part::options
  std::uint32_t options_end = 0;
};

/// A place that names a label, for edge lists and for missing targets.
struct Reference {
  enum class How : std::uint8_t { jump, call, screen, python };  // screen, python: perhaps, some time
  How how = How::jump;
  bool dynamic = false;
  NodeId from = kNoNode;
  Symbol symbol = kNoSymbol;     // none when dynamic
  std::string_view target;       // label name, or the expression when dynamic
  std::string_view call_from{};  // `from` label
  std::uint32_t line = 0;
};

struct PartLabel {
  std::string_view name;
  NodeId node = kNoNode;
  bool fallen_into = false;  // a statement of another label, or of this one, goes on here
};

/// Made once, then immutable; keeps its file alive. Thread: any thread may read.
struct Part {
  std::shared_ptr<const ParsedFile> file;
  std::vector<PartNode> nodes;
  std::vector<Option> options;
  std::vector<std::string_view> symbols;
  std::vector<PartLabel> labels;
  std::vector<NodeId> owner;               // per statement: the label it stands under; kNoNode: none
  std::vector<NodeId> junctions;           // statements where something is decided, called, ended, left
  std::vector<std::uint32_t> junction_of;  // per statement: the first of them from here on; kNoNode: none
  std::vector<Reference> references;
  std::vector<Symbol> some_time;  // of the references by screens and code
  std::vector<NodeId> screens;    // Screen statements
  std::vector<std::pair<std::string_view, std::string_view>> overrides;  // config.label_overrides
  std::vector<std::string_view> modules;                                 // renpy.load_module("…")
  bool dynamic = false;  // some target is known only at run time
};

/// Linear in the file. Thread: pure.
std::shared_ptr<const Part> make_part(std::shared_ptr<const ParsedFile> file);

}  // namespace bpyd::renpy
