// SPDX-License-Identifier: MIT
// The statement parser: one method for each statement of renpy/parser.py.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/renpy/ast.hpp"
#include "lexer.hpp"
#include "parse_functions.hpp"
#include "python.hpp"

namespace bpyd::renpy {

class Parser;
/// Reads the rest of a statement whose words were matched, and advances past it. False: broken.
using Handler = bool (Parser::*)(Lexer&);

/// Ren'Py's parse trie: the words a statement begins with, the longest match deciding.
struct Trie {
  Handler handler = nullptr;
  const CustomStatement* custom = nullptr;
  std::map<std::string_view, std::unique_ptr<Trie>> words;
  /// The lengths of the words by first letter, as bits: a speaker's name seldom looks like a word here.
  std::array<std::uint16_t, 32> lengths{};

  Trie& at(std::string_view name);
  /// What follows this word; null: nothing does.
  [[nodiscard]] const Trie* after(std::string_view word) const;
};

class Parser {
 public:
  Parser(ParsedFile& out, const LineFile& lines, const Trie& statements)
      : out_(out), lines_(lines), statements_(statements), python_(out.code_strings), functions_(lines) {}
  void run();
  /// A line with a string or bracket that runs over its end could not be read: perhaps it should not.
  [[nodiscard]] bool doubtful() const { return doubtful_; }

  static void add_built_in(Trie& trie);

 private:
  static constexpr std::uint32_t kDeepest = 100;  // blocks in one another

  Block block(Lexer l, std::uint32_t depth);
  bool statement(Lexer& l);
  void give_up(Lexer& l, NodeId mark);

  // Nodes
  template <class T = Plain>
  NodeId push(Kind kind, T payload = {}) {
    const auto id = size();
    auto& made = out_.nodes.emplace_back();
    made.payload.template emplace<T>(std::move(payload));
    made.kind = kind;
    made.line = line_;
    made.column = column_;
    made.end = id + 1;
    return id;
  }
  void close(NodeId id) { out_.nodes[id].end = size(); }
  static std::int32_t priority_of(std::optional<std::string_view> text);
  NodeId open_init(const Lexer& l, std::int32_t priority);
  void close_init(NodeId id);
  [[nodiscard]] NodeId size() const { return static_cast<NodeId>(out_.nodes.size()); }
  template <class T>
  T& payload(NodeId id) {
    return std::get<T>(out_.nodes[id].payload);
  }

  // Diagnostics that do not cost the statement
  void diagnose(const Lexer& l, const char* id, std::size_t pos, std::string message,
                std::string suggestion = {});
  void soft_fault(Lexer& l, const char* id = "syntax");
  bool colon(Lexer& l, std::string_view statement);
  std::string_view condition(Lexer& l);

  // Story
  bool label(Lexer& l);
  bool init_label(Lexer& l);
  bool label_with(Lexer& l, bool init);
  bool jump(Lexer& l);
  bool call(Lexer& l);
  bool give_back(Lexer& l);
  bool menu(Lexer& l);
  struct MenuDraft;
  void menu_item(Lexer& l, MenuDraft& draft);
  bool menu_say(Lexer& l, MenuDraft& draft);
  bool if_else(Lexer& l);
  bool if_branch(Lexer& l, std::string_view word, std::vector<IfEntry>& into);
  bool while_loop(Lexer& l);
  bool pass(Lexer& l);
  bool say(Lexer& l);
  /// One speech: the paragraphs of a monologue are said by the same character in the same way.
  struct Speech {
    SayNode say;
    std::vector<std::string_view> texts;
  };
  bool finish_say(Lexer& l, Speech& speech);
  std::vector<std::string_view> say_attributes(Lexer& l);
  bool speaker(Lexer& l, SayNode& say, bool operators);
  bool say_text(Lexer& l, std::vector<std::string_view>& texts);
  void push_speech(Speech speech);
  bool no_statement(Lexer& l);

  // Python
  bool one_line_python(Lexer& l);
  bool python(Lexer& l);
  bool python_with(Lexer& l, Kind kind);
  List<PythonEffect> python_lines(const Lexer& l, bool early);
  bool define(Lexer& l);
  bool default_value(Lexer& l);
  bool define_with(Lexer& l, Kind kind);

  // Pictures
  struct Picture;
  bool picture(Lexer& l, Picture& into);
  bool picture_statement(Lexer& l, Kind kind, Picture& picture);
  bool scene(Lexer& l);
  bool show(Lexer& l);
  bool hide(Lexer& l);
  bool layer_statement(Lexer& l, Kind kind);
  bool show_layer(Lexer& l);
  bool camera(Lexer& l);
  bool with(Lexer& l);
  bool image(Lexer& l);
  bool transform(Lexer& l);

  // Everything else
  bool init(Lexer& l);
  bool init_offset(Lexer& l);
  bool rpy_monologue(Lexer& l);
  bool rpy_python(Lexer& l);
  bool screen(Lexer& l);
  void screen_lines(const Lexer& l, ScreenNode& into);
  bool testcase(Lexer& l);
  bool style(Lexer& l);
  bool style_with(Lexer& l);
  bool translate(Lexer& l);
  bool translate_strings(Lexer& l, std::string_view language);
  bool custom(Lexer& l);
  std::vector<NodeId> custom_parts(Lexer l, const HandedBack& back);
  static void take_leading(Lexer& l, const std::vector<HandedBack::Word>& words);
  bool custom_line(Lexer& l);
  List<std::string_view> parameters(Lexer& l);

  void chain(Block block, NodeId after);
  void chain_parts(const UserNode& user, NodeId after);
  void chain_node(NodeId id, NodeId after);

  ParsedFile& out_;
  const LineFile& lines_;
  const Trie& statements_;
  PythonReader python_;
  ParseFunctions functions_;
  std::vector<std::string_view> attributes_;  // of the line being read; kept for its room
  const CustomStatement* custom_ = nullptr;   // the one being read
  std::string_view custom_words_;             // as written
  std::uint32_t depth_ = 0;
  bool doubtful_ = false;
  std::uint32_t line_ = 0;  // where the statement being read starts
  std::uint32_t column_ = 0;
};

}  // namespace bpyd::renpy
