// SPDX-License-Identifier: MIT
// Time as people read it. Timers and ages use std::chrono::steady_clock directly (R26).
#pragma once

#include <chrono>
#include <string>

namespace bpyd {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

/// "2025-11-07T19:15:32.456Z".
std::string iso8601(WallTime time);
inline std::string iso8601_now() { return iso8601(std::chrono::system_clock::now()); }
/// Seconds since 1970, milliseconds kept.
double epoch_seconds(WallTime time);

}  // namespace bpyd
