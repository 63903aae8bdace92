// SPDX-License-Identifier: MIT
// Blocking clients for the command line: `bpyd status`, `bpyd tail` and their peers.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bpyd/core/error.hpp"

namespace bpyd::transport {

/// Where a daemon listens and what it asks for.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::string token{};               ///< sent when not empty
  bool tls = false;
  std::filesystem::path certificate{};  ///< the one the daemon must show
};

struct ClientReply {
  int status = 0;
  std::string body;
};

/// One request, one answer, at most `limit` in all. Any thread without a loop of its own.
/// unreadable when nobody answers there.
Result<ClientReply> http_call(const Endpoint& where, const std::string& method, const std::string& target,
                              const std::string& body, std::chrono::milliseconds limit);

/// Opens `target` as a WebSocket, sends `first`, then hands every text message to `on_message`
/// until that answers false. unreadable when the socket cannot be opened or is lost.
Result<void> ws_listen(const Endpoint& where, const std::string& target, const std::vector<std::string>& first,
                       const std::function<bool(const std::string&)>& on_message);

}  // namespace bpyd::transport
