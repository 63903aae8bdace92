// SPDX-License-Identifier: MIT
// Bookkeeping of connections: who is there, who has something to write, who is late.
#include "core.hpp"

namespace bpyd::transport {

void Core::enter(Connection& connection) {
  connections.insert(&connection);
  if (sweep) return;
  sweep = loop.every(std::chrono::seconds(1), [this] {
    const auto now = std::chrono::steady_clock::now();
    // A late connection leaves the set from within its check.
    const std::vector<Connection*> all(connections.begin(), connections.end());
    for (Connection* each : all) {
      if (const auto alive = each->weak_from_this().lock()) alive->check_deadline(now);
    }
  });
}

void Core::leave(Connection& connection) {
  connections.erase(&connection);
  if (connections.empty()) sweep.reset();
}

void Core::mark_dirty(Connection& connection) {
  if (connection.dirty) return;
  if (auto alive = connection.weak_from_this().lock()) {
    connection.dirty = true;
    dirty.push_back(std::move(alive));
  }
}

void Core::flush_dirty() {
  if (dirty.empty()) return;
  const auto batch = std::move(dirty);
  dirty.clear();
  for (const auto& connection : batch) {
    connection->dirty = false;
    connection->flush();
  }
}

}  // namespace bpyd::transport
