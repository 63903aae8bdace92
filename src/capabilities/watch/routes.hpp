// SPDX-License-Identifier: MIT
// /api/watch/*: what changed since, how well it can be seen, what is watched how.
#pragma once

#include "messages.hpp"
#include "watches.hpp"

namespace bpyd::watch {

/// Loop thread only.
class Routes {
 public:
  void install(daemon::Binder& binder);
  void start(daemon::Services& services, Watches& watches);

 private:
  template <class T>
  using Task = runtime::Task<T>;
  Task<Result<SinceReply>> since(SinceQuery query);
  Task<Result<Sight>> sync(SyncBody body);
  Result<WatchStatusReply> status(const protocol::NoQuery&);
  Result<ConfigReply> config(const ConfigQuery& query);
  Task<Result<ConfigReply>> configure(ConfigBody body);

  /// The project when all that was written before the call was told (and its reports are made).
  Task<Result<ProjectPtr>> synced(std::string name, std::chrono::milliseconds limit, bool reports);
  void sight_of(const ProjectPtr& project, Sight& sight) const;
  [[nodiscard]] WatchRow row_of(const ProjectPtr& project) const;
  Result<void> watch_root(const std::string& root);

  daemon::Services* services_ = nullptr;
  Watches* watches_ = nullptr;
};

}  // namespace bpyd::watch
