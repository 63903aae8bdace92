// SPDX-License-Identifier: MIT
// A door and a route that give back what they are given: for public suites that test how this daemon speaks
// WebSocket and HTTP. Only with --enable-test-echo.
#pragma once

#include <memory>

#include "bpyd/daemon/capability.hpp"

namespace bpyd::test_echo {

std::unique_ptr<daemon::Capability> make();

}  // namespace bpyd::test_echo
