// SPDX-License-Identifier: MIT
// Tells a walk through the story as a Path: steps, labels, choices, conditions, state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/analysis/stats2.hpp"
#include "bpyd/renpy/story.hpp"

namespace bpyd::analysis {

/// Words of dialogue as Ren'Py's lint counts them: text tags left out, split at spaces.
std::int64_t count_words(std::string_view text);
/// At most `most` characters, "…" in place of the rest; no line breaks.
std::string shortened(std::string_view text, std::size_t most);

/// Values of variables where they are constants. Views point into the parsed files.
class State {
 public:
  void set(std::string_view name, std::optional<std::string> value) { values_[name] = std::move(value); }
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  /// What an expression is worth when it is a literal, a known variable, `not` one, or one sum.
  [[nodiscard]] std::optional<std::string> value_of(std::string_view expression) const;
  /// Whether a condition holds, when that is known from constants alone.
  [[nodiscard]] std::optional<bool> holds(std::string_view condition) const;
  [[nodiscard]] std::optional<std::string> after(const renpy::PythonEffect& effect) const;

 private:
  std::unordered_map<std::string_view, std::optional<std::string>> values_;
};

/// What is known of every story before a walk begins. Thread: built once, then read.
struct Telling {
  const renpy::Story* story = nullptr;
  std::vector<std::uint32_t> words;  // per statement
  State defaults;

  explicit Telling(const renpy::Story& story);
};

class Teller {
 public:
  explicit Teller(const Telling& telling)
      : telling_(telling), story_(*telling.story), state_(telling.defaults) {}

  void statement(renpy::StoryId id);
  void decision(renpy::StoryId id, std::uint32_t option);
  void came_back(renpy::StoryId site);
  /// The path; ids and keys are given by the caller.
  Path finish(renpy::StoryId at, std::string_view kind, renpy::StoryId entry);
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] std::size_t steps() const { return path_.steps.size(); }

 private:
  void add_to_title(std::string_view part);
  void step(std::string_view kind, renpy::StoryId id, std::string text, std::int64_t line = 0);
  void say(renpy::StoryId id, const renpy::SayNode& node);
  void python(renpy::StoryId id, const renpy::PythonNode& node);
  [[nodiscard]] std::string label_of(renpy::StoryId id) const;
  [[nodiscard]] const std::string& file_of(renpy::StoryId id) const { return story_.parsed(id).file; }

  const Telling& telling_;
  const renpy::Story& story_;
  State state_;
  Path path_;
  std::string title_;
};

}  // namespace bpyd::analysis
