// SPDX-License-Identifier: MIT
// Two states of a story side by side: folders, git revisions, or one of each.
#include <iostream>
#include <nlohmann/json.hpp>

#include "bpyd/analysis/diff.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "cli.hpp"
#include "scripts.hpp"

namespace bpyd::app::cli {
namespace {

/// What was compared, and what came of it.
struct Compared {
  std::string before, after;
  bool changed = false;
  analysis::StoryDiff changes;
  static void describe(auto& fields, auto& self) {
    fields.required("before", self.before, "the folder or revision");
    fields.required("after", self.after, "the folder or revision");
    fields.required("changed", self.changed, "is the story another");
    analysis::StoryDiff::describe(fields, self.changes);
  }
};

struct Side {
  std::string name;
  bool revision = false;
};

Side side_of(const std::string& name) {
  std::error_code ignored;
  return {name, !std::filesystem::is_directory(name, ignored)};
}

/// What is not named is HEAD before, and the project's folder after.
std::pair<Side, Side> sides_of(const DiffOptions& options) {
  const auto& given = options.sides;
  return {given.empty() ? Side{"HEAD", true} : side_of(given[0]),
          given.size() < 2 ? Side{options.project, false} : side_of(given[1])};
}

/// What cannot be read is no part of the story: whoever compares should know.
Result<analysis::Stats2> story_of(analysis::Analyzer& analyzer, const Side& side, const std::string& project) {
  const auto files = side.revision ? read_scripts(project, side.name) : read_scripts(side.name);
  if (!files) return std::unexpected(files.error());
  for (const auto& file : *files) {
    if (!file.problem.empty())
      std::cerr << "bpyd: left out of " << printable_utf8(side.name) << ": " << file.problem << "\n";
  }
  return analyzer.analyze(*files);
}

Result<Compared> compare(const DiffOptions& options) {
  const auto [before, after] = sides_of(options);
  analysis::Analyzer analyzer;  // one for both: what is equal is read once
  const auto old_story = story_of(analyzer, before, options.project);
  if (!old_story) return std::unexpected(old_story.error());
  const auto new_story = story_of(analyzer, after, options.project);
  if (!new_story) return std::unexpected(new_story.error());
  Compared compared{before.name, after.name, false, analysis::diff(*old_story, *new_story)};
  compared.changed = !compared.changes.empty();
  return compared;
}

}  // namespace

int diff(const Common& common, const DiffOptions& options) {
  const auto compared = compare(options);
  if (!compared) return report(common, compared.error(), options.exit_code ? kExitUsage : kExitFailed);
  if (common.json) {
    std::cout << to_json_text(*compared, 1) << "\n";
  } else {
    for (const auto& line : compared->changes.summary) std::cout << line << "\n";
    if (!compared->changed) std::cout << "The story is the same\n";
  }
  return options.exit_code && compared->changed ? kExitFailed : kExitOk;
}

}  // namespace bpyd::app::cli
