// SPDX-License-Identifier: MIT
// What is probably wrong with a story that Ren'Py would run all the same. docs/checks.md says what
// each check means and when it is silent.
#pragma once

#include <vector>

#include "book.hpp"
#include "bpyd/renpy/story.hpp"

namespace bpyd::analysis {

struct CheckInput {
  const StoryBook& book;
  const Names& names;  // of all files
};

/// What of the whole story the checks of one file need.
struct StoryFacts {
  std::vector<std::uint8_t> called;  // per label of the story: something calls it
  explicit StoryFacts(const renpy::Story& story);
};

/// Collects what the checks of one theme find.
class Findings {
 public:
  explicit Findings(const renpy::Story& story) : story_(story) {}
  /// At a statement; at `line` of its file when the finding stands below the statement's first line.
  void add(StoryId at, const char* id, Severity severity, std::string message, std::string suggestion,
           std::uint32_t line = 0);
  [[nodiscard]] std::vector<renpy::PlacedDiagnostic>& all() { return all_; }

 private:
  const renpy::Story& story_;
  std::vector<renpy::PlacedDiagnostic> all_;
};

void check_file(const StoryBook& book, const StoryFacts& facts, std::uint32_t file,
                Findings& findings);                                   // checks_file.cpp
void check_loops(const StoryBook& book, Findings& findings);           // checks_loops.cpp
void check_names(const CheckInput& input, Findings& findings);         // checks_names.cpp
void check_translations(const CheckInput& input, Findings& findings);  // checks_translations.cpp

}  // namespace bpyd::analysis
