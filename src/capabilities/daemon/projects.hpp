// SPDX-License-Identifier: MIT
// /api/projects: register, list, rename, forget. What is registered outlives a restart.
#pragma once

#include "bpyd/daemon/services.hpp"
#include "bpyd/io/state_file.hpp"
#include "messages.hpp"

namespace bpyd::daemon_info {

/// Loop thread only.
class ProjectRoutes {
 public:
  void install(daemon::Binder& binder);
  /// Registers what the configuration names and what was registered before the restart.
  void start(daemon::Services& services);

  /// projects.json holds what is registered now.
  [[nodiscard]] bool idle() const { return !file_ || file_->idle(); }

 private:
  Result<ProjectList> list(const Page& page);
  runtime::Task<Result<ProjectRow>> add(RegisterProject body);
  Result<ProjectRow> show(const ProjectQuery& query);
  runtime::Task<Result<ProjectRow>> rename(RenameProject body);
  runtime::Task<Result<Said>> forget(ProjectQuery query);

  Result<std::shared_ptr<daemon::Project>> enter(const std::string& root, const std::string& alias);
  void restore();
  void save();

  daemon::Services* services_ = nullptr;
  std::shared_ptr<io::StateFile> file_;
};

ProjectRow row_of(const daemon::Project& project);

}  // namespace bpyd::daemon_info
