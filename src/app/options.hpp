// SPDX-License-Identifier: MIT
// What the command line said, as values.
#pragma once

#include <filesystem>
#include <string>

#include "bpyd/daemon/config.hpp"

namespace bpyd::app {

inline constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2, kExitNoPort = 3, kExitDeaf = 4;

struct RunOptions {
  std::filesystem::path runtime_dir;  ///< default ~/.branchpy
  std::string profile = "default";
  daemon::ConfigLayer flags;
  bool test_echo = false;  ///< the door that public protocol suites are pointed at

  [[nodiscard]] std::filesystem::path profile_dir() const { return runtime_dir / profile; }
};

/// The layers in order: the profile's file, the project's (when named), environment, flags.
Result<daemon::MergedConfig> load_config(const RunOptions& options, const std::filesystem::path& project);

/// Runs the daemon until it is told to stop; the exit code.
int run_daemon(const RunOptions& options);

}  // namespace bpyd::app
