// SPDX-License-Identifier: MIT
// The registered projects and what is known of each: the daemon's project caches.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/diff.hpp"
#include "bpyd/analysis/stats2.hpp"
#include "bpyd/core/error.hpp"
#include "bpyd/runtime/signal.hpp"

namespace bpyd::daemon {

/// What an analysis was made of. Texts are shared with whoever reads the files.
struct StorySources {
  std::vector<analysis::SourceFile> files;  ///< in order of path
  std::vector<std::string> resources;       ///< names of other files that can bring images
};

/// What the last analysis said. Immutable, shared with whoever is still answering from it.
struct Snapshot {
  std::int64_t generation = 0;  ///< counts analyses of this project in this daemon
  analysis::Stats2 stats;
  std::shared_ptr<const analysis::StoryDiff> changes;  ///< since the snapshot before; null for the first
  std::shared_ptr<const StorySources> sources;         ///< null: another analyzer made the report
};

/// Loop thread only.
struct Project {
  Project(runtime::Loop& loop, std::string alias, std::filesystem::path root)
      : alias(std::move(alias)), root(std::move(root)), changed(loop) {}

  std::string alias;
  std::filesystem::path root;                 ///< canonical
  std::shared_ptr<const Snapshot> snapshot;   ///< null until the first analysis succeeded
  std::optional<Error> failure;               ///< why the newest analysis gave nothing
  bool analysing = true;                      ///< the first one is due as soon as it is registered
  bool stale = false;                         ///< saved since, and no report was wanted; see ReportWanted
  std::int64_t generation = 0;
  std::string watch_mode = "off";             ///< inotify, polling, mixed, off
  bool watch_degraded = false;
  std::string watch_reason;
  runtime::Signal changed;                    ///< fired after every analysis and when forgotten

  [[nodiscard]] std::string_view state() const {
    return failure ? "failed" : snapshot ? "ready" : "analysing";
  }
};

/// Loop thread only. Projects are shared so that a waiting handler outlives "forget".
class Projects {
 public:
  explicit Projects(runtime::Loop& loop) : loop_(loop) {}

  /// Registers a folder with a game/ in it. Registering a root again answers the one there is.
  /// project_not_found when it is no such folder, name_taken when the alias belongs to another.
  Result<std::shared_ptr<Project>> add(const std::filesystem::path& root, const std::string& alias);
  Result<void> rename(Project& project, const std::string& alias);
  void remove(Project& project);

  /// By alias or exact root; empty with one project registered means that one.
  [[nodiscard]] Result<std::shared_ptr<Project>> find(std::string_view name) const;
  /// In order of alias.
  [[nodiscard]] std::vector<std::shared_ptr<Project>> all() const;

 private:
  [[nodiscard]] std::string free_alias(const std::string& wanted) const;

  runtime::Loop& loop_;
  std::map<std::string, std::shared_ptr<Project>, std::less<>> by_alias_;
};

/// Letters, digits, `-`, `_`, `.`; 1 to 64 characters.
bool is_alias(std::string_view text);

}  // namespace bpyd::daemon
