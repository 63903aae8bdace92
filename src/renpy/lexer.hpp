// SPDX-License-Identifier: MIT
// A cursor over the logical lines of one block: renpy.parser.Lexer, method by method.
//
// Where Ren'Py raises ParseError, this notes the first fault and every method answers "nothing"
// from then on, until the next advance(): no exception is thrown for what is in a script.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/renpy/lines.hpp"
#include "chars.hpp"

namespace bpyd::renpy {

/// What went wrong on the current line, and where in its text.
struct Fault {
  std::string message;
  std::size_t pos = 0;
  bool below = false;  // on the first line of its block, rather
};

class Lexer {
 public:
  /// Lines [begin, end) of `file`; `arena` keeps what is not in the source as written.
  Lexer(const LineFile& file, std::uint32_t begin, std::uint32_t end, TextArena& arena)
      : file_(&file), end_(end), next_(begin), arena_(&arena) {}

  /// To the next line of this block (not into its lines' blocks). False at the end.
  bool advance();
  [[nodiscard]] bool at_end() const { return done_; }
  [[nodiscard]] const Line& line() const { return file_->lines[index_]; }
  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] bool has_block() const { return line().block_end > index_ + 1; }
  [[nodiscard]] Lexer block_lexer() const;

  bool fail(std::string message);  // notes it where the cursor is; always false
  [[nodiscard]] bool failed() const { return fault_.has_value(); }
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }
  void forget_fault() { fault_.reset(); }

  [[nodiscard]] std::size_t pos() const { return pos_; }
  void set_pos(std::size_t pos) { pos_ = pos; }
  [[nodiscard]] std::string_view text() const { return text_; }

  void skip_space() {
    if (pos_ < text_.size() && !is(text_[pos_], kPerhapsSpace) && text_[pos_] != '\\') return;
    skip_more_space();
  }
  bool eol() {
    skip_space();
    return pos_ >= text_.size();
  }
  bool expect_eol();
  bool expect_noblock(std::string_view statement);
  bool expect_block(std::string_view statement);
  /// One punctuation mark or operator, after spaces.
  bool match(std::string_view mark);
  bool require(std::string_view mark);
  bool keyword(std::string_view word);

  std::string_view word();  // empty: none (all of these)
  std::string_view name();
  std::string_view dotted_name();
  std::string_view hash();
  std::string_view image_name_component();
  std::optional<std::string_view> integer();
  bool number();
  /// `name`, `.local`, `global.local`; `declare` forbids another label's locals.
  std::string_view label_name(bool declare);
  void set_global_label(std::string_view label);
  [[nodiscard]] std::string_view global_label() const { return global_label_; }

  std::optional<std::string_view> string();
  /// A whole line as most dialogue is: perhaps a name and attributes, one string, nothing else. False,
  /// and the cursor where it was: not as plain as that, whatever else it is.
  bool plain_say(std::string_view& who, std::vector<std::string_view>& attributes, std::string_view& what);
  /// The paragraphs of a triple-quoted string. Nothing: there is none here.
  std::optional<std::vector<std::string_view>> triple_string();

  bool python_string();
  bool parenthesised_python();
  /// Python up to a character of `delims` outside brackets and strings. Nothing (and a fault)
  /// when the line ends first.
  std::optional<std::string_view> delimited_python(std::string_view delims);
  std::string_view python_expression();  // up to the colon
  std::string_view simple_expression(bool comma = false, bool operators = true);
  std::string_view require_simple_expression();
  /// `(…)` with the brackets; empty: none here.
  std::string_view arguments();
  std::string_view rest();
  std::string_view rest_from(std::size_t pos) {
    pos_ = pos;
    return rest();
  }
  /// From a position to where the cursor is, trimmed.
  [[nodiscard]] std::string_view since(std::size_t pos) const;

  std::string_view keep(std::string_view text) { return arena_->keep(text); }

  bool init = false;
  std::int32_t init_offset = 0;
  bool double_monologue = true;

 private:
  void skip_more_space();
  bool operator_here();
  std::optional<std::string_view> quoted(bool triple, bool& raw);
  std::string_view unescape(std::string_view body);

  const LineFile* file_;
  std::uint32_t end_;
  std::uint32_t next_;
  std::uint32_t index_ = 0;
  bool done_ = false;
  std::string_view text_;
  std::size_t pos_ = 0;
  std::string_view global_label_;
  std::optional<Fault> fault_;
  TextArena* arena_;
};

/// Names that simple expressions and image names must not swallow.
bool is_keyword(std::string_view word);
std::string_view trimmed(std::string_view text);

}  // namespace bpyd::renpy
