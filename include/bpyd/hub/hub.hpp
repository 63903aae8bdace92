// SPDX-License-Identifier: MIT
// The hub: who is connected, who listens to what, and one frame for all of them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/hub/client.hpp"
#include "bpyd/runtime/loop.hpp"

namespace bpyd::hub {

struct HubLimits {
  std::size_t clients = 10000;
  std::size_t subscriptions = 256;
  double messages_per_second = 100;
  double message_burst = 200;
  int refusals_before_close = 100;
  OutboxLimits outbox{};
  std::chrono::milliseconds heartbeat{30000};
};

/// Loop thread only. Outlives its clients' sinks.
class Hub {
 public:
  Hub(runtime::Loop& loop, HubLimits limits);
  ~Hub();

  /// Room for one more client?
  [[nodiscard]] bool has_room() const { return clients_.size() < limits_.clients; }
  Client& attach(Sink& sink, std::string door);
  void detach(Client& client);

  /// Twice is harmless. bad_value for a bad name, too_often over the limit of subscriptions.
  Result<void> subscribe(Client& client, const std::string& channel);
  void unsubscribe(Client& client, const std::string& channel);

  /// Numbers the event (`channel`, `seq`, `ts` are added behind its own members) and queues one
  /// shared frame for each subscriber. How many there were.
  std::size_t publish(const std::string& channel, nlohmann::ordered_json event);
  /// One message to everybody, on no channel.
  std::size_t broadcast(std::string_view text);

  /// A message arrived: heartbeat and rate limit. False when it must be ignored (the client has
  /// been told, or closed).
  bool admit(Client& client);
  /// Anything arrived, a pong for instance.
  void heard(Client& client);

  void close_all(protocol::CloseCode code, std::string_view reason);

  [[nodiscard]] std::size_t clients() const { return clients_.size(); }
  [[nodiscard]] std::size_t subscribers(const std::string& channel) const;
  /// Channels with at least one subscriber whose name starts with `prefix`.
  [[nodiscard]] std::vector<std::string> channels(std::string_view prefix = {}) const;
  [[nodiscard]] const HubLimits& limits() const { return limits_; }

  /// Told after each change of who is connected.
  void on_change(std::function<void()> listener) { changed_.push_back(std::move(listener)); }

 private:
  struct Channel {
    std::int64_t seq = 0;
    std::vector<Client*> subscribers;
  };
  void beat();

  runtime::Loop& loop_;
  HubLimits limits_;
  std::unordered_map<Client*, std::unique_ptr<Client>> clients_;
  std::map<std::string, Channel, std::less<>> channels_;
  std::unique_ptr<runtime::Timer> heartbeat_;  ///< only while somebody is connected
  std::vector<std::function<void()>> changed_;
};

/// Channel names: 1 to 128 visible characters, no spaces.
bool is_channel_name(std::string_view name);

}  // namespace bpyd::hub
