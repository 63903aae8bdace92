// SPDX-License-Identifier: MIT
// The daemon's own life, as events on the channel `daemon`.
#pragma once

#include "bpyd/daemon/events.hpp"

namespace bpyd::daemon_info {

struct OnDaemonChannel {
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub&) { return {"daemon"}; }
};

struct Started : OnDaemonChannel {
  static constexpr daemon::EventInfo kInfo{"daemon.start", "The daemon starts"};
  std::int64_t pid = 0;
  std::string version;
  Started() = default;
  Started(std::int64_t the_pid, std::string the_version) : pid(the_pid), version(std::move(the_version)) {}
  static void describe(auto& fields, auto& self) {
    fields.required("pid", self.pid, "of the daemon");
    fields.required("version", self.version, "of the daemon");
  }
};

struct HttpReady : OnDaemonChannel {
  static constexpr daemon::EventInfo kInfo{"daemon.http_ready", "Both ports are open"};
  std::int64_t ws_port = 0, http_port = 0;
  HttpReady() = default;
  HttpReady(std::int64_t ws, std::int64_t http) : ws_port(ws), http_port(http) {}
  static void describe(auto& fields, auto& self) {
    fields.required("ws_port", self.ws_port, "the WebSocket role's");
    fields.required("http_port", self.http_port, "the HTTP role's");
  }
};

struct ShuttingDown : OnDaemonChannel {
  static constexpr daemon::EventInfo kInfo{"daemon.shutdown", "The daemon stops"};
  bool reconnect = true;
  static void describe(auto& fields, auto& self) { fields.required("reconnect", self.reconnect, "worth trying again later"); }
};

}  // namespace bpyd::daemon_info
