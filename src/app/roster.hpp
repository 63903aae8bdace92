// SPDX-License-Identifier: MIT
// The list of capabilities: one row each.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "bpyd/daemon/capability.hpp"

namespace bpyd::app {

struct RosterRow {
  std::string_view name;
  std::unique_ptr<daemon::Capability> (*make)();
  std::string_view prefix = {};  ///< of its routes: what answers there when it is switched off
  bool asked_for = false;        ///< only there for who asks for it at start; no reference speaks of it
};

/// In order of start; stopped in reverse. Those that announce happenings come last.
std::span<const RosterRow> roster();

}  // namespace bpyd::app
