// SPDX-License-Identifier: MIT
// The statements of one script file, in the order Ren'Py keeps them.
//
// All nodes of a file stand in one vector, parents before children, exactly as Ren'Py's own
// `all_stmts` has them (a `call` is Call, Label when it has `from`, Pass; a `show … with` is With,
// Show, With; a `define` outside init is an Init around it; a file ends with a Return). A block is
// a range of that vector, so nothing is recursive, however deep the script.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bpyd/renpy/diagnostic.hpp"

namespace bpyd::renpy {

/// Ren'Py's AST class names; BrokenStatement stands where one could not be read.
enum class Kind : std::uint8_t {
  Label,
  Jump,
  Call,
  Return,
  Menu,
  If,
  While,
  Pass,
  Say,
  Python,
  EarlyPython,
  Define,
  Default,
  Screen,
  Image,
  Transform,
  Show,
  ShowLayer,
  Scene,
  Hide,
  Camera,
  With,
  Init,
  Translate,
  EndTranslate,
  TranslateString,
  TranslateBlock,
  TranslateEarlyBlock,
  Style,
  Testcase,
  RPY,
  UserStatement,
  PostUserStatement,
  BrokenStatement,
};
std::string_view kind_name(Kind kind);

/// Index into ParsedFile::nodes.
using NodeId = std::uint32_t;
constexpr NodeId kNoNode = UINT32_MAX;

/// Children [begin, end): walk siblings with `id = nodes[id].end`.
struct Block {
  NodeId begin = 0;
  NodeId end = 0;
  [[nodiscard]] bool empty() const { return begin == end; }
};

struct LabelNode {
  std::string_view name;  // full: "global.local"
  std::vector<std::string_view> params;
  Block block;
  bool hide = false;
  bool from_menu = false;  // `menu name:`
  bool from_call = false;  // `call … from name`
};
struct JumpNode {
  std::string_view target;
  bool expression = false;
};
struct CallNode {
  std::string_view target;
  bool expression = false;
  std::string_view arguments;  // as written, with the brackets; empty: none
  std::string_view from;
};
struct ReturnNode {
  std::string_view expression;
  bool implicit = false;  // the one at the end of a file
};
struct MenuItem {
  std::string_view text;
  std::string_view condition;  // "True" when none is written
  std::string_view arguments;
  std::uint32_t line = 0;
  bool caption = false;  // no block: words above the choices
  Block block;
};
struct MenuNode {
  std::vector<MenuItem> items;
  std::string_view set;
  std::string_view with;
  std::string_view arguments;
};
struct IfEntry {
  std::string_view test;  // "True" for else
  std::uint32_t line = 0;
  bool is_else = false;
  Block block;
};
struct IfNode {
  std::vector<IfEntry> entries;
};
struct WhileNode {
  std::string_view test;
  Block block;
};
struct SayNode {
  std::string_view who;  // expression; empty: the narrator
  std::string_view what;
  std::vector<std::string_view> attributes;  // those behind "@" hold for this line only
  std::string_view arguments;                // as written, with the brackets; empty: none
  std::string_view with;
  std::string_view id;
  bool interact = true;
};

/// An assignment or a call that a story reader cares for, found in Python code.
struct PythonEffect {
  enum class What : std::uint8_t {
    assign,       // name op expression
    method,       // name.op(expression): append, add, remove …
    jump,         // renpy.jump("name"), Jump("name")
    call,         // renpy.call("name"), Call("name")
    context,      // renpy.call_in_new_context("name")
    quit,         // renpy.quit(), Quit()
    menu,         // renpy.full_restart(), MainMenu()
    give_back,    // Return(), renpy.return_statement()
    screen,       // renpy.call_screen("name")
    show_screen,  // renpy.show_screen("name"), Show("name")
    module,       // renpy.load_module("name")
  };
  What what = What::assign;
  std::string_view name{};
  std::string_view op{};
  std::string_view expression{};
  std::uint32_t line = 0;
  enum class When : std::uint8_t {
    always,
    maybe,  // inside an if, a loop, a try
    later,  // inside a function, or an action that something else may run
  };
  When when = When::always;
};
struct PythonNode {
  std::string_view store;  // "store" or "store.name"
  bool hide = false;
  bool one_line = false;  // `$ …`
  std::string_view code;  // of one line; empty for a block
  std::vector<PythonEffect> effects;
  std::vector<std::string_view> names;  // assigned in its store, in source order, each once
};
struct DefineNode {  // define and default
  std::string_view store;
  std::string_view name;
  std::string_view index;
  std::string_view op;
  std::string_view expression;
};
struct ScreenNode {
  std::string_view name;
  std::vector<std::string_view> params;
  std::vector<PythonEffect> effects;  // its actions
  std::vector<std::string_view> uses;
};
/// image, transform, style, testcase: a name and the rest of the line; the block is not read.
struct NamedNode {
  std::string_view name;
  std::string_view rest;
};
/// show, scene, hide, camera, show layer.
struct ImageNode {
  std::string_view name;  // words of the image, as written
  std::string_view expression;
  std::string_view layer;
  std::string_view tag;
};
struct WithNode {
  std::string_view expression;
  std::string_view paired;
};
struct InitNode {
  std::int32_t priority = 0;
  Block block;
};
struct TranslateNode {
  std::string_view language;    // "None" for the default
  std::string_view identifier;  // or strings, python, style
  Block block;
};
struct TranslateStringNode {
  std::string_view language;
  std::string_view old_text;  // as written, with the quotes
  std::string_view new_text;
};
struct UserNode {
  std::string_view name;  // "play music", "call screen", a creator's own
  std::string_view rest;  // what follows the name
  std::string_view line;  // all of its logical line as written, spaces at the end too
  Block block;            // when its block holds Ren'Py statements
  std::vector<NodeId> parts;  // where each part of it begins that goes on after it; empty: it is one
  bool enters_block = false;
  bool built_in = false;
  bool translatable = false;  // belongs to the dialogue after it
};
struct Plain {};

using Payload = std::variant<Plain, LabelNode, JumpNode, CallNode, ReturnNode, MenuNode, IfNode, WhileNode,
                             SayNode, PythonNode, DefineNode, ScreenNode, NamedNode, ImageNode, WithNode,
                             InitNode, TranslateNode, TranslateStringNode, UserNode>;

struct Node {
  Kind kind = Kind::Pass;
  std::uint32_t line = 0;    // where its logical line starts, from 1
  std::uint32_t column = 0;  // from 1
  NodeId end = 0;            // one past its last descendant: the next sibling's index
  NodeId next = kNoNode;     // what Ren'Py runs after it by falling through; kNoNode: nothing
  Payload payload;
};

/// What a statement's parse function gives back to Ren'Py of the block it reads itself.
struct HandedBack {
  struct Word {
    std::string text;
    bool valued = false;  // a value stands behind it
    friend bool operator==(const Word&, const Word&) = default;
  };
  bool blocks = false;        // blocks: renpy_block()
  bool statements = false;    // lines as statements: renpy_statement()
  bool by_line = false;       // it goes through the block line by line
  std::vector<Word> leading;  // what it takes from a line before that
  friend bool operator==(const HandedBack&, const HandedBack&) = default;
};

/// A statement a creator registered in `python early`.
struct CustomStatement {
  enum class Blocks : std::uint8_t { none, lines, script, possible };
  std::string name;  // words separated by one space
  Blocks block = Blocks::none;
  HandedBack handed_back{};
  std::int32_t init_priority = 0;
  bool init = false;
  bool has_next = false;  // `next=` given: control may enter the block
  bool has_post = false;  // post_execute or post_label given
  bool translatable = false;
  friend bool operator==(const CustomStatement&, const CustomStatement&) = default;
};

/// One parsed file. Immutable once made; string_views point into `source` and `arena`, so it is
/// shared by pointer and never copied. Thread: any thread may read.
struct ParsedFile {
  ParsedFile() = default;
  ParsedFile(const ParsedFile&) = delete;
  ParsedFile& operator=(const ParsedFile&) = delete;

  std::string file;                           // "game/script.rpy"
  std::shared_ptr<const std::string> source;  // UTF-8
  std::deque<std::string> arena;              // texts that are not in the source as written
  std::deque<std::string> line_arena;         // and logical lines that are not
  std::vector<Node> nodes;
  Block top;
  std::vector<Diagnostic> diagnostics;
  std::vector<CustomStatement> registers;      // for the files loaded after it
  std::vector<std::string_view> code_strings;  // names in quotes seen in Python code: targets perhaps
  std::uint32_t physical_lines = 0;

  template <class T>
  [[nodiscard]] const T& as(NodeId id) const {
    return std::get<T>(nodes[id].payload);
  }
};

}  // namespace bpyd::renpy
