// SPDX-License-Identifier: MIT
// Channels with a known purpose: BRAiN's six, the daemon's own, and those of the configuration.
#pragma once

#include <vector>

#include "bpyd/daemon/binder.hpp"
#include "bpyd/daemon/config.hpp"

namespace bpyd::channels {

/// Later ones add to earlier ones of the same name. Pure.
std::vector<daemon::ChannelConfig> catalogue(const daemon::Config& config, const daemon::Tables& tables);

}  // namespace bpyd::channels
