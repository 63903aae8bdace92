// SPDX-License-Identifier: MIT
// The catalogue's rows.
#include "catalogue.hpp"

#include <algorithm>

namespace bpyd::channels {
namespace {

void add(std::vector<daemon::ChannelConfig>& rows, const daemon::ChannelConfig& row) {
  const auto known = std::ranges::find(rows, row.channel, &daemon::ChannelConfig::channel);
  if (known == rows.end()) {
    rows.push_back(row);
    return;
  }
  if (!row.purpose.empty()) known->purpose = row.purpose;
  for (const auto& event : row.events) {
    if (std::ranges::find(known->events, event) == known->events.end()) known->events.push_back(event);
  }
}

}  // namespace

std::vector<daemon::ChannelConfig> catalogue(const daemon::Config& config, const daemon::Tables& tables) {
  std::vector<daemon::ChannelConfig> rows = {
      {"missions", "Mission updates", {"created", "started", "completed", "failed"}},
      {"agents", "Agent status", {"started", "stopped", "heartbeat", "error"}},
      {"system", "System events", {"startup", "shutdown", "health", "alerts"}},
      {"tasks", "Background tasks", {"queued", "started", "completed", "failed"}},
      {"audit", "Audit logs", {"audit_log"}},
      {"metrics", "Performance metrics", {"metrics_update"}},
  };
  for (const auto& event : tables.events) add(rows, {event.channel, "The daemon's own: " + event.owner, {event.type}});
  for (const auto& row : config.channels) add(rows, row);
  return rows;
}

}  // namespace bpyd::channels
