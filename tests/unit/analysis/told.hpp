// SPDX-License-Identifier: MIT
// Shorthand for tests: scripts as text, their stats2, paths as words.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"

namespace bpyd::analysis {

inline std::vector<SourceFile> sources(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<SourceFile> out;
  for (const auto& [file, text] : files) out.push_back({file, std::make_shared<const std::string>(text), ""});
  return out;
}

inline Stats2 told(const std::string& script) {
  Analyzer analyzer;
  return analyzer.analyze(sources({{"game/script.rpy", script}}));
}

inline std::vector<Path> paths_in(const Stats2& stats) {
  std::vector<Path> out;
  for (std::size_t i = 0; i < stats.paths.size(); ++i) out.push_back(stats.paths.tell(i));
  return out;
}

/// "start a: One, Two > return"
inline std::string in_words(const Path& path) {
  std::string out;
  for (const auto& label : path.labels) out += (out.empty() ? "" : " ") + label;
  out += ":";
  for (const auto& choice : path.choices) out += " " + choice.text;
  return out + " > " + path.ending_kind;
}

inline std::vector<std::string> paths_of(const std::string& script) {
  std::vector<std::string> out;
  const auto stats = told(script);
  for (const auto& path : paths_in(stats)) out.push_back(in_words(path));
  return out;
}

/// Two choices, one of them a loop; a variable; two endings.
inline const std::string kStory =
    "define config.name = _(\"The Walk\")\n"
    "define e = Character(\"Eileen\")\n"
    "default points = 0\n"
    "label start:\n"
    "    e \"Shall we {b}go{/b}?\"\n"
    "    menu ask:\n"
    "        \"Where?\"\n"
    "        \"To the lake\":\n"
    "            $ points += 1\n"
    "            jump lake\n"
    "        \"Ask again\" if points < 3:\n"
    "            jump ask\n"
    "        \"Home\":\n"
    "            return\n"
    "label lake:\n"
    "    call swim from _swim\n"
    "    if points > 0:\n"
    "        \"Well done.\"\n"
    "    return\n"
    "label swim:\n"
    "    \"Splash, splash.\"\n"
    "    return\n";

}  // namespace bpyd::analysis
