// SPDX-License-Identifier: MIT
// What was set over HTTP stands over the configuration files, until it is taken back.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bpyd/daemon/services.hpp"
#include "bpyd/io/state_file.hpp"

namespace bpyd::watch {

struct Override {
  std::optional<bool> enabled, polling;
  std::optional<std::int64_t> settle_ms;
  std::optional<std::vector<std::string>> ignore, reports;
  static void describe(auto& fields, auto& self) {
    fields.optional("enabled", self.enabled, "watch at all");
    fields.optional("settle_ms", self.settle_ms, "quiet time before a save is told, in milliseconds: 0 to 60000");
    fields.optional("ignore", self.ignore, "what to ignore besides the defaults, in gitignore syntax; \"!saves/\" takes a default back");
    fields.optional("reports", self.reports, "reports run after every save, subscribers or not");
    fields.optional("polling", self.polling, "look every two seconds instead of trusting the kernel");
  }
};

/// <profile>/watch.json. Loop thread only.
class Settings {
 public:
  explicit Settings(daemon::Services& services);

  /// The configuration of a project with what was set for all and for it.
  [[nodiscard]] daemon::WatchConfig in_force(const std::filesystem::path& root) const;
  /// The same for all.
  [[nodiscard]] daemon::WatchConfig in_force() const;

  /// bad_value when a value cannot be used; then nothing was set. An empty root is all projects. `reset` first
  /// forgets what was set there.
  Result<void> set(const std::string& root, const Override& values, bool reset);
  [[nodiscard]] bool idle() const { return file_->idle(); }
  /// Resumes when what was set is on the disk.
  [[nodiscard]] runtime::Task<void> kept() const { return io::StateFile::settled(file_); }

 private:
  void load(const std::filesystem::path& file);
  void save();

  daemon::Services& services_;
  std::map<std::string, Override> by_root_;  ///< "" is all
  std::shared_ptr<io::StateFile> file_;
};

}  // namespace bpyd::watch
