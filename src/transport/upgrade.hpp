// SPDX-License-Identifier: MIT
// Is this an upgrade to WebSocket, and a proper one (RFC 6455 4.2.1)? Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bpyd/core/error.hpp"
#include "gate.hpp"

namespace bpyd::transport {

bool wants_websocket(const RequestHeader& header);
/// What is wrong with it. Beast alone would take a key that is not 16 bytes.
std::optional<Error> judge_upgrade(const RequestHeader& header);
/// The 101. `protocol` and `extension` are what was chosen of the client's offers, or empty.
std::string upgrade_response(std::string_view key, std::string_view protocol, std::string_view extension);

}  // namespace bpyd::transport
