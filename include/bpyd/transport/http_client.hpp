// SPDX-License-Identifier: MIT
// A blocking HTTP client for the command line: `bpyd status` and its peers.
#pragma once

#include <chrono>
#include <string>

#include "bpyd/core/error.hpp"

namespace bpyd::transport {

struct ClientReply {
  int status = 0;
  std::string body;
};

/// One request, one answer, at most `limit` in all. Any thread without a loop of its own.
/// unreadable when nobody answers there.
Result<ClientReply> http_call(const std::string& host, std::uint16_t port, const std::string& method,
                              const std::string& target, const std::string& body, std::chrono::milliseconds limit);

}  // namespace bpyd::transport
