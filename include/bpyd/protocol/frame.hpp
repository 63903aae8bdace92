// SPDX-License-Identifier: MIT
// Server frames are unmasked, so the bytes are the same for every client: encoded once, shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bpyd::protocol {

/// Wire bytes of one WebSocket frame. Immutable, any thread.
using Frame = std::shared_ptr<const std::string>;

/// One unfragmented text frame (RFC 6455 5.2).
Frame text_frame(std::string_view payload);

/// Why a socket is closed, and whether the client should come back (the reason text says so).
enum class CloseCode : std::uint16_t {
  normal = 1000,        ///< the client asked
  going_away = 1001,    ///< shutdown or silence: reconnect
  policy = 1008,        ///< rate limit ignored: do not reconnect at once
  too_big = 1009,       ///< message over the limit: do not repeat it
  try_later = 1013,     ///< slow reader: reconnect and refetch
};

}  // namespace bpyd::protocol
