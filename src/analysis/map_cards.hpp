// SPDX-License-Identifier: MIT
// What is on a map, before it is known where: cards with their heights, the ways between them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/analysis/map.hpp"
#include "story_text.hpp"

namespace bpyd::analysis {

/// The texts of one script, as long as it stays as it is.
struct KnownText {
  std::weak_ptr<const renpy::Part> part;  // weak: a map must not keep scripts in memory
  std::shared_ptr<const ScriptText> text;
};
using KnownTexts = std::unordered_map<std::string, KnownText>;

struct Cards {
  StoryMap map;                       // everything but places
  std::vector<std::uint32_t> ground;  // per label: index into map.files
  KnownTexts texts;
};

/// `known`: texts of before; those of scripts that stayed are not read again.
Cards cards_of(const Stats2& stats, const KnownTexts* known);

/// "game/ch1/a.rpy" → ch1, "game/ch1_intro.rpy" → ch1, "game/script.rpy" → script.
std::string chapter_of(std::string_view file);

/// Of a card's dialogue.
std::int64_t body_height(std::int64_t words);
constexpr std::int64_t kCardHeader = 34;

/// Lines that a text takes on a card, from 1 to 4.
std::int64_t text_rows(std::string_view text);
constexpr std::int64_t kPinRow = 18, kPinEdge = 8;

/// For each label the one ending that all its ways lead to; sets route. `map.endings` are labels' names.
void find_routes(StoryMap& map);

/// A card for each file or chapter of a map of labels, without places.
StoryMap gathered(const StoryMap& map, MapLevel level);

}  // namespace bpyd::analysis
