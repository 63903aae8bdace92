// SPDX-License-Identifier: MIT
// What the connections of one server share. Loop thread only.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <unordered_set>
#include <vector>

#include "bpyd/hub/doors.hpp"
#include "bpyd/protocol/assets.hpp"
#include "bpyd/protocol/routes.hpp"
#include "bpyd/runtime/loop.hpp"
#include "bpyd/transport/server.hpp"
#include "gate.hpp"

namespace bpyd::transport {

using Socket = boost::asio::ip::tcp::socket;

/// A connection, HTTP or WebSocket. Owned by the handlers it waits in; Core only knows it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;
  /// Writes what is queued; called once at the end of a turn after mark_dirty().
  virtual void flush() = 0;
  /// Called about once a second: past its deadline it ends itself.
  virtual void check_deadline(SteadyTime now) = 0;
  /// Shutdown: ends after what is in hand.
  virtual void finish() = 0;
  /// Shutdown's end: closes the socket now.
  virtual void abort() = 0;

  bool dirty = false;
};

struct Core {
  Core(runtime::Loop& the_loop, ServerOptions the_options, const protocol::RouteTable& the_routes,
       const hub::DoorTable& the_doors, hub::Hub& the_hub, protocol::Assets the_assets)
      : loop(the_loop), options(std::move(the_options)), routes(the_routes), doors(the_doors), hub(the_hub), assets(the_assets) {}

  runtime::Loop& loop;
  ServerOptions options;
  const protocol::RouteTable& routes;
  const hub::DoorTable& doors;
  hub::Hub& hub;
  protocol::Assets assets;
  GateOptions gate;
  bool closing = false;
  std::unordered_set<Connection*> connections;
  std::unique_ptr<runtime::Timer> sweep;  ///< only while there are connections
  std::vector<std::shared_ptr<Connection>> dirty;
  std::array<char, 64 * 1024> scratch{};  ///< one read buffer for all: one thread reads

  void enter(Connection& connection);
  void leave(Connection& connection);
  void mark_dirty(Connection& connection);
  void flush_dirty();
};

/// Starts serving HTTP on an accepted, non-blocking socket.
void serve_http(const std::shared_ptr<Core>& core, Socket socket);

/// Takes a judged upgrade request over. `early` are bytes that came behind the header.
void serve_websocket(const std::shared_ptr<Core>& core, Socket socket,
                     boost::beast::http::request<boost::beast::http::string_body> request,
                     protocol::Request seen, const hub::Door& door, std::string early);

}  // namespace bpyd::transport
