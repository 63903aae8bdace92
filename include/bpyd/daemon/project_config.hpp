// SPDX-License-Identifier: MIT
// The configuration that a project brings.
#pragma once

#include "bpyd/daemon/config.hpp"

namespace bpyd::daemon {

/// Below a project's root.
inline constexpr const char* kProjectConfig = ".branchpy/config.json";
/// As read_config_file; outside_project where a link leads out of the root. Any thread.
Result<ConfigLayer> read_project_config(const std::filesystem::path& root);

}  // namespace bpyd::daemon
