// SPDX-License-Identifier: MIT
// What the connections of one server share. Loop thread only.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bpyd/hub/doors.hpp"
#include "bpyd/protocol/assets.hpp"
#include "bpyd/protocol/routes.hpp"
#include "bpyd/runtime/loop.hpp"
#include "bpyd/runtime/metrics.hpp"
#include "bpyd/transport/server.hpp"
#include "access.hpp"
#include "gate.hpp"
#include "stream.hpp"

namespace bpyd::transport {

/// A connection, HTTP or WebSocket. Owned by the handlers it waits in; Core only knows it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;
  /// Writes what is queued; called once at the end of a turn after mark_dirty().
  virtual void flush() = 0;
  /// Called about once a second after watch_deadline(): past its deadline it ends itself.
  virtual void check_deadline(SteadyTime now) = 0;
  /// Shutdown: ends after what is in hand.
  virtual void finish() = 0;
  /// Shutdown's end: closes the socket now.
  virtual void abort() = 0;

  bool dirty = false;
};

/// Bytes of bodies that are being received, all connections together.
struct Bodies {
  class Share {
   public:
    Share() = default;
    Share(Bodies& of, std::size_t bytes) : of_(&of), bytes_(bytes) { of.held += bytes; }
    Share(Share&& other) noexcept : of_(std::exchange(other.of_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (of_ != nullptr) of_->held -= bytes_;
    }

   private:
    Bodies* of_ = nullptr;
    std::size_t bytes_ = 0;
  };
  Share take(std::uint64_t bytes) { return {*this, static_cast<std::size_t>(bytes)}; }

  std::size_t held = 0;
};

struct Core {
  Core(runtime::Loop& the_loop, ServerOptions the_options, const protocol::RouteTable& the_routes,
       const hub::DoorTable& the_doors, hub::Hub& the_hub, protocol::Assets the_assets);

  runtime::Loop& loop;
  ServerOptions options;
  const protocol::RouteTable& routes;
  const hub::DoorTable& doors;
  hub::Hub& hub;
  protocol::Assets assets;
  GateOptions gate;
  Ports ports{};
  runtime::Metrics& metrics;
  std::unique_ptr<Access> access;
  std::shared_ptr<SSL_CTX> tls;  ///< null: plain
  protocol::FrameArena frames;   ///< handshakes, pings, pongs, closes
  std::uint64_t &bytes_in, &bytes_out, &requests;
  Bodies bodies;
  bool closing = false;
  std::unordered_set<Connection*> connections;
  std::unordered_set<Connection*> timed;  ///< those with a deadline
  std::unique_ptr<runtime::Timer> sweep;  ///< only while there are connections
  std::vector<Connection*> dirty, flushing;  ///< null for one that has gone meanwhile
  std::array<char, 64 * 1024> scratch{};  ///< one read buffer for all: one thread reads

  void enter(Connection& connection);
  void leave(Connection& connection);
  void watch_deadline(Connection& connection) { timed.insert(&connection); }
  void mark_dirty(Connection& connection) {
    if (connection.dirty) return;
    connection.dirty = true;
    dirty.push_back(&connection);
  }
  void flush_dirty();
};

/// Starts serving HTTP on an accepted, non-blocking socket.
void serve_http(const std::shared_ptr<Core>& core, Socket socket);

/// What the opening handshake agreed on.
struct Upgrade {
  hub::Spelling spelling = hub::Spelling::flat;
  bool inflate = false;  ///< its messages may come compressed
  bool deflate = false;  ///< it is sent compressed ones
  protocol::Grant grant;
};

/// Takes the connection over behind a judged upgrade. `response` is the 101; `early` are bytes
/// that came behind the request.
void serve_websocket(const std::shared_ptr<Core>& core, Stream stream, const hub::Door& door, const Upgrade& upgrade,
                     const std::string& response, const protocol::Request& request, std::string early);

}  // namespace bpyd::transport
