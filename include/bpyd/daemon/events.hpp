// SPDX-License-Identifier: MIT
// Publishing: log it, tell the listeners, broadcast it on its channel. Nobody broadcasts by hand.
//
//   struct WatchEvent {
//     static constexpr EventInfo kInfo{"watch.event", "a save was analysed", log::Level::info};
//     std::string project;
//     [[nodiscard]] std::vector<std::string> channels(const hub::Hub&) const { return {"watch"}; }
//     static void describe(auto& fields, auto& self) {…}
//   };
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/hub/hub.hpp"
#include "bpyd/runtime/bus.hpp"

namespace bpyd::daemon {

struct EventInfo {
  std::string_view type;
  std::string_view summary;
  log::Level level = log::Level::info;
};

/// A row for AsyncAPI and `bpyd events`.
struct EventDoc {
  std::string type, summary, channel, owner;
  SchemaFn schema = nullptr;
};

/// Loop thread only.
class Publisher {
 public:
  Publisher(runtime::Bus& bus, hub::Hub& hub) : bus_(bus), hub_(hub) {}

  /// Listeners in the order they came, then the log and the hub; what a listener publishes comes
  /// behind. An event without kInfo is heard by listeners alone.
  template <class E>
  void publish(E event) {
    if constexpr (requires { E::kInfo; }) {
      if (!declared(&declare<E>)) listen<E>();
    }
    bus_.publish(std::move(event));
  }

  /// Hears of every E. Registered in start(), before anything is published.
  template <class E>
  void on(std::function<void(const E&)> listener) {
    bus_.listen<E>(std::move(listener));
  }

 private:
  template <class E>
  static void declare() {}
  bool declared(void (*tag)());
  void broadcast(const EventInfo& info, ObjectRef event, const std::vector<std::string>& channels);

  template <class E>
  void listen() {
    // Registered at the first publication, behind the capabilities' own listeners.
    bus_.listen<E>([this](const E& event) {
      broadcast(E::kInfo, Fields::object(const_cast<E&>(event)), event.channels(hub_));
    });
  }

  runtime::Bus& bus_;
  hub::Hub& hub_;
  std::vector<void (*)()> declared_;
};

}  // namespace bpyd::daemon
