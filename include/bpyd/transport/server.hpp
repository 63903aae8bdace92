// SPDX-License-Identifier: MIT
// Two listeners, both speaking HTTP and WebSocket, behind one access gate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/hub/doors.hpp"
#include "bpyd/hub/hub.hpp"
#include "bpyd/protocol/assets.hpp"
#include "bpyd/protocol/routes.hpp"
#include "bpyd/runtime/loop.hpp"

namespace bpyd::transport {

struct ServerOptions {
  std::string host = "127.0.0.1";       ///< a numeric address
  std::uint16_t ws_port = 8765;         ///< base of the range; 0: any
  std::int64_t http_port = -1;          ///< -1: the WebSocket port's next; 0: any
  std::vector<std::string> allow_origins;
  bool compression = false;             ///< permessage-deflate for everybody who offers it
  std::string auth = "none";            ///< none, token or jwt
  std::filesystem::path profile_dir;    ///< where the token file goes
  std::string jwt_algorithm = "HS256";
  std::filesystem::path jwt_key, tls_certificate, tls_key;
  std::size_t connections = 20'000;     ///< sockets at once, idle ones among them; above: 503
  std::size_t message_limit = 64 * 1024;
  std::size_t body_limit = 1024 * 1024;
  std::chrono::milliseconds header_time{10000};
  std::chrono::milliseconds body_time{30000};
  std::chrono::milliseconds idle_time{60000};
};

struct Ports {
  std::uint16_t ws = 0;
  std::uint16_t http = 0;
};

/// Loop thread only. The tables, hub and assets outlive it.
class Server {
 public:
  Server(runtime::Loop& loop, ServerOptions options, const protocol::RouteTable& routes,
         const hub::DoorTable& doors, hub::Hub& hub, protocol::Assets assets);
  ~Server();

  /// A page's address with a one-time code, good for 30 seconds and for what `grant` is (R8); as it is
  /// without tokens.
  [[nodiscard]] std::string page_link(const std::string& target, const protocol::Grant& grant);

  /// Binds both ports: each at its base, then the next free one up to base + 5 (the WebSocket
  /// base's range for both). no_port names what was tried; bad_configuration or another when
  /// token, key or certificate cannot be used.
  Result<Ports> listen();
  /// From here on connections are taken.
  void start();

  void stop_accepting();
  /// Ends what is open: WebSockets with 1001, HTTP after the answer in hand. `done` when all are
  /// gone, or after `limit`.
  void close(std::chrono::milliseconds limit, std::function<void()> done);

  [[nodiscard]] std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bpyd::transport
