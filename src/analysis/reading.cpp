// SPDX-License-Identifier: MIT
#include "reading.hpp"

#include <algorithm>

namespace bpyd::analysis {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Where the text tag that begins at `i` ends; `i` itself when none does.
std::size_t past_tag(std::string_view text, std::size_t i) {
  if (text[i] != '{' || i + 1 >= text.size() || text[i + 1] == '{') return i;
  const auto end = text.find('}', i);
  return end == std::string_view::npos ? i : end;
}

enum class Sign : std::uint8_t { between, part_of_word, character };

Sign sign_of(char32_t c) {
  const auto within = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  if (c < 0x80)
    return within('0', '9') || within('A', 'Z') || within('a', 'z') || c == '\'' || c == '_'
               ? Sign::part_of_word
               : Sign::between;
  if (within(0x3005, 0x3007) || within(0x3040, 0x312F) || within(0x31A0, 0x31FF) || within(0x3400, 0x4DBF) ||
      within(0x4E00, 0x9FFF) || within(0xF900, 0xFAFF) || within(0xFF66, 0xFF9F) || within(0x20000, 0x3FFFF))
    return Sign::character;
  const bool wide_letter = within(0xFF10, 0xFF19) || within(0xFF21, 0xFF3A) || within(0xFF41, 0xFF5A);
  if (within(0xA0, 0xBF) || within(0x2000, 0x206F) || within(0x2190, 0x2BFF) || within(0x3000, 0x303F) ||
      (within(0xFF00, 0xFF65) && !wide_letter))
    return Sign::between;
  return Sign::part_of_word;
}

/// The character that begins at `i`, which goes on to the last of its bytes.
char32_t character_at(std::string_view text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i]);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t c = lead & (0x3FU >> more);
  for (std::size_t n = 0;
       n < more && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0U) == 0x80; ++n)
    c = c << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU);
  return c;
}

}  // namespace

std::size_t end_of_tag(std::string_view text, std::size_t at) {
  if (text[at] != '{' || at + 1 >= text.size() || text[at + 1] == '{') return std::string_view::npos;
  return text.find('}', at);
}

std::int64_t count_words(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto end = end_of_tag(text, i); end != std::string_view::npos) {
      i = end;
      continue;
    }
    // "{{" is one brace.
    if (text[i] == '{' && i + 1 < text.size() && text[i + 1] == '{') ++i;
    const bool space = is_space(text[i]) || (text[i] == '\xE3' && text.substr(i).starts_with("\xE3\x80\x80"));
    if (!space && !inside) ++words;
    inside = !space;
    if (space && !is_space(text[i])) i += 2;
  }
  return words;
}

std::int64_t reading_ticks(std::string_view text, std::int64_t words) {
  const bool wide = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0xE3; });
  if (!wide) return words * kTicksOfAWord;
  std::int64_t characters = 0, others = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto end = past_tag(text, i); end != i) {
      i = end;
      continue;
    }
    const auto sign = sign_of(character_at(text, i));
    if (sign == Sign::character) ++characters;
    if (sign == Sign::part_of_word && !inside) ++others;
    inside = sign == Sign::part_of_word;
  }
  return characters == 0 ? words * kTicksOfAWord : characters * kTicksOfACharacter + others * kTicksOfAWord;
}

}  // namespace bpyd::analysis
