// SPDX-License-Identifier: MIT
// Shipped profiles: the six Bodhisattva services, each where the port table puts it.
#pragma once

#include <string_view>

#include "bpyd/daemon/config.hpp"

namespace bpyd::app {

/// The configuration a profile starts from; empty for one that is not shipped. The user's own
/// layers come over it.
daemon::ConfigLayer shipped_profile(std::string_view name);

}  // namespace bpyd::app
