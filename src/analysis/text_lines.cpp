// SPDX-License-Identifier: MIT
#include "text_lines.hpp"

#include "bpyd/core/strings.hpp"

namespace bpyd::analysis {

namespace {

std::int64_t columns_of(char32_t c) {
  const auto within = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  if (c < 0x300) return 1;
  if (within(0x300, 0x36F) || within(0x200B, 0x200F) || within(0xFE00, 0xFE0F)) return 0;
  const bool wide = within(0x1100, 0x115F) || within(0x2E80, 0xA4CF) || within(0xAC00, 0xD7A3) ||
                    within(0xF900, 0xFAFF) || within(0xFE30, 0xFE6F) || within(0xFF00, 0xFF60) ||
                    within(0xFFE0, 0xFFE6) || within(0x1F300, 0x1FAFF) || within(0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

/// The character that begins at `i`, which goes on to the next one.
char32_t next_character(std::string_view text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  if (lead < 0xC0) return lead;
  const unsigned more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t c = lead & (0x3FU >> more);
  for (unsigned n = 0; n < more && i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80;
       ++n)
    c = c << 6U | (static_cast<unsigned char>(text[i++]) & 0x3FU);
  return c;
}

}  // namespace

std::vector<std::string_view> text_lines(std::string_view text, std::int64_t columns, std::size_t most) {
  std::vector<std::string_view> lines;
  std::size_t line = 0, word = 0;         // where they begin
  std::int64_t used = 0, used_by_it = 0;  // columns of the line, and of them those of its last word
  for (std::size_t i = 0; i < text.size() && lines.size() < most;) {
    const auto start = i;
    const auto c = next_character(text, i);
    if (c == ' ') {
      if (used < columns) ++used;
      word = i;
      used_by_it = 0;
      continue;
    }
    const auto own = columns_of(c);
    if (own == 2) {
      word = start;
      used_by_it = 0;
    }
    if (used + own > columns) {
      const auto cut = word > line ? word : start;
      lines.push_back(trim(text.substr(line, cut - line)));
      if (cut == start) used_by_it = 0;
      line = word = cut;
      used = used_by_it;
    }
    used += own;
    used_by_it += own;
    if (own == 2) {
      word = i;
      used_by_it = 0;
    }
  }
  if (lines.size() < most) lines.push_back(trim(text.substr(line)));
  return lines;
}

}  // namespace bpyd::analysis
