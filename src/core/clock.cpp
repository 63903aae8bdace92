// SPDX-License-Identifier: MIT
// Time as people read it.
#include "bpyd/core/clock.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace bpyd {
namespace {

/// 9999-12-31T23:59:59.999Z. A clock or a file may claim any time; the form has four digits for the year.
constexpr std::int64_t kLastMillis = 253'402'300'799'999;

std::int64_t in_range(std::int64_t epoch_millis) { return std::clamp<std::int64_t>(epoch_millis, 0, kLastMillis); }

std::string calendar(std::int64_t epoch_millis) {
  epoch_millis = in_range(epoch_millis);
  const std::time_t seconds = static_cast<std::time_t>(epoch_millis / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(epoch_millis % 1000));
  return text.data();
}

}  // namespace

std::string iso8601(WallTime time) { return calendar(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count()); }

double epoch_seconds(WallTime time) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return static_cast<double>(millis) / 1000.0;
}

std::int64_t epoch_millis_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

namespace {
void append_thousandths(std::string& out, std::int64_t epoch_millis) {
  const auto part = epoch_millis % 1000;
  for (const auto digit : {part / 100, part / 10 % 10, part % 10}) out += static_cast<char>('0' + digit);
}
}  // namespace

void append_iso8601(std::string& out, std::int64_t epoch_millis) {
  // Events come many to the second: the calendar is asked once for each.
  thread_local std::int64_t second = -1;
  thread_local std::string prefix;
  epoch_millis = in_range(epoch_millis);
  if (epoch_millis / 1000 != second) {
    second = epoch_millis / 1000;
    prefix = calendar(second * 1000).substr(0, 20);
  }
  out += prefix;
  append_thousandths(out, epoch_millis);
  out += 'Z';
}

void append_epoch_seconds(std::string& out, std::int64_t epoch_millis) {
  epoch_millis = in_range(epoch_millis);
  out += std::to_string(epoch_millis / 1000);
  out += '.';
  append_thousandths(out, epoch_millis);
}

}  // namespace bpyd
