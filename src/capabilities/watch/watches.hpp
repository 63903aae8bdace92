// SPDX-License-Identifier: MIT
// Every registered project's watcher and runner, and what is told of them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bpyd/daemon/services.hpp"
#include "runner.hpp"
#include "settings.hpp"

namespace bpyd::watch {

using ProjectPtr = std::shared_ptr<daemon::Project>;

/// Loop thread only.
struct Watched {
  daemon::WatchConfig config;            ///< in force
  std::shared_ptr<Runner> runner;
  std::unique_ptr<io::Watcher> watcher;  ///< null: switched off
  std::int64_t saves = 0;                ///< change sets seen
  std::optional<std::string> told_failure;  ///< the cause that was told last
  bool began = false;                    ///< the first analysis was asked for
};

/// Loop thread only.
class Watches {
 public:
  explicit Watches(daemon::Services& services) : services_(services), settings_(services) {}

  void begin(const ProjectPtr& project);
  void end(const ProjectPtr& project);
  void stop();
  [[nodiscard]] bool idle() const;

  /// Settings or configuration changed: watchers whose options did are made anew, with a new clock.
  void reconfigure();
  /// Somebody asks for a report that is not up to date.
  void want(const ProjectPtr& project);

  /// Null when it is not registered (any more).
  [[nodiscard]] const Watched* find(const ProjectPtr& project) const;
  [[nodiscard]] io::WatcherStatus status(const ProjectPtr& project) const;
  [[nodiscard]] Settings& settings() { return settings_; }

 private:
  void make_watcher(const ProjectPtr& project, Watched& watched);
  void note_status(const ProjectPtr& project);
  void saw(const ProjectPtr& project, const io::ChangeSet& saved);
  void analysed(const ProjectPtr& project, const io::ChangeSet& saved);
  void tell(const ProjectPtr& project, Watched& watched, const io::ChangeSet& saved, bool reported);
  [[nodiscard]] bool wants_analysis(const Watched& watched) const;
  [[nodiscard]] bool differs(const daemon::WatchConfig& a, const daemon::WatchConfig& b) const;

  daemon::Services& services_;
  Settings settings_;
  std::map<ProjectPtr, Watched> watched_;
};

}  // namespace bpyd::watch
