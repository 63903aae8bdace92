// SPDX-License-Identifier: MIT
// Where a text breaks when it is written into a narrow place, by columns of a fixed width.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace bpyd::analysis {

constexpr std::int64_t kPinColumns = 26;  // of a choice on a card

/// At least one line, at most `most`: the rest is left out. East Asian wide characters are two columns
/// and may be parted; other texts break at spaces, words that fill a line anywhere. Views into `text`.
std::vector<std::string_view> text_lines(std::string_view text, std::int64_t columns, std::size_t most);

}  // namespace bpyd::analysis
