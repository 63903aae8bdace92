// SPDX-License-Identifier: MIT
// What Ren'Py's regular expressions take for a space, a letter or a word, on UTF-8 bytes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bpyd::renpy {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
/// What a byte can be, for loops that go over every one of them.
enum Class : std::uint8_t {
  kLetterlike = 1,
  kPerhapsSpace = 2,  // a space, or the lead of a character that may be one
  kSplits = 4,        // outside strings it may end a line, open a bracket or begin a `__name`
};
constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const char c = static_cast<char>(i);
    if (is_ascii_letter(c) || is_digit(c)) classes[i] |= kLetterlike;
    if (c == ' ' || (i >= 9 && i <= 13) || (i >= 0x1c && i <= 0x1f) || i == 0xC2 || (i >= 0xE1 && i <= 0xE3))
      classes[i] |= kPerhapsSpace;
    if (std::string_view("\n\r\t\\()[]{}#\"'`_").find(c) != std::string_view::npos) classes[i] |= kSplits;
  }
  return classes;
}();
constexpr bool is(char c, Class what) { return (kClasses[static_cast<unsigned char>(c)] & what) != 0; }

/// parsersupport's letterlike(): ASCII only.
constexpr bool is_letterlike(char c) { return is(c, kLetterlike); }
constexpr bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

/// space_at() where a byte stands that may begin a space.
constexpr std::size_t perhaps_space_at(std::string_view text, std::size_t pos) {
  const auto byte = [&](std::size_t i) {
    return pos + i < text.size() ? static_cast<unsigned char>(text[pos + i]) : 0u;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
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

/// Bytes of the space character (Python's \s) at `pos`, 0 when there is none.
constexpr std::size_t space_at(std::string_view text, std::size_t pos) {
  return pos < text.size() && is(text[pos], kPerhapsSpace) ? perhaps_space_at(text, pos) : 0;
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

/// Sixteen bytes at a time; a vector of the compiler, whatever the machine has for it.
using Bytes [[gnu::vector_size(16)]] = signed char;

/// The first of `hits` (-1 where it hit, 0 elsewhere); 16: none.
inline std::size_t first_hit(Bytes hits) {
  std::array<std::uint64_t, 2> half{};
  static_assert(sizeof half == sizeof hits);
  std::memcpy(half.data(), &hits, sizeof half);
  const auto byte_of = [](std::uint64_t bits) {
    return static_cast<std::size_t>(std::endian::native == std::endian::little ? std::countr_zero(bits)
                                                                               : std::countl_zero(bits)) /
           8;
  };
  if (half[0] != 0) return byte_of(half[0]);
  return half[1] != 0 ? 8 + byte_of(half[1]) : 16;
}

inline Bytes bytes_at(const char* from) {
  Bytes out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

constexpr signed char as_byte(char c) { return static_cast<signed char>(c); }

/// Where from `pos` on one of these four stands; the text's size: nowhere.
inline std::size_t find_of(std::string_view text, std::size_t pos, char a, char b, char c, char d) {
  for (; pos + sizeof(Bytes) <= text.size(); pos += sizeof(Bytes)) {
    const auto here = bytes_at(text.data() + pos);
    const auto hit =
        first_hit((here == as_byte(a)) | (here == as_byte(b)) | (here == as_byte(c)) | (here == as_byte(d)));
    if (hit < sizeof(Bytes)) return pos + hit;
  }
  while (pos < text.size() && text[pos] != a && text[pos] != b && text[pos] != c && text[pos] != d) ++pos;
  return pos;
}

/// Where from `pos` on stands `end`, or what keeps a text from being itself: a backslash, two
/// spaces, another character than ASCII has for print. The text's size: nowhere.
inline std::size_t plain_end(std::string_view text, std::size_t pos, char end) {
  for (; pos + sizeof(Bytes) < text.size(); pos += sizeof(Bytes)) {
    const auto here = bytes_at(text.data() + pos);
    const auto next = bytes_at(text.data() + pos + 1);
    const auto hit = first_hit((here == as_byte(end)) | (here == as_byte('\\')) | (here < as_byte(' ')) |
                               ((here == as_byte(' ')) & (next == as_byte(' '))));
    if (hit < sizeof(Bytes)) return pos + hit;
  }
  for (; pos < text.size(); ++pos) {
    const char c = text[pos];
    if (c == end || c == '\\' || as_byte(c) < as_byte(' ')) break;
    if (c == ' ' && pos + 1 < text.size() && text[pos + 1] == ' ') break;
  }
  return pos;
}

constexpr bool is_blank(std::string_view text) { return skip_spaces(text, 0) >= text.size(); }

}  // namespace bpyd::renpy
