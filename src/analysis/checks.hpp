// SPDX-License-Identifier: MIT
// What is probably wrong with a story that Ren'Py would run all the same. docs/checks.md says what
// each check means and when it is silent.
#pragma once

#include <vector>

#include "bpyd/renpy/story.hpp"
#include "chart.hpp"
#include "names.hpp"

namespace bpyd::analysis {

struct CheckInput {
  const renpy::Story& story;
  const Chart& chart;
  const Names& names;
};

/// All checks, in no order. Thread: pure.
std::vector<renpy::PlacedDiagnostic> check_story(const CheckInput& input);

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

void check_flow(const CheckInput& input, Findings& findings);          // checks_flow.cpp
void check_names(const CheckInput& input, Findings& findings);         // checks_names.cpp
void check_translations(const CheckInput& input, Findings& findings);  // checks_translations.cpp

}  // namespace bpyd::analysis
