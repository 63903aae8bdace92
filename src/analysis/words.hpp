// SPDX-License-Identifier: MIT
// What a Python name is made of, for readers that go by tokens. Bytes above ASCII count as letters.
#pragma once

#include <algorithm>
#include <string_view>

namespace bpyd::analysis {

constexpr bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool in_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }
constexpr bool is_name(std::string_view text) {
  return !text.empty() && begins_name(text[0]) && std::ranges::all_of(text, in_name);
}

}  // namespace bpyd::analysis
