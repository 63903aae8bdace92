// SPDX-License-Identifier: MIT
// Questions about a story that no list holds: any path through given labels, or to a given line, and
// what must have happened before a line can be seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/analysis/stats2.hpp"
#include "bpyd/core/error.hpp"

namespace bpyd::analysis {

/// A line of a script: "game/script.rpy", or as in `bpyd facts` "script.rpy"; from 1.
struct Place {
  std::string file;
  std::int64_t line = 0;
};
/// "script.rpy:12". Fails with bad_value.
Result<Place> place_from(std::string_view text);

struct PathSearch {
  std::vector<std::string> through;  // labels, to be passed in this order
  std::vector<Place> to;             // none or one: paths end at this line (ending_kind "here")
  std::size_t offset = 0;
  std::size_t limit = 100;
};

/// From what a query or a command says: labels with commas between, and file:line; either may be empty.
/// Fails with bad_value.
Result<PathSearch> search_from(std::string_view through, std::string_view to);

struct FoundPaths {
  PathList paths;        // fewest decisions first; ids count from the offset
  bool more = false;     // there are others behind these
  bool gave_up = false;  // … but looking further was too much work
};

/// A path goes around each loop of a call at most once, and takes no way that its own assignments
/// rule out. Found one by one: the cost grows with offset + limit and the length of the paths.
/// Fails with path_not_found when a label or line is not in the story, or was read from a file.
/// Thread: worker, pure.
Result<FoundPaths> find_paths(const Stats2& stats, const PathSearch& search);

/// The path that differs from the given one by a single decision: the same up to where `instead` (a choice's
/// or a branch's line) could be taken, that one, and then as the given one as soon as they meet again.
/// One path, or none when what it sets rules the way out. Fails with path_not_found when the path does
/// not pass there, or as find_paths(). Thread: worker, pure.
Result<FoundPaths> differing_at(const Stats2& stats, std::string_view path, const Place& instead);

/// A variable that must have some value, and who gives it one.
struct Need {
  std::string condition;  // as written where it is asked
  std::string variable;
  std::vector<StateChange> setters;  // assignments, in load order; at most 20
};

/// The least that must have happened before a line is seen: it is so on every path that leads there.
struct Requirements {
  std::string label;
  std::string file;
  std::int64_t line = 0;
  bool reachable = false;
  std::string never;                      // why nobody can see it; empty: somebody can
  std::vector<PathChoice> choices;        // that every path takes, in order
  std::vector<PathCondition> conditions;  // that hold on every path, in order; the line's own last
  std::vector<Need> needs;                // of those conditions
};

/// Fails as find_paths(). Thread: worker, pure.
Result<Requirements> requirements(const Stats2& stats, const Place& place);

}  // namespace bpyd::analysis
