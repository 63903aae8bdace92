// SPDX-License-Identifier: MIT
// What Ren'Py's regular expressions take for a space, a letter or a word, on UTF-8 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bpyd::renpy {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
/// parsersupport's letterlike(): ASCII only.
constexpr bool is_letterlike(char c) { return is_ascii_letter(c) || is_digit(c); }
constexpr bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

/// Bytes of the space character (Python's \s) at `pos`, 0 when there is none.
constexpr std::size_t space_at(std::string_view text, std::size_t pos) {
  if (pos >= text.size()) return 0;
  const auto byte = [&](std::size_t i) {
    return pos + i < text.size() ? static_cast<unsigned char>(text[pos + i]) : 0u;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead == ' ' || (lead >= 9 && lead <= 13) || (lead >= 0x1c && lead <= 0x1f) ? 1 : 0;
  if (lead == 0xC2) return byte(1) == 0x85 || byte(1) == 0xA0 ? 2 : 0;
  if (lead == 0xE1) return byte(1) == 0x9A && byte(2) == 0x80 ? 3 : 0;
  if (lead == 0xE2) {
    if (byte(1) == 0x80)
      return (byte(2) >= 0x80 && byte(2) <= 0x8A) || byte(2) == 0xA8 || byte(2) == 0xA9 || byte(2) == 0xAF
                 ? 3
                 : 0;
    return byte(1) == 0x81 && byte(2) == 0x9F ? 3 : 0;
  }
  return lead == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80 ? 3 : 0;
}

/// Bytes of the character U+00A0…U+FFFD at `pos`, 0 when it is another.
constexpr std::size_t wide_letter_at(std::string_view text, std::size_t pos) {
  if (pos >= text.size()) return 0;
  const auto lead = static_cast<unsigned char>(text[pos]);
  if (lead < 0xC2 || lead >= 0xF0) return 0;
  // A view may end inside a character: a line that was cut where bytes, not letters, are counted.
  if (pos + (lead < 0xE0 ? 2U : 3U) > text.size()) return 0;
  if (lead < 0xE0) return lead == 0xC2 && static_cast<unsigned char>(text[pos + 1]) < 0xA0 ? 0 : 2;
  if (lead == 0xEF && text.substr(pos + 1, 1) == "\xBF" && static_cast<unsigned char>(text[pos + 2]) >= 0xBE)
    return 0;
  return 3;
}

/// End of the word ([a-zA-Z_\u00a0-\ufffd][0-9a-zA-Z_\u00a0-\ufffd]*) at `pos`; `pos` when none.
constexpr std::size_t word_end(std::string_view text, std::size_t pos) {
  std::size_t at = pos;
  if (at < text.size() && is_digit(text[at])) return pos;
  while (at < text.size()) {
    if (is_letterlike(text[at]))
      ++at;
    else if (const auto wide = wide_letter_at(text, at))
      at += wide;
    else
      break;
  }
  return at;
}

/// Bytes of the UTF-8 character at `pos` (valid UTF-8 assumed).
constexpr std::size_t char_at(std::string_view text, std::size_t pos) {
  const auto lead = static_cast<unsigned char>(text[pos]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return pos + size <= text.size() ? size : text.size() - pos;
}

constexpr std::size_t skip_spaces(std::string_view text, std::size_t pos) {
  while (const auto size = space_at(text, pos)) pos += size;
  return pos;
}

constexpr bool is_blank(std::string_view text) { return skip_spaces(text, 0) >= text.size(); }

}  // namespace bpyd::renpy
