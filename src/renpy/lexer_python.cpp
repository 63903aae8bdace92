// SPDX-License-Identifier: MIT
// The parts of the lexer that find where a Python expression ends.
#include <algorithm>
#include <array>

#include "chars.hpp"
#include "lexer.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::array<std::string_view, 20> kOperators = {"<>", "<<", "<=", "<", ">>", ">=", ">",
                                                         "!=", "==", "|",  "^", "&",  "+",  "-",
                                                         "**", "*",  "//", "/", "%",  "~"};
constexpr std::array<std::string_view, 5> kWordOperators = {"or", "and", "not", "in", "is"};

char closer(char open) { return open == '(' ? ')' : open == '[' ? ']' : '}'; }
bool is_open(char c) { return c == '(' || c == '[' || c == '{'; }

}  // namespace

bool Lexer::python_string() {
  if (failed() || eol()) return false;
  const auto old = pos_;
  for (const char modifier : {'u', 'r', 'f'}) {
    if (text_[pos_] != modifier) continue;
    if (++pos_ == text_.size()) {
      pos_ = old;
      return false;
    }
  }
  const char delim = text_[pos_];
  if (delim != '"' && delim != '\'') {
    pos_ = old;
    return false;
  }
  while (true) {
    ++pos_;
    if (eol()) return fail("The line ends inside a string");
    if (text_[pos_] == delim) break;
    if (text_[pos_] == '\\') ++pos_;
  }
  ++pos_;
  return true;
}

std::optional<std::string_view> Lexer::delimited_python(std::string_view delims) {
  if (failed()) return std::nullopt;
  const auto start = pos_;
  std::string closers;
  while (!eol()) {
    const char c = text_[pos_];
    if (closers.empty() && delims.find(c) != std::string_view::npos) return text_.substr(start, pos_ - start);
    if (!closers.empty() && c == closers.back()) {
      closers.pop_back();
      ++pos_;
    } else if (c == '"' || c == '\'') {
      if (!python_string()) return std::nullopt;
    } else {
      if (is_open(c)) closers.push_back(closer(c));
      ++pos_;
    }
  }
  fail(std::string("The line ends where '") + (closers.empty() ? delims.front() : closers.back()) +
       "' is expected");
  return std::nullopt;
}

bool Lexer::parenthesised_python() {
  if (failed() || pos_ >= text_.size() || !is_open(text_[pos_])) return false;
  const char close = closer(text_[pos_++]);
  if (!delimited_python({&close, 1})) return false;
  ++pos_;
  return true;
}

std::string_view Lexer::python_expression() {
  const auto found = delimited_python(":");
  if (!found) return {};
  const auto expression = trimmed(*found);
  if (expression.empty()) fail("An expression is expected here");
  return expression;
}

bool Lexer::operator_here() {
  if (failed()) return false;
  skip_space();
  const auto here = text_.substr(pos_);
  if (here.empty()) return false;
  if (!is_ascii_letter(here[0])) {
    if (is_quote(here[0])) return false;
    for (const auto op : kOperators) {
      if (here.starts_with(op)) {
        pos_ += op.size();
        return true;
      }
    }
    return false;
  }
  if (here[0] != 'o' && here[0] != 'a' && here[0] != 'n' && here[0] != 'i') return false;
  // \bin\b: `pos_` is at a word's start only when the character before is no word character.
  if (pos_ > 0 && (is_letterlike(text_[pos_ - 1]) || static_cast<unsigned char>(text_[pos_ - 1]) >= 0x80))
    return false;
  const auto end = word_end(text_, pos_);
  const auto found = text_.substr(pos_, end - pos_);
  if (std::ranges::find(kWordOperators, found) == kWordOperators.end()) return false;
  pos_ = end;
  return true;
}

std::string_view Lexer::simple_expression(bool comma, bool operators) {
  if (failed()) return {};
  const auto start = pos_;
  while (true) {
    while (operator_here()) {
    }
    if (eol()) break;
    if (!(python_string() || !name().empty() || number() || parenthesised_python())) break;
    while (!eol()) {
      if (match(".")) {
        if (word().empty()) {
          fail("A name is expected after the dot");
          return {};
        }
        continue;
      }
      if (!parenthesised_python()) break;
    }
    if (failed()) return {};
    if (operators && operator_here()) continue;
    if (comma && match(",")) continue;
    break;
  }
  if (failed()) return {};
  return since(start);
}

std::string_view Lexer::require_simple_expression() {
  const auto found = simple_expression();
  if (found.empty()) fail("An expression is expected here");
  return found;
}

std::string_view Lexer::arguments() {
  if (failed()) return {};
  skip_space();
  const auto start = pos_;
  if (pos_ >= text_.size() || text_[pos_] != '(' || !parenthesised_python()) return {};
  return since(start);
}

}  // namespace bpyd::renpy
