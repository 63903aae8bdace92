// SPDX-License-Identifier: MIT
// Time as people read it. Timers and ages use std::chrono::steady_clock directly (R26).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bpyd {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

/// "2025-11-07T19:15:32.456Z".
std::string iso8601(WallTime time);
inline std::string iso8601_now() { return iso8601(std::chrono::system_clock::now()); }
/// Seconds since 1970, milliseconds kept.
double epoch_seconds(WallTime time);

/// Milliseconds since 1970, and its two spellings, for the wire path: "…T…Z" and "1767323045.678".
std::int64_t epoch_millis_now();
void append_iso8601(std::string& out, std::int64_t epoch_millis);
void append_epoch_seconds(std::string& out, std::int64_t epoch_millis);

}  // namespace bpyd
