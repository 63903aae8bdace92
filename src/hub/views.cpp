// SPDX-License-Identifier: MIT
// What can be asked of the hub, and what it counts.
#include <set>

#include "channel.hpp"

namespace bpyd::hub {

Hub::Counters::Counters(runtime::Metrics& metrics)
    : connections(metrics.counter("bpyd_ws_connections_total", "WebSocket clients that came")),
      messages_in(metrics.counter("bpyd_ws_messages_received_total", "Messages from clients")),
      published(metrics.counter("bpyd_events_published_total", "Events published on channels")),
      deliveries(metrics.counter("bpyd_deliveries_total", "Events put into a client's queue")),
      delivered_bytes(metrics.counter("bpyd_delivered_bytes_total", "Bytes of those events on the wire")),
      slow_caught_up(metrics.counter("bpyd_ws_slow_clients_total", "Clients that read too slowly", "action=\"catch_up\"")),
      slow_closed(metrics.counter("bpyd_ws_slow_clients_total", "Clients that read too slowly", "action=\"closed\"")),
      timeouts(metrics.counter("bpyd_ws_timeouts_total", "Clients closed for silence")),
      recovered(metrics.counter("bpyd_resumes_total", "Subscriptions that asked for what they missed", "recovered=\"true\"")),
      unrecovered(metrics.counter("bpyd_resumes_total", "Subscriptions that asked for what they missed", "recovered=\"false\"")),
      latency(metrics.histogram("bpyd_publish_to_socket_seconds", "From publishing an event to its bytes given to the sockets")) {}

void Hub::count_clients() {
  metrics_.gauge("bpyd_ws_connections", "WebSocket clients now", [this] { return static_cast<double>(clients_.size()); });
  metrics_.gauge("bpyd_channels", "Channels with a number or a subscriber", [this] { return static_cast<double>(channels_.size()); });
  const auto queues = [this](auto pick) {
    return [this, pick] {
      double sum = 0, most = 0;
      for (const auto& [key, client] : clients_) {
        sum += static_cast<double>(client->outbox.messages());
        most = std::max(most, static_cast<double>(client->outbox.messages()));
      }
      return pick(sum, most);
    };
  };
  metrics_.gauge("bpyd_ws_queue_messages", "Messages that wait in all queues", queues([](double sum, double) { return sum; }));
  metrics_.gauge("bpyd_ws_queue_messages_max", "Messages that wait in the longest queue", queues([](double, double most) { return most; }));
  metrics_.gauge("bpyd_ws_catching_up", "Clients that read what they missed from the log", [this] {
    return static_cast<double>(std::ranges::count_if(clients_, [](const auto& entry) { return !entry.second->catching_.empty(); }));
  });
}

std::size_t Hub::users() const {
  std::set<std::string_view> names;
  for (const auto& [key, client] : clients_) {
    if (!client->user.empty()) names.insert(client->user);
  }
  return names.size();
}

std::size_t Hub::subscribers(std::string_view name) const {
  const auto* channel = find(name);
  return channel == nullptr ? 0 : channel->subscribers;
}

std::vector<const Client*> Hub::members(std::string_view name) const {
  std::vector<const Client*> list;
  const auto* channel = find(name);
  if (channel == nullptr) return list;
  for (const auto& members : channel->members) list.insert(list.end(), members.begin(), members.end());
  for (const auto& [key, client] : clients_) {
    if (std::ranges::any_of(client->catching_, [&](const auto& reader) { return reader->channel == name; })) list.push_back(key);
  }
  return list;
}

ChannelView Hub::view_of(const Channel& channel) const {
  const auto oldest = channel.durable ? log_->oldest(channel.name) : channel.seq + 1;
  return {channel.name, epoch_of(channel), channel.seq, oldest, channel.subscribers, channel.durable};
}

ChannelView Hub::view(std::string_view name) const {
  if (const auto* channel = find(name)) return view_of(*channel);
  const bool durable = log_ != nullptr && any_covers(policy_.durable, name);
  return {name, durable ? log_->epoch() : epoch_, 0, 1, 0, durable};
}

std::vector<std::string> Hub::channels(std::string_view prefix) const {
  std::vector<std::string> names;
  for (auto it = channels_.lower_bound(prefix); it != channels_.end() && it->first.starts_with(prefix); ++it) {
    if (it->second->subscribers > 0 && !is_private(it->first)) names.push_back(it->first);
  }
  return names;
}

std::vector<ChannelView> Hub::all_channels() const {
  std::vector<ChannelView> list;
  for (const auto& [name, channel] : channels_) {
    if (!is_private(name)) list.push_back(view_of(*channel));
  }
  return list;
}

}  // namespace bpyd::hub
