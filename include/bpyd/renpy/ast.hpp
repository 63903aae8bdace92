// SPDX-License-Identifier: MIT
// The statements of one script file, in the order Ren'Py keeps them.
//
// All nodes of a file stand in one vector, parents before children, exactly as Ren'Py's own
// `all_stmts` has them (a `call` is Call, Label when it has `from`, Pass; a `show … with` is With,
// Show, With; a `define` outside init is an Init around it; a file ends with a Return). A block is
// a range of that vector, so nothing is recursive, however deep the script.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bpyd/renpy/compact.hpp"
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

// What a statement says is at most 48 bytes here; rare parts and lists stand elsewhere (compact.hpp).

/// Children [begin, end): walk siblings with `id = nodes[id].end`.
struct Block {
  NodeId begin = 0;
  NodeId end = 0;
  [[nodiscard]] bool empty() const { return begin == end; }
};

struct LabelNode {
  std::string_view name;  // full: "global.local"
  List<std::string_view> params;
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
  std::string_view from;
  RareText arguments;  // as written, with the brackets; empty: none
  bool expression = false;
};
struct ReturnNode {
  std::string_view expression;
  bool implicit = false;  // the one at the end of a file
};
struct MenuItem {
  std::string_view text;
  std::string_view condition;  // "True" when none is written
  RareText arguments;
  std::uint32_t line = 0;
  bool caption = false;  // no block: words above the choices
  Block block;
};
struct MenuNode {
  List<MenuItem> items;
  RareText set;
  RareText with;
  RareText arguments;
};
struct IfEntry {
  std::string_view test;  // "True" for else
  std::uint32_t line = 0;
  bool is_else = false;
  Block block;
};
struct IfNode {
  List<IfEntry> entries;
};
struct WhileNode {
  std::string_view test;
  Block block;
};
/// What few lines of dialogue have.
struct SayExtras {
  std::string_view arguments{};  // as written, with the brackets; empty: none
  std::string_view with{};
  std::string_view id{};
  bool interact = true;
};
struct SayNode {
  std::string_view who;  // expression; empty: the narrator
  std::string_view what;
  List<std::string_view> attributes;  // those behind "@" hold for this line only
  Rare<SayExtras> extras;
  [[nodiscard]] std::string_view arguments() const { return extras->arguments; }
  [[nodiscard]] std::string_view with() const { return extras->with; }
  [[nodiscard]] std::string_view id() const { return extras->id; }
  [[nodiscard]] bool interact() const { return extras->interact; }
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
  enum class When : std::uint8_t {
    always,
    maybe,  // inside an if, a loop, a try
    later,  // inside a function, or an action that something else may run
  };
  std::string_view name{};
  std::string_view op{};
  std::string_view expression{};
  std::uint32_t line = 0;
  When when = When::always;
  What what = What::assign;
};
struct PythonNode {
  std::string_view code;  // of one line; empty for a block
  List<PythonEffect> effects;
  List<std::string_view> names;  // assigned in its store, in source order, each once
  RareText store;                // "store.name"; empty: the game's own
  bool hide = false;
  bool one_line = false;  // `$ …`
};
struct DefineNode {        // define and default
  std::string_view store;  // "store" or "store.name"
  std::string_view name;
  std::string_view expression;
  /// `name[index] op expression`: the views above point into one text.
  [[nodiscard]] std::string_view index() const;
  [[nodiscard]] std::string_view op() const;
};
struct ScreenNode {
  std::string_view name;
  List<std::string_view> params;
  List<PythonEffect> effects;  // its actions
  List<std::string_view> uses;
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
  RareText layer;
  RareText tag;
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
  struct Inner {
    Block block;                // when its block holds Ren'Py statements
    std::vector<NodeId> parts;  // where each part of it begins that goes on after it; empty: it is one
  };
  std::string_view name;  // "play music", "call screen", a creator's own; as written
  std::string_view line;  // all of its logical line as written, spaces at the end too
  Rare<Inner> inner;
  bool enters_block = false;
  bool built_in = false;
  bool translatable = false;  // belongs to the dialogue after it

  [[nodiscard]] Block block() const { return inner->block; }
  /// What follows the name, without the spaces around it.
  [[nodiscard]] std::string_view rest() const;
};
struct Plain {};

using Payload = std::variant<Plain, LabelNode, JumpNode, CallNode, ReturnNode, MenuNode, IfNode, WhileNode,
                             SayNode, PythonNode, DefineNode, ScreenNode, NamedNode, ImageNode, WithNode,
                             InitNode, TranslateNode, TranslateStringNode, UserNode>;

/// The payload stands first so that the rest fits behind what it holds.
struct Node {
  [[no_unique_address]] Payload payload;
  Kind kind = Kind::Pass;
  std::uint32_t line = 0;    // where its logical line starts, from 1
  std::uint32_t column = 0;  // from 1
  NodeId end = 0;            // one past its last descendant: the next sibling's index
  NodeId next = kNoNode;     // what Ren'Py runs after it by falling through; kNoNode: nothing
};
static_assert(sizeof(void*) != 8 || sizeof(Node) <= 72, "a project has hundreds of thousands of these");

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
  TextArena arena;                            // texts that are not in the source as written
  TextArena line_arena;                       // and logical lines that are not
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
