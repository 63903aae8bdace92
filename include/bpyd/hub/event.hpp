// SPDX-License-Identifier: MIT
// One event and its spellings (docs/capabilities/channels.md). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bpyd::hub {

/// How a client wants events written; a door decides.
enum class Spelling : std::uint8_t {
  flat,      ///< /ws: `ts`, the daemon's own members beside `type`
  brain,     ///< BRAiN: `data` and `timestamp` in seconds
  envelope,  ///< Bodhisattva: type event, `event`, `data`, `timestamp`
};

/// A spelling, compressed or not: clients of one kind are sent the same bytes.
struct Kind {
  Spelling spelling = Spelling::flat;
  bool deflated = false;
  static constexpr std::size_t kCount = 6;
  [[nodiscard]] std::size_t index() const { return static_cast<std::size_t>(spelling) * 2 + (deflated ? 1 : 0); }
  static Kind at(std::size_t index) { return {static_cast<Spelling>(index / 2), index % 2 == 1}; }
};

/// What is published. Views, valid during the call.
struct Event {
  std::string_view type;
  std::string_view data;  ///< JSON on one line; goes out as it is
  bool flat = false;      ///< `data` is an object whose members lie beside `type` on /ws
  std::string_view correlation_id{};
};

/// Appends the event as number `seq` of `channel`, told at `ts` (milliseconds since 1970).
void write_event(std::string& out, Spelling spelling, std::string_view channel, std::int64_t seq, std::int64_t ts, const Event& event);
/// Appends it as a message on no channel, with no number: a broadcast to everybody.
void write_unnumbered(std::string& out, Spelling spelling, std::int64_t ts, const Event& event);

}  // namespace bpyd::hub
