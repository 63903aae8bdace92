// SPDX-License-Identifier: MIT
// Which story a question is about: a project's as it is now, or as it was at a revision of git.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "bpyd/daemon/services.hpp"
#include "bpyd/runtime/on_worker.hpp"

namespace bpyd::pilot {

using daemon::Project;
using ProjectPtr = std::shared_ptr<Project>;
using SnapshotPtr = std::shared_ptr<const daemon::Snapshot>;

struct Story {
  ProjectPtr project;
  SnapshotPtr snapshot;
  std::string commit;  ///< full name; empty: as it is now

  [[nodiscard]] const analysis::Stats2& stats() const { return snapshot->stats; }
};

/// Loop thread only; reading and analysing happen on workers.
class Stories {
 public:
  explicit Stories(daemon::Services& services) : services_(services) {}

  /// The project once its first analysis has ended, well or not, and once more when it was saved and
  /// nobody wanted a report. Coroutines take what they need by value: the project may be forgotten meanwhile.
  runtime::Task<Result<ProjectPtr>> settled(std::string name);
  /// As settled(), and it must hold a story. `at`: a revision; empty: now. bad_value when git knows none
  /// of that name, child_process when there is no git or no repository.
  runtime::Task<Result<Story>> story(std::string name, std::string at);

  /// Computes on a worker from what it captures by value.
  template <class T>
  runtime::Task<T> compute(std::function<T()> job) {
    std::function<T(std::stop_token)> run = [job = std::move(job)](const std::stop_token&) { return job(); };
    return runtime::on_worker<T>(services_.loop, services_.workers, std::move(run));
  }

 private:
  /// One revision's story, being made or kept.
  struct Kept {
    std::string key;
    std::shared_ptr<runtime::Signal> made;
    std::optional<Result<SnapshotPtr>> result;
  };
  std::shared_ptr<Kept> kept(const std::string& key);
  runtime::Task<Result<SnapshotPtr>> revision(std::string root, std::string commit);

  daemon::Services& services_;
  std::deque<std::shared_ptr<Kept>> revisions_;  ///< the newest asked for first
};

/// Why the story may be older than its files; empty: it is not.
inline std::string doubt(const Project& project) { return project.watch_degraded ? project.watch_reason : std::string(); }

}  // namespace bpyd::pilot
