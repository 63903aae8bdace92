// SPDX-License-Identifier: MIT
// What a capability is handed, and the happenings that capabilities share.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bpyd/core/clock.hpp"
#include "bpyd/daemon/binder.hpp"
#include "bpyd/daemon/config.hpp"
#include "bpyd/daemon/events.hpp"
#include "bpyd/daemon/state.hpp"
#include "bpyd/io/process.hpp"
#include "bpyd/io/watcher.hpp"
#include "bpyd/protocol/assets.hpp"
#include "bpyd/runtime/loop.hpp"
#include "bpyd/runtime/workers.hpp"

namespace bpyd::daemon {

inline constexpr std::string_view kProtocolVersion = "1.0.0";

/// Who this daemon is. Constant once the ports are bound.
struct Identity {
  std::string server_version, host, profile, epoch;
  std::filesystem::path runtime_dir, profile_dir;
  std::int64_t pid = 0, ws_port = 0, http_port = 0;
  WallTime started_at{};
  SteadyTime started{};
};

/// A project's story as it was: `name` is a snapshot's number, its name, or "newest". Fails with snapshot_not_found, database.
using PastStory = std::function<runtime::Task<Result<std::shared_ptr<const Snapshot>>>(std::shared_ptr<Project>, std::string name)>;
/// How a question about a story names a snapshot instead of a revision: "snapshot:12", "snapshot:first draft".
inline constexpr std::string_view kSnapshotPrefix = "snapshot:";

/// References outlive every capability. Loop thread only.
class Services {
 public:
  runtime::Loop& loop;
  runtime::Workers& workers;
  Publisher& events;
  DaemonState& state;
  io::WatchService& watching;
  io::ProcessRunner& processes;
  const Tables& tables;
  const Config& config;
  const Identity& identity;
  protocol::Assets assets;
  runtime::EventLog* event_log;  ///< null when it could not be opened
  std::function<std::string(const std::string& target, const protocol::Grant& grant)> page_link;  ///< with a one-time code when tokens are asked for
  std::function<void(std::string)> shut_down;  ///< asks for a clean stop, saying why
  /// The configuration with the project's own file merged in. Its analyzer command counts only
  /// when the user trusts the project; so does the command that starts the game.
  std::function<Config(const std::filesystem::path& root)> config_for;
  PastStory past{};  ///< set by whoever keeps the past, in its start(); empty: nobody does
};

/// Happenings on the bus that only capabilities hear of (they are not broadcast).
struct ProjectRegistered {
  std::shared_ptr<Project> project;
};
struct ProjectForgotten {
  std::shared_ptr<Project> project;
};
struct ProjectAnalysed {
  std::shared_ptr<Project> project;
  std::shared_ptr<const Snapshot> before;  ///< null for the first
  std::shared_ptr<const Snapshot> after;   ///< null when it failed: see project->failure
  std::vector<std::string> files;          ///< what the save touched; empty for the first
};
/// Somebody asks for a report of a project that is stale; Project::changed says when it is made.
struct ReportWanted {
  std::shared_ptr<Project> project;
};
/// The configuration was read again.
struct ConfigReloaded {};

/// What is running, in words; empty when nothing is.
std::string current_work(const DaemonState& state);
/// current_work() may have changed.
struct WorkChanged {};

/// Folders whose commands the user has allowed to run (`bpyd trust PATH`).
/// Any thread. A missing or broken list trusts nobody.
bool is_trusted(const std::filesystem::path& profile_dir, const std::filesystem::path& root);
Result<void> trust(const std::filesystem::path& profile_dir, const std::filesystem::path& root);

}  // namespace bpyd::daemon
