// SPDX-License-Identifier: MIT
// Ignore lines and the paths they are asked of: lines, an empty line, then paths. Besides not failing: what a
// rule of its own ignores is ignored within, and a line with a problem changes no answer.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/core/strings.hpp"
#include "ignore.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using bpyd::io::IgnoreRules;
  const std::string text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 16 * 1024));
  const auto blank = text.find("\n\n");
  const auto lines = bpyd::split(text.substr(0, blank), '\n');
  const auto paths = blank == std::string::npos ? std::vector<std::string>{"game/script.rpy"} : bpyd::split(text.substr(blank + 2), '\n');
  std::vector<std::string> sound;
  for (const auto& line : lines) {
    if (IgnoreRules::problem(line).empty()) sound.push_back(line);
  }
  const auto all = IgnoreRules::only(lines), without_problems = IgnoreRules::only(sound);
  for (const auto& path : paths) {
    for (const bool folder : {false, true}) {
      const bool own = all.ignored(path, folder);
      if (own && !all.ignored_within(path, folder)) std::abort();
      if (own != without_problems.ignored(path, folder)) std::abort();
    }
  }
  return 0;
}
