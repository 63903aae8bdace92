// SPDX-License-Identifier: MIT
// DaemonState: clients, subscriptions, watch configuration, project caches. These four and no
// more; anything else is owned by the capability that uses it.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bpyd/daemon/config.hpp"
#include "bpyd/daemon/projects.hpp"
#include "bpyd/hub/hub.hpp"
#include "bpyd/io/state_file.hpp"
#include "bpyd/runtime/workers.hpp"

namespace bpyd::daemon {

struct Subscription {
  std::set<std::string> channels;
  std::set<std::string> reports;
};

/// Who wants which reports, and what named clients (client_id) come back to after a restart.
/// Loop thread only. Written to `file` a moment after each change, and by save_now().
class Subscribers {
 public:
  Subscribers(runtime::Loop& loop, runtime::Workers& workers, std::filesystem::path file);

  /// Reads the file tolerantly: one that cannot be read is set aside as *.bad, never fatal.
  void load();
  /// What has changed is handed to the workers, who keep it before they end.
  void save_now();

  /// Reports of a connected client. `client` is its connection id.
  void subscribe_report(const hub::Client& client, const std::string& report);
  void unsubscribe_report(const hub::Client& client, const std::string& report);
  void forget_connection(const hub::Client& client);
  [[nodiscard]] std::set<std::string> reports_of(const hub::Client& client) const;

  /// What connected clients want, all together.
  [[nodiscard]] std::set<std::string> wanted_reports() const;

  /// Takes the client's present subscriptions down under its client_id.
  void remember(const hub::Client& client);
  [[nodiscard]] const Subscription* remembered(const std::string& client_id) const;
  [[nodiscard]] const std::map<std::string, Subscription>& all() const { return named_; }

 private:
  [[nodiscard]] std::string text() const;
  void forget(const std::string& client_id);

  runtime::Loop& loop_;
  std::filesystem::path file_;
  std::shared_ptr<io::StateFile> saved_;
  std::unique_ptr<runtime::Timer> save_;  ///< a change waits
  std::map<std::string, std::set<std::string>> reports_;  ///< by connection id
  std::map<std::string, Subscription> named_;             ///< by client_id
  std::size_t bytes_ = 0;                                 ///< of these, about
};

struct DaemonState {
  hub::Hub& clients;
  Subscribers subscribers;
  WatchConfig watch;
  Projects projects;
};

/// The watch.status message: the greeting of /ws, and published when it changes.
struct WatchedProject {
  std::string project, mode, reason;
  bool degraded = false;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("mode", self.mode, "inotify, polling or off");
    fields.required("degraded", self.degraded, "events may come late or be found by looking again");
    fields.optional("reason", self.reason, "why it is degraded, with the remedy");
  }
};
struct WatchStatus {
  bool enabled = true;
  std::vector<std::string> active_reports;
  std::vector<WatchedProject> projects;
  static void describe(auto& fields, auto& self) {
    fields.required("enabled", self.enabled, "is anything watched");
    fields.required("activeReports", self.active_reports, "reports that run after a save");
    fields.required("projects", self.projects, "each project's watcher");
  }
};
WatchStatus watch_status(const DaemonState& state);

}  // namespace bpyd::daemon
