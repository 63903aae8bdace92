// SPDX-License-Identifier: MIT
// Clients, channels, numbers, heartbeat.
#include "bpyd/hub/hub.hpp"

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::hub {

bool is_channel_name(std::string_view name) {
  const auto visible = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; };
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, visible) && is_utf8(name);
}

Hub::Hub(runtime::Loop& loop, HubLimits limits) : loop_(loop), limits_(limits) {}
Hub::~Hub() = default;

Client& Hub::attach(Sink& sink, std::string door) {
  assert(loop_.on_loop_thread());
  const auto now = std::chrono::steady_clock::now();
  auto client = std::make_unique<Client>(random_hex(8), std::move(door), sink, limits_.outbox,
                                         RateLimiter(limits_.messages_per_second, limits_.message_burst, now));
  client->last_heard = now;
  Client& made = *client;
  clients_.emplace(&made, std::move(client));
  if (!heartbeat_) heartbeat_ = loop_.every(limits_.heartbeat, [this] { beat(); });
  for (const auto& listener : changed_) listener();
  return made;
}

void Hub::detach(Client& client) {
  for (const auto names = client.channels; const auto& channel : names) unsubscribe(client, channel);
  clients_.erase(&client);
  if (clients_.empty()) heartbeat_.reset();
  for (const auto& listener : changed_) listener();
}

Result<void> Hub::subscribe(Client& client, const std::string& channel) {
  if (!is_channel_name(channel)) {
    return fail(Code::bad_value, "'" + printable_utf8(channel.substr(0, 140)) + "' is no channel name",
                "Use 1 to 128 characters without spaces");
  }
  if (client.channels.contains(channel)) return {};
  if (client.channels.size() >= limits_.subscriptions) {
    return fail(Code::too_often, "A client may hold " + std::to_string(limits_.subscriptions) + " subscriptions",
                "Unsubscribe from channels you no longer need");
  }
  client.channels.insert(channel);
  channels_[channel].subscribers.push_back(&client);
  return {};
}

void Hub::unsubscribe(Client& client, const std::string& channel) {
  if (client.channels.erase(channel) == 0) return;
  const auto found = channels_.find(channel);
  std::erase(found->second.subscribers, &client);
  // A name nobody published on is forgotten, so that made-up names cost nothing.
  if (found->second.subscribers.empty() && found->second.seq == 0) channels_.erase(found);
}

std::size_t Hub::publish(const std::string& channel, nlohmann::ordered_json event) {
  assert(loop_.on_loop_thread());
  Channel& state = channels_[channel];
  ++state.seq;
  if (state.subscribers.empty()) return 0;
  event["channel"] = channel;
  event["seq"] = state.seq;
  event["ts"] = iso8601_now();
  const auto frame = protocol::text_frame(dump_json(event));
  for (Client* client : state.subscribers) client->send(frame);
  return state.subscribers.size();
}

std::size_t Hub::broadcast(std::string_view text) {
  const auto frame = protocol::text_frame(text);
  for (const auto& [key, client] : clients_) client->send(frame);
  return clients_.size();
}

bool Hub::admit(Client& client) {
  heard(client);
  if (client.closing()) return false;
  if (client.limiter.take(client.last_heard)) {
    client.refused = 0;
    return true;
  }
  if (++client.refused == 1) {
    client.send_error({Code::too_often, "More than " + std::to_string(static_cast<int>(limits_.messages_per_second)) +
                                            " messages a second: this one is ignored", "Send more slowly"});
  } else if (client.refused > limits_.refusals_before_close) {
    client.close(protocol::CloseCode::policy, "too many messages");
  }
  return false;
}

void Hub::heard(Client& client) { client.last_heard = std::chrono::steady_clock::now(); }

void Hub::beat() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [key, client] : clients_) {
    if (now - client->last_heard >= limits_.heartbeat * 2) {
      client->close(protocol::CloseCode::going_away, "no sign of life for two heartbeats: reconnect");
    } else {
      client->ping();
    }
  }
}

void Hub::close_all(protocol::CloseCode code, std::string_view reason) {
  std::vector<Client*> all;
  for (const auto& [key, client] : clients_) all.push_back(key);
  for (Client* client : all) client->close(code, reason);
}

std::size_t Hub::subscribers(const std::string& channel) const {
  const auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second.subscribers.size();
}

std::vector<std::string> Hub::channels(std::string_view prefix) const {
  std::vector<std::string> names;
  for (auto it = channels_.lower_bound(prefix); it != channels_.end() && it->first.starts_with(prefix); ++it) {
    if (!it->second.subscribers.empty()) names.push_back(it->first);
  }
  return names;
}

}  // namespace bpyd::hub
