// SPDX-License-Identifier: MIT
// /ws/logs: the daemon's log, live, with a backlog and a level.
#pragma once

#include <map>

#include "bpyd/daemon/services.hpp"
#include "messages.hpp"

namespace bpyd::channels {

/// Loop thread only; lines of other threads are posted over.
class LogDoor {
 public:
  void install(daemon::Binder& binder);
  void start(daemon::Services& services) { services_ = &services; }
  void stop();

 private:
  void opened(hub::Client& client, const protocol::Request& request);
  void closed(hub::Client& client);
  void send_backlog(hub::Client& client, std::size_t lines, log::Level least) const;
  void tell(log::Level level, const std::string& message);
  Result<void> set_level(const hub::Call& call, const SetLevel& message);
  Result<void> ping(const hub::Call& call, const Nothing&);

  std::map<hub::Client*, log::Level> clients_;
  daemon::Services* services_ = nullptr;
};

}  // namespace bpyd::channels
