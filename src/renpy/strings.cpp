// SPDX-License-Identifier: MIT
// Ren'Py's strings: how they are quoted, what their escapes mean, how monologues are cut.
#include <charconv>

#include "chars.hpp"
#include "lexer.hpp"

namespace bpyd::renpy {
namespace {

/// Writes at `out`, and moves it on.
void append_utf8(char*& out, unsigned code) {
  const auto tail = [&](unsigned shift) { *out++ = static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xC0 | code >> 6);
    tail(0);
  } else {
    if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;  // a lone surrogate has no UTF-8
    *out++ = static_cast<char>(0xE0 | code >> 12);
    tail(6);
    tail(0);
  }
}

/// Runs of spaces become one; true when the text has to change for that or for an escape.
bool needs_work(std::string_view body) {
  for (auto i = plain_end(body, 0, '\\'); i < body.size(); ++i) {
    if (body[i] == '\\') return true;
    if (space_at(body, i) > 0 && (body[i] != ' ' || space_at(body, i + 1) > 0)) return true;
  }
  return false;
}

/// One escape; `i` is on the character after the backslash and left after the escape.
/// No escape is longer than what it is written as, so the room for the text is room enough.
void dequote(std::string_view body, std::size_t& i, char*& out) {
  const char c = body[i];
  if (c == '{' || c == '[' || c == '%') {
    *out++ = c;
    *out++ = c;
    ++i;
  } else if (c == 'n') {
    *out++ = '\n';
    ++i;
  } else if (c == 'u') {
    unsigned code = 0;
    const auto digits = body.substr(i + 1, 4);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
    if (end != digits.data()) append_utf8(out, code);
    i += 1 + static_cast<std::size_t>(end - digits.data());
  } else {
    for (auto size = char_at(body, i); size > 0; --size) *out++ = body[i++];
  }
}

}  // namespace

std::string_view Lexer::unescape(std::string_view body) {
  if (!needs_work(body)) return body;
  char* const begin = arena_->room(body.size());
  char* out = begin;
  const auto plain = [&](std::size_t i) { return !is(body[i], kPerhapsSpace) && body[i] != '\\'; };
  for (std::size_t i = 0; i < body.size();) {
    if (plain(i)) {
      do *out++ = body[i++];
      while (i < body.size() && plain(i));
    } else if (space_at(body, i) > 0) {
      i = skip_spaces(body, i);
      *out++ = ' ';
    } else if (body[i] == '\\' && i + 1 < body.size()) {
      ++i;
      if (space_at(body, i) > 0) {  // spaces collapse before escapes are read
        i = skip_spaces(body, i);
        *out++ = ' ';
      } else {
        dequote(body, i, out);
      }
    } else {
      *out++ = body[i++];
    }
  }
  return arena_->commit(static_cast<std::size_t>(out - begin));
}

/// The text between quotes of one kind, or between three of them and three.
std::optional<std::string_view> Lexer::quoted(bool triple, bool& raw) {
  if (failed()) return std::nullopt;
  skip_space();
  auto at = pos_;
  raw = at < text_.size() && text_[at] == 'r';
  if (raw) ++at;
  if (at >= text_.size() || !is_quote(text_[at])) return std::nullopt;
  const char quote = text_[at];
  const auto closes = [&](std::size_t i) {
    return !triple || (i + 2 < text_.size() && text_[i + 1] == quote && text_[i + 2] == quote);
  };
  if (!closes(at)) return std::nullopt;
  const std::size_t size = triple ? 3 : 1;
  at += size;
  for (auto end = at; (end = find_of(text_, end, quote, '\\', quote, '\\')) < text_.size(); ++end) {
    if (text_[end] == '\\') {
      ++end;
    } else if (closes(end)) {
      pos_ = end + size;
      return text_.substr(at, end - at);
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> Lexer::string() {
  bool raw = false;
  const auto body = quoted(false, raw);
  return body && !raw ? unescape(*body) : body;
}

bool Lexer::plain_say(std::string_view& who, std::vector<std::string_view>& attributes,
                      std::string_view& what) {
  // What is not plain (a prefix or three quotes, an operator, anything but words) is left to the
  // methods that follow Ren'Py's; where this answers true, they would have found the same.
  // A wide space is a letter too, to Ren'Py's word: which of both it is depends on where it stands.
  if (failed() || has_block() || space_at(text_, 0) > 0) return false;
  std::size_t at = 0;
  for (bool first = true; at < text_.size() && text_[at] != '"'; first = false) {
    const auto begin = at;
    if (first) {
      at = word_end(text_, at);
    } else {
      while (at < text_.size() && (is_letterlike(text_[at]) || (text_[at] == '-' && at > begin))) ++at;
    }
    const auto word = text_.substr(begin, at - begin);
    if (word.empty() || at >= text_.size() || text_[at] != ' ' || is_keyword(word)) return false;
    if (first && (word == "or" || word == "and" || word == "not" || word == "is")) return false;
    if (first)
      who = trimmed(word);
    else
      attributes.push_back(word);
    while (at < text_.size() && text_[at] == ' ') ++at;
  }
  if (at >= text_.size() || text_.substr(at, 3) == "\"\"\"") return false;
  const auto begin = ++at;
  at = plain_end(text_, at, '"');
  const bool plain = at < text_.size() && text_[at] == '"';
  while (at < text_.size() && text_[at] != '"')
    at = find_of(text_, at + (text_[at] == '\\' ? 2 : 1), '"', '\\', '"', '\\');
  if (at >= text_.size() || !is_blank(text_.substr(at + 1))) return false;
  what = text_.substr(begin, at - begin);
  if (!plain) what = unescape(what);
  return true;
}

std::optional<std::vector<std::string_view>> Lexer::triple_string() {
  bool raw = false;
  const auto body = quoted(true, raw);
  if (!body) return std::nullopt;
  if (raw) return std::vector{*body};
  std::vector<std::string_view> out;
  std::string_view rest = *body;
  while (!rest.empty()) {
    // A paragraph ends where (spaces aside) the delimiter's newlines follow one another.
    std::size_t end = 0;
    std::size_t after = rest.size();
    for (; end < rest.size(); ++end) {
      if (rest[end] == '\\' && end + 1 < rest.size() && rest[end + 1] != '\n') {
        ++end;
        continue;
      }
      if (rest[end] != '\n') continue;
      after = end + 1;
      if (!double_monologue) break;
      while (after < rest.size() && rest[after] == ' ') ++after;
      if (after < rest.size() && rest[after] == '\n') break;
      after = rest.size();
    }
    const auto part = trimmed(rest.substr(0, std::min(end, rest.size())));
    if (!part.empty()) out.push_back(unescape(part));
    rest.remove_prefix(end >= rest.size() ? rest.size()
                                          : std::min(after + 1 - (double_monologue ? 0 : 1), rest.size()));
  }
  return out;
}

}  // namespace bpyd::renpy
