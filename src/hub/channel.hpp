// SPDX-License-Identifier: MIT
// The hub's inner parts: a channel, a reader of the log, the counters.
#pragma once

#include <algorithm>

#include "bpyd/hub/hub.hpp"

namespace bpyd::hub {

/// A publication on a synced channel that waits for the disk.
struct Hub::Waiting {
  std::int64_t seq = 0, ts = 0;
  std::string type, data, correlation_id;
  bool flat = false;
  std::function<void(bool kept)> done;
};

struct Hub::Channel {
  std::string name;
  bool durable = false, synced = false;
  std::int64_t seq = 0;      ///< the last number told
  std::int64_t written = 0;  ///< the last number given; ahead of seq while a synced event waits
  std::array<std::vector<Client*>, Kind::kCount> members;  ///< live listeners, by what they are sent
  std::size_t subscribers = 0;                             ///< live ones and those that catch up
  std::vector<Client*> observers;                          ///< opted in to joins and leaves
  std::deque<Waiting> waiting;
};

/// One client reading one channel from the log until it is live.
struct CatchUp {
  CatchUp(std::string name, runtime::LogCursor at) : channel(std::move(name)), cursor(std::move(at)) {}
  std::string channel;
  runtime::LogCursor cursor;
  std::vector<protocol::Frame> ready;  ///< read ahead, so that the answer to `since` is true
  bool hole = false;                   ///< the log ends or is damaged behind what is ready
};

struct Hub::Counters {
  explicit Counters(runtime::Metrics& metrics);
  std::uint64_t &connections, &messages_in, &published, &deliveries, &delivered_bytes, &slow_caught_up, &slow_closed,
      &timeouts, &recovered, &unrecovered;
  runtime::Histogram& latency;
};

bool any_covers(const std::vector<std::string>& patterns, std::string_view name);

inline bool remove_from(std::vector<Client*>& list, const Client& client) {
  const auto found = std::ranges::find(list, &client);
  if (found == list.end()) return false;
  *found = list.back();
  list.pop_back();
  return true;
}

}  // namespace bpyd::hub
