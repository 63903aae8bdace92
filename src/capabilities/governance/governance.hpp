// SPDX-License-Identifier: MIT
// All that app/ sees of this capability.
#pragma once

#include <memory>

#include "bpyd/daemon/capability.hpp"

namespace bpyd::governance {

std::unique_ptr<daemon::Capability> make();

}  // namespace bpyd::governance
