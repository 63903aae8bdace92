// SPDX-License-Identifier: MIT
// Shorthand for tests: a script as text, its parse, its diagnostics as "line:id" words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bpyd/renpy/parser.hpp"
#include "bpyd/renpy/story.hpp"

namespace bpyd::renpy {

inline std::shared_ptr<const ParsedFile> parsed(std::string text, const std::string& file = "game/script.rpy",
                                                const std::vector<CustomStatement>& custom = {}) {
  return parse_script(file, std::make_shared<const std::string>(std::move(text)), custom);
}

inline std::vector<std::string> faults(const ParsedFile& file) {
  std::vector<std::string> out;
  for (const auto& what : file.diagnostics) out.push_back(std::to_string(what.line) + ":" + what.id);
  return out;
}

/// "Label 1, Say 2, …": kinds and lines in node order, the file's own Return left out.
inline std::string outline(const ParsedFile& file) {
  std::string out;
  for (const auto& node : file.nodes) {
    const auto* end = std::get_if<ReturnNode>(&node.payload);
    if (end != nullptr && end->implicit) continue;
    if (!out.empty()) out += ", ";
    out += std::string(kind_name(node.kind)) + " " + std::to_string(node.line);
  }
  return out;
}

template <class T>
std::vector<T> all(const ParsedFile& file) {
  std::vector<T> out;
  for (const auto& node : file.nodes) {
    if (const auto* found = std::get_if<T>(&node.payload)) out.push_back(*found);
  }
  return out;
}

inline std::shared_ptr<const Story> story_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<std::shared_ptr<const ParsedFile>> made;
  for (const auto& [file, text] : files) made.push_back(parsed(text, file));
  return build_story(std::move(made));
}

inline std::shared_ptr<const Story> story_of(const std::string& text) {
  return story_of({{"game/script.rpy", text}});
}

inline std::vector<std::string> faults(const Story& story) {
  std::vector<std::string> out;
  for (const auto& placed : story.diagnostics)
    out.push_back(std::to_string(placed.what.line) + ":" + placed.what.id);
  return out;
}

}  // namespace bpyd::renpy
