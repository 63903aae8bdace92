// SPDX-License-Identifier: MIT
// How long dialogue takes to read: 200 words a minute, or 500 characters where the script has no
// spaces between words.
//
// Silent reading of English goes at 238 words a minute (Brysbaert 2019, 190 studies); whoever plays
// also looks and clicks, so 200. Japanese and Chinese are commonly reckoned at 400 to 600 characters a
// minute. Korean has spaces and goes by words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bpyd::analysis {

/// Where the text tag ({b}, {w=0.5}) that begins at `at` ends: the place of its brace; npos when none does.
std::size_t end_of_tag(std::string_view text, std::size_t at);

/// Words of dialogue as Ren'Py's lint counts them: text tags left out, split at spaces.
std::int64_t count_words(std::string_view text);

/// What is read of one text, in ticks of 60 ms: words and characters are whole numbers of them, so
/// that sums do not depend on how they are cut. `words`: what count_words says of it.
std::int64_t reading_ticks(std::string_view text, std::int64_t words);

constexpr std::int64_t kTicksOfAMinute = 1000;
constexpr std::int64_t kTicksOfAWord = kTicksOfAMinute / 200;
constexpr std::int64_t kTicksOfACharacter = kTicksOfAMinute / 500;

/// Whole seconds, to the nearest.
constexpr std::int64_t seconds_of(std::int64_t ticks) {
  return (ticks * 60 + kTicksOfAMinute / 2) / kTicksOfAMinute;
}

}  // namespace bpyd::analysis
