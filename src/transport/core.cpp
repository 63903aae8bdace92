// SPDX-License-Identifier: MIT
// Bookkeeping of connections: who is there, who has something to write, who is late.
#include "core.hpp"

#include <algorithm>

namespace bpyd::transport {
namespace {
constexpr int kMostRounds = 8;
constexpr std::size_t kAhead = 4;
}

Core::Core(runtime::Loop& the_loop, ServerOptions the_options, const protocol::RouteTable& the_routes,
           const hub::DoorTable& the_doors, hub::Hub& the_hub, protocol::Assets the_assets)
    : loop(the_loop), options(std::move(the_options)), routes(the_routes), doors(the_doors), hub(the_hub), assets(the_assets),
      metrics(the_hub.metrics()),
      bytes_in(metrics.counter("bpyd_bytes_received_total", "Bytes from all sockets")),
      bytes_out(metrics.counter("bpyd_bytes_sent_total", "Bytes to all sockets")),
      requests(metrics.counter("bpyd_http_requests_total", "HTTP requests answered")) {
  metrics.gauge("bpyd_connections", "Sockets open, HTTP and WebSocket", [this] { return static_cast<double>(connections.size()); });
}

void Core::enter(Connection& connection) {
  connections.insert(&connection);
  if (sweep) return;
  sweep = loop.every(std::chrono::seconds(1), [this] {
    const auto now = std::chrono::steady_clock::now();
    // A late connection leaves the set from within its check.
    const std::vector<Connection*> all(timed.begin(), timed.end());
    for (Connection* each : all) {
      if (const auto alive = each->weak_from_this().lock()) alive->check_deadline(now);
    }
  });
}

void Core::leave(Connection& connection) {
  connections.erase(&connection);
  timed.erase(&connection);
  if (connection.dirty) {
    std::ranges::replace(dirty, &connection, nullptr);
    std::ranges::replace(flushing, &connection, nullptr);
  }
  if (connections.empty()) sweep.reset();
}

void Core::flush_dirty() {
  // A flush may let a paused connection answer more, which is dirty again: the loop would block
  // with those bytes unsent.
  for (int rounds = 0; !dirty.empty() && rounds < kMostRounds; ++rounds) {
    flushing.clear();
    flushing.swap(dirty);
    for (std::size_t i = 0; i < flushing.size(); ++i) {
      // With thousands of clients each one's state has left the cache since its last event.
      if (i + kAhead < flushing.size()) __builtin_prefetch(flushing[i + kAhead]);
      if (flushing[i] == nullptr) continue;
      flushing[i]->dirty = false;
      flushing[i]->flush();
    }
  }
  if (!dirty.empty()) loop.post([] {});  // others first, then the next turn's end
  hub.turn_written();
}

}  // namespace bpyd::transport
