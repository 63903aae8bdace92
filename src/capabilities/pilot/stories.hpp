// SPDX-License-Identifier: MIT
// Which story a question is about: a project's as it is now, or as it was at a revision of git.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>

#include "bpyd/daemon/services.hpp"
#include "bpyd/runtime/on_worker.hpp"

namespace bpyd::pilot {

using daemon::Project;
using ProjectPtr = std::shared_ptr<Project>;
using SnapshotPtr = std::shared_ptr<const daemon::Snapshot>;

/// What a worker may know of it: values, and what never changes.
struct Told {
  SnapshotPtr snapshot;
  std::string alias, commit;  ///< commit: full name, or "snapshot:12"; empty: as it is now

  [[nodiscard]] const analysis::Stats2& stats() const { return snapshot->stats; }
};

/// Loop thread only, for the sake of the project.
struct Story : Told {
  ProjectPtr project;
};

/// Loop thread only; reading and analysing happen on workers.
class Stories {
 public:
  explicit Stories(daemon::Services& services) : services_(services), freed_(services.loop) {}

  /// The project once its first analysis has ended, well or not, and once more when it was saved and
  /// nobody wanted a report. too_often when too much is asked for at once. Coroutines take what they need by value: the project may be forgotten meanwhile.
  runtime::Task<Result<ProjectPtr>> settled(std::string name);
  [[nodiscard]] runtime::Loop& loop() const { return services_.loop; }
  /// Registered under this alias now; null: none.
  [[nodiscard]] ProjectPtr find(const std::string& alias) const { return services_.state.projects.find(alias).value_or(nullptr); }
  /// As settled(), and it must hold a story. `at`: a revision, or "snapshot:" and its number or name; empty:
  /// now. bad_value when git knows none of that name, child_process when there is no git or no repository;
  /// snapshot_not_found.
  runtime::Task<Result<Story>> story(std::string name, std::string at);

  /// Its revisions are no longer kept.
  void forget(const Project& project);

  /// Computes on a worker from what it captures by value. One worker is always left to the analyses of
  /// saves: whatever is asked for here waits its turn.
  template <class T>
  runtime::Task<T> compute(std::function<T(std::stop_token)> job) {
    ++waiting_;
    while (running_ >= most_running()) {
      auto turn = freed_.wait();
      co_await std::move(turn);
    }
    --waiting_;
    ++running_;
    auto working = runtime::on_worker<T>(services_.loop, services_.workers, std::move(job));
    T result = co_await std::move(working);
    --running_;
    freed_.fire();
    co_return result;
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

  [[nodiscard]] unsigned most_running() const { return std::max(1U, services_.workers.threads() - 1); }

  daemon::Services& services_;
  runtime::Signal freed_;
  unsigned running_ = 0, waiting_ = 0;
  std::deque<std::shared_ptr<Kept>> revisions_;  ///< the newest asked for first
};

/// Why the story may be older than its files; empty: it is not.
inline std::string doubt(const Project& project) { return project.watch_degraded ? project.watch_reason : std::string(); }

}  // namespace bpyd::pilot
