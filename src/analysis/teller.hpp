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
#include "segments.hpp"

namespace bpyd::analysis {

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
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  std::unordered_map<std::string_view, std::optional<std::string>> values_;
};

/// What every telling of a story begins with. Thread: built once, then read.
struct Telling {
  const renpy::Story& story;
  const Sheets& sheets;
  State defaults;

  Telling(const renpy::Story& story, const Sheets& sheets);
};

/// What telling closely needs; nothing: it is told briefly. Both outlive the teller.
struct Closely {
  const std::vector<bool>* meetings = nullptr;  // per statement: more than one way leads to it
  const std::unordered_map<renpy::WayId, std::string>* never = nullptr;  // why a way can never be taken
};

/// A visitor of replay().
class Teller {
 public:
  explicit Teller(const Telling& telling, Closely closely = {})
      : telling_(telling), story_(telling.story), closely_(closely), state_(telling.defaults) {}

  void segment(const Stretch& stretch);
  void decision(renpy::JunctionId at, renpy::WayId way);
  void call(renpy::JunctionId) {}
  void back(renpy::JunctionId site);
  void end(renpy::JunctionId) {}
  /// The path; its id and key are given by the caller.
  Path finish(std::string_view kind, renpy::StoryId entry);

 private:
  void statement(renpy::StoryId id);
  void step(std::string_view kind, renpy::StoryId id, std::string text, std::int64_t line = 0);
  void say(renpy::StoryId id, const renpy::SayNode& node);
  void python(renpy::StoryId id, const renpy::PythonNode& node);
  void mark(std::string_view said);
  void others(const renpy::Junction& junction, renpy::WayId taken);
  std::string verdict(const renpy::Junction& junction, renpy::WayId way) const;
  [[nodiscard]] std::string label_of(renpy::StoryId id) const;
  [[nodiscard]] const std::string& file_of(renpy::StoryId id) const { return story_.parsed(id).file; }

  const Telling& telling_;
  const renpy::Story& story_;
  const Closely closely_;
  State state_;
  Path path_;
  renpy::StoryId last_ = renpy::kNowhere;
  std::int64_t reading_ = 0;  // ticks
  bool returned_ = false;     // the last row is a return
};

/// A title out of the words of choices.
class Title {
 public:
  void add(std::string_view part);
  [[nodiscard]] std::string done(const std::string& entry, const std::string& ending) const;

 private:
  std::string text_;
};

}  // namespace bpyd::analysis
