// SPDX-License-Identifier: MIT
// Ren'Py's strings: how they are quoted, what their escapes mean, how monologues are cut.
#include <array>
#include <charconv>

#include "chars.hpp"
#include "lexer.hpp"

namespace bpyd::renpy {
namespace {

void append_utf8(std::string& out, unsigned code) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    tail(0);
  } else {
    if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;  // a lone surrogate has no UTF-8
    out += static_cast<char>(0xE0 | code >> 12);
    tail(6);
    tail(0);
  }
}

/// Runs of spaces become one; true when the text has to change for that or for an escape.
bool needs_work(std::string_view body) {
  for (std::size_t i = 0; i < body.size();) {
    if (body[i] == '\\') return true;
    const auto space = space_at(body, i);
    if (space > 0 && (body[i] != ' ' || space_at(body, i + 1) > 0)) return true;
    i += space > 0 ? space : char_at(body, i);
  }
  return false;
}

/// One escape; `i` is on the character after the backslash and left after the escape.
void dequote(std::string_view body, std::size_t& i, std::string& out) {
  const char c = body[i];
  if (c == '{' || c == '[' || c == '%') {
    out.append(2, c);
    ++i;
  } else if (c == 'n') {
    out += '\n';
    ++i;
  } else if (c == 'u') {
    unsigned code = 0;
    const auto digits = body.substr(i + 1, 4);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
    if (end != digits.data()) append_utf8(out, code);
    i += 1 + static_cast<std::size_t>(end - digits.data());
  } else {
    const auto size = char_at(body, i);
    out.append(body, i, size);
    i += size;
  }
}

}  // namespace

std::string_view Lexer::unescape(std::string_view body) {
  if (!needs_work(body)) return body;
  std::string out;
  out.reserve(body.size());
  for (std::size_t i = 0; i < body.size();) {
    if (space_at(body, i) > 0) {
      i = skip_spaces(body, i);
      out += ' ';
    } else if (body[i] == '\\' && i + 1 < body.size()) {
      ++i;
      if (space_at(body, i) > 0) {  // spaces collapse before escapes are read
        i = skip_spaces(body, i);
        out += ' ';
      } else {
        dequote(body, i, out);
      }
    } else {
      out += body[i++];
    }
  }
  return keep(std::move(out));
}

std::optional<std::string_view> Lexer::quoted(std::string_view delim, bool& raw) {
  if (failed()) return std::nullopt;
  skip_space();
  auto at = pos_;
  raw = at < text_.size() && text_[at] == 'r';
  if (raw) ++at;
  if (!text_.substr(at).starts_with(delim)) return std::nullopt;
  at += delim.size();
  for (auto end = at; end < text_.size(); ++end) {
    if (text_[end] == '\\') {
      ++end;
    } else if (text_[end] == delim[0] && text_.substr(end).starts_with(delim)) {
      pos_ = end + delim.size();
      return text_.substr(at, end - at);
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> Lexer::string() {
  bool raw = false;
  for (const std::string_view delim : {"\"", "'", "`"}) {
    if (const auto body = quoted(delim, raw)) return raw ? *body : unescape(*body);
  }
  return std::nullopt;
}

std::optional<std::vector<std::string_view>> Lexer::triple_string() {
  bool raw = false;
  std::optional<std::string_view> body;
  for (const std::string_view delim : {"\"\"\"", "'''", "```"}) {
    body = quoted(delim, raw);
    if (body) break;
  }
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
