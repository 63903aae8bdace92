// SPDX-License-Identifier: MIT
// A project's scripts as a git repository keeps them, read by the `git` program.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/io/source_tree.hpp"

namespace bpyd::io {

struct GitLimits {
  std::chrono::seconds time{20};                    ///< of each run of git
  std::size_t file = SourceTree::kFileLimit;        ///< larger ones have a problem and no text
  std::size_t total = 512u << 20;                   ///< of all scripts together
  std::stop_token stop{};                           ///< ends the running git too
};

/// What SourceTree finds in the work tree, of a revision: game/**/*.rpy and *.rpym in order of
/// path, hidden folders, saves and cache left out. `project` may be any folder of the repository;
/// a link counts when it leads to a script below game/. git runs nothing else: no hook, no filter, no
/// command of the repository's configuration, no transport.
///
/// project_not_found when `project` is no folder or the revision has no game/ there, bad_value when
/// it is no revision or there is no repository, too_large above the total, child_process when git is not there, fails or takes
/// too long.
///
/// Thread: any, and it waits: not the daemon's loop.
Result<std::vector<ScannedFile>> scripts_at(const std::filesystem::path& project, const std::string& revision,
                                            const GitLimits& limits = {});

/// The full name of the commit that a revision means now. Fails as scripts_at(). Thread: likewise.
Result<std::string> commit_at(const std::filesystem::path& project, const std::string& revision, const GitLimits& limits = {});

struct Commit {
  std::string id, author, date, subject;  ///< date: ISO 8601 with zone; texts printable
};

/// The newest first: commits before HEAD, itself included, that changed something below game/. Empty
/// when the repository has none yet. Fails as scripts_at(). Thread: likewise.
Result<std::vector<Commit>> commits(const std::filesystem::path& project, std::size_t most, const GitLimits& limits = {});

}  // namespace bpyd::io
