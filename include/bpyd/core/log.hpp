// SPDX-License-Identifier: MIT
// The log front: one JSON object per line with the seed's fields (ts, level, component, event,
// msg, …, daemon_pid). Before open() nothing is written anywhere.
//
// Thread: write() from any thread; open() and close() from the main thread only.
// Values are escaped (no forged lines); secrets in query strings are cut (R16).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "bpyd/core/error.hpp"

namespace bpyd::log {

enum class Level : std::uint8_t { debug, info, warn, error };
std::string_view level_text(Level level);
/// "debug", "info", "warn", "error"; bad_value otherwise.
Result<Level> parse_level(std::string_view text);

struct Options {
  std::filesystem::path file;         ///< empty: no file
  Level level = Level::info;          ///< least level that is written
  bool to_stderr = false;             ///< the same lines on standard error
  std::size_t max_bytes = 10u << 20;  ///< rotate at this size
  std::size_t files = 5;              ///< how many, the current one among them
};

/// Opens the sinks. Fails with disk_full when the file cannot be opened for writing.
Result<void> open(const Options& options);
void close();
void set_level(Level level);
/// Lines that could not be written: no room on the disk, nobody reading standard error (R21, R28). Any thread.
[[nodiscard]] std::uint64_t lost_lines();
/// Writes to standard error without ever blocking: false when the rest was dropped. Any thread.
bool to_stderr(std::string_view text);

using Extra = std::pair<std::string_view, std::string_view>;
void write(Level level, std::string_view component, std::string_view event, std::string_view msg,
           std::initializer_list<Extra> extra = {});
/// As write, with `members` spliced in as they are: JSON members without braces (may be empty).
void write_members(Level level, std::string_view component, std::string_view event, std::string_view msg,
                   std::string_view members);

/// Hears of every line that is written, from the thread that writes it: it must be quick and must
/// not log. An empty one ends that.
struct LineView {
  Level level;
  std::string_view component, event, msg;
};
void set_listener(std::function<void(const LineView&)> listener);

/// Cuts token=, k=, ticket= values out of a request target.
std::string without_secrets(std::string_view target);

}  // namespace bpyd::log
