// SPDX-License-Identifier: MIT
// What clients say on the doors that carry events: subscribe, unsubscribe, publish, ping.
#pragma once

#include "bpyd/daemon/services.hpp"
#include "messages.hpp"

namespace bpyd::channels {

inline EpochSeconds now() { return {epoch_seconds(std::chrono::system_clock::now())}; }

/// The room that `session_id` = 42 stands for: "session:42". Empty for what names no room.
std::string room_of(std::string_view member, std::string_view id);

/// Loop thread only.
class Talk {
 public:
  void start(daemon::Services& services) { services_ = &services; }
  [[nodiscard]] std::map<std::string, hub::Message, std::less<>> messages();
  [[nodiscard]] static std::vector<hub::ServerMessage> answers();

  /// The client says who it is: it gets back what it had subscribed to.
  void adopt(hub::Client& client, const std::string& client_id);
  /// For doors that subscribe at once; what is wrong is told to the client.
  void subscribe_to(hub::Client& client, const std::string& channel);

 private:
  Result<void> subscribe(const hub::Call& call, const Subscribe& message);
  Result<void> unsubscribe(const hub::Call& call, const Subscribe& message);
  Result<void> publish(const hub::Call& call);
  Result<void> ping(const hub::Call& call, const Nothing&);
  Result<void> pong(const hub::Call&, const Nothing&) { return {}; }
  Result<void> check(const std::vector<std::string>& channels, const Subscribe& message) const;
  Result<void> subscribe_one(const hub::Call& call, const Subscribe& message, const std::string& channel);

  daemon::Services* services_ = nullptr;
};

}  // namespace bpyd::channels
