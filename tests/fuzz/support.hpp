// SPDX-License-Identifier: MIT
// What fuzz targets share: the input as text, and invariants that hold or stop the run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bpyd::fuzz {

/// Stops the fuzzer, which then names the input.
inline void demand(bool holds, std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "The invariant in line %u of %s does not hold\n", where.line(), where.function_name());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

/// "name\nrest" → name; the text keeps the rest.
inline std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// Several files in one input: a line "#name" begins each; what stands before the first is the file "".
inline std::vector<std::pair<std::string, std::string>> files_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> files{{"", ""}};
  while (!text.empty()) {
    const bool ended = text.contains('\n');
    const auto line = take_line(text);
    if (line.starts_with('#')) files.emplace_back(line.substr(1), "");
    else files.back().second.append(line).append(ended ? "\n" : "");
  }
  return files;
}

}  // namespace bpyd::fuzz
