// SPDX-License-Identifier: MIT
// One line of the event log: written and read in one fixed order of members, so that a reader
// knows a line's channel and number without parsing the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpyd/runtime/event_log.hpp"

namespace bpyd::runtime {

/// As far as every JSON reader counts: a larger number in a file is damage.
inline constexpr std::int64_t kMostSeq = std::int64_t{1} << 53;

/// Appends the entry as a line, newline included.
void write_line(std::string& out, const LogEntry& entry);

/// A segment's first line: the last number of every channel so far, so that segments can be
/// dropped without numbers being given twice.
void write_carry(std::string& out, const std::vector<std::pair<std::string, std::int64_t>>& last);
[[nodiscard]] bool is_carry(std::string_view line);
std::vector<std::pair<std::string, std::int64_t>> read_carry(std::string_view line);

/// How many events a damaged line may have held (a lost newline joins several).
std::int64_t events_in(std::string_view damaged_line);

/// The beginning of a line, unchecked.
struct LineHead {
  std::string_view channel;  ///< as in the text, with quotes
  std::int64_t seq = 0;
  std::size_t rest = 0;      ///< where the members behind "seq" begin
};
std::optional<LineHead> read_head(std::string_view line);
/// Does the checksum fit?
bool is_whole(std::string_view line);

/// A checked line taken apart. `type` and `correlation_id` are unescaped copies.
struct Line {
  std::int64_t ts = 0;
  std::string type, correlation_id;
  bool flat = false;
  std::string_view data;
};
std::optional<Line> read_rest(std::string_view line, const LineHead& head);

}  // namespace bpyd::runtime
