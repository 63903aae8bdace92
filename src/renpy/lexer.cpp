// SPDX-License-Identifier: MIT
// renpy.parser.Lexer on string_views; the order of attempts is Ren'Py's, since it decides.
#include "lexer.hpp"

#include <algorithm>
#include <array>

#include "chars.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::array<std::string_view, 23> kKeywords = {
    "$",     "as",    "at",   "behind", "call",   "expression", "hide",   "if",
    "in",    "image", "init", "jump",   "menu",   "onlayer",    "python", "return",
    "scene", "show",  "with", "while",  "zorder", "transform",  "\xff"};

}  // namespace

bool is_keyword(std::string_view word) {
  // Asked of nearly every word in a script: most are told by their first letter.
  constexpr std::uint32_t kFirst = [] {
    std::uint32_t letters = 0;
    for (const auto keyword : kKeywords) letters |= 1U << (static_cast<unsigned char>(keyword[0]) & 31U);
    return letters;
  }();
  return !word.empty() && word.size() <= 10 &&
         (kFirst >> (static_cast<unsigned char>(word[0]) & 31U) & 1U) != 0 &&
         std::ranges::find(kKeywords, word) != kKeywords.end();
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(skip_spaces(text, 0), text.size()));
  while (!text.empty()) {
    std::size_t size = 0;
    for (std::size_t n = 1; n <= 3 && n <= text.size() && size == 0; ++n) {
      if (space_at(text, text.size() - n) == n) size = n;
    }
    if (size == 0) break;
    text.remove_suffix(size);
  }
  return text;
}

bool Lexer::advance() {
  fault_.reset();
  if (next_ >= end_) {
    done_ = true;
    text_ = {};
    pos_ = 0;
    return false;
  }
  index_ = next_;
  next_ = line().block_end;
  text_ = line().text;
  pos_ = 0;
  return true;
}

Lexer Lexer::block_lexer() const {
  Lexer inner(*file_, index_ + 1, line().block_end, *arena_);
  inner.init = init;
  inner.init_offset = init_offset;
  inner.double_monologue = double_monologue;
  inner.global_label_ = global_label_;
  return inner;
}

bool Lexer::fail(std::string message) {
  if (!fault_) fault_ = Fault{std::move(message), pos_, false};
  return false;
}

void Lexer::skip_more_space() {
  while (true) {
    pos_ = skip_spaces(text_, pos_);
    if (pos_ + 1 < text_.size() && text_[pos_] == '\\' && text_[pos_ + 1] == '\n')
      pos_ += 2;
    else
      return;
  }
}

bool Lexer::expect_eol() {
  if (failed()) return false;
  return eol() || fail("End of line expected");
}

bool Lexer::expect_noblock(std::string_view statement) {
  if (failed()) return false;
  if (!has_block()) return true;
  fault_ =
      Fault{"This line is indented, but " + std::string(statement) + " above it takes no block", pos_, true};
  return false;
}

bool Lexer::expect_block(std::string_view statement) {
  if (failed()) return false;
  return has_block() || fail(std::string(statement) + " needs an indented block below it");
}

bool Lexer::match(std::string_view mark) {
  if (failed()) return false;
  skip_space();
  if (!text_.substr(pos_).starts_with(mark)) return false;
  pos_ += mark.size();
  return true;
}

bool Lexer::require(std::string_view mark) {
  return match(mark) || fail("Expected '" + std::string(mark) + "' here");
}

bool Lexer::keyword(std::string_view wanted) {
  if (failed()) return false;
  const auto old = pos_;
  skip_space();
  if (pos_ < text_.size() && text_[pos_] == wanted[0] && word() == wanted) return true;
  pos_ = old;
  return false;
}

std::string_view Lexer::word() {
  if (failed()) return {};
  skip_space();
  const auto end = word_end(text_, pos_);
  const auto found = text_.substr(pos_, end - pos_);
  pos_ = end;
  return found;
}

std::string_view Lexer::name() {
  const auto old = pos_;
  const auto found = word();
  const bool prefix = found == "r" || found == "u" || found == "ur";
  if ((prefix && pos_ < text_.size() && is_quote(text_[pos_])) || is_keyword(found)) {
    pos_ = old;
    return {};
  }
  return found;
}

std::string_view Lexer::dotted_name() {
  const auto first = name();
  if (first.empty()) return {};
  const auto begin = static_cast<std::size_t>(first.data() - text_.data());
  while (match(".")) {
    if (name().empty()) {
      fail("A name is expected after the dot");
      return {};
    }
  }
  return text_.substr(begin, pos_ - begin);
}

std::string_view Lexer::hash() {
  if (failed()) return {};
  skip_space();
  const auto begin = pos_;
  while (pos_ < text_.size()) {
    if (is_letterlike(text_[pos_]))
      ++pos_;
    else if (const auto wide = wide_letter_at(text_, pos_))
      pos_ += wide;
    else
      break;
  }
  return text_.substr(begin, pos_ - begin);
}

std::string_view Lexer::image_name_component() {
  if (failed()) return {};
  const auto old = pos_;
  skip_space();
  const auto begin = pos_;
  while (pos_ < text_.size()) {
    if (is_letterlike(text_[pos_]) || text_[pos_] == '-')
      ++pos_;
    else if (const auto wide = wide_letter_at(text_, pos_))
      pos_ += wide;
    else
      break;
  }
  const auto found = text_.substr(begin, pos_ - begin);
  if (((found == "r" || found == "u") && pos_ < text_.size() && is_quote(text_[pos_])) || is_keyword(found)) {
    pos_ = old;
    return {};
  }
  return found;
}

std::optional<std::string_view> Lexer::integer() {
  if (failed()) return std::nullopt;
  skip_space();
  auto end = pos_;
  if (end < text_.size() && (text_[end] == '+' || text_[end] == '-')) ++end;
  const auto digits = end;
  while (end < text_.size() && is_digit(text_[end])) ++end;
  if (end == digits) return std::nullopt;
  const auto found = text_.substr(pos_, end - pos_);
  pos_ = end;
  return found;
}

bool Lexer::number() {
  if (failed()) return false;
  skip_space();
  auto end = pos_;
  const auto digits = [&] {
    const auto from = end;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    return end > from;
  };
  if (end < text_.size() && (text_[end] == '+' || text_[end] == '-')) ++end;
  if (digits()) {
    if (end < text_.size() && text_[end] == '.') {
      ++end;
      digits();
    }
  } else {
    if (end >= text_.size() || text_[end] != '.') return false;
    ++end;
    if (!digits()) return false;
  }
  const auto mantissa = end;
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    ++end;
    if (end < text_.size() && (text_[end] == '+' || text_[end] == '-')) ++end;
    if (!digits()) end = mantissa;
  }
  pos_ = end;
  return true;
}

void Lexer::set_global_label(std::string_view label) {
  if (!label.empty() && label[0] != '.') global_label_ = label.substr(0, label.find('.'));
}

std::string_view Lexer::label_name(bool declare) {
  const auto old = pos_;
  const auto nothing = [&] {
    pos_ = old;
    return std::string_view{};
  };
  auto global = name();
  std::string_view local;
  if (global.empty()) {
    if (!match(".") || global_label_.empty()) return nothing();
    global = global_label_;
    local = name();
    if (local.empty()) return nothing();
  } else if (match(".")) {
    if (declare && global != global_label_) return nothing();
    local = name();
    if (local.empty()) return nothing();
  }
  if (local.empty()) return global;
  // "global.local" as written is already one piece of the text.
  if (global.data() + global.size() + 1 == local.data()) {
    return {global.data(), global.size() + 1 + local.size()};
  }
  return keep(std::string(global).append(1, '.').append(local));
}

std::string_view Lexer::rest() {
  if (failed()) return {};
  const auto found = trimmed(text_.substr(pos_));
  pos_ = text_.size();
  return found;
}

std::string_view Lexer::since(std::size_t pos) const { return trimmed(text_.substr(pos, pos_ - pos)); }

}  // namespace bpyd::renpy
