// SPDX-License-Identifier: MIT
// Doors: the WebSocket paths, each with its first message and its vocabulary. Behind every door
// is the same client, hub and limits. The table also answers AsyncAPI and /docs.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/hub/hub.hpp"
#include "bpyd/protocol/http.hpp"
#include "bpyd/protocol/routes.hpp"

namespace bpyd::hub {

/// A message a client may send.
struct Message {
  std::string type;
  std::string summary;
  SchemaFn schema = nullptr;
  std::function<Result<void>(Client&, const nlohmann::json&)> handler;
};

/// A message the daemon sends on a door that is no published event.
struct ServerMessage {
  std::string type;
  std::string summary;
  SchemaFn schema = nullptr;
};

struct Door {
  std::string path;
  std::string summary;
  std::string owner;
  protocol::Scope scope = protocol::Scope::read;
  std::function<void(Client&, const protocol::Request&)> on_open;
  std::function<void(Client&)> on_close;
  std::map<std::string, Message, std::less<>> messages;
  std::vector<ServerMessage> answers;
};

/// A message handler typed by its described struct.
template <class M, class C>
Message message(std::string type, std::string summary, C* self, Result<void> (C::*f)(Client&, const M&)) {
  return {std::move(type), std::move(summary), schema_fn<M>, [self, f](Client& client, const nlohmann::json& json) {
            auto parsed = from_json<M>(json);
            if (!parsed) return Result<void>(std::unexpected(parsed.error()));
            return (self->*f)(client, *parsed);
          }};
}

/// Loop thread only; filled before the ports open.
class DoorTable {
 public:
  Result<void> add(Door door);
  [[nodiscard]] const Door* find(std::string_view path) const;
  [[nodiscard]] const std::map<std::string, Door, std::less<>>& all() const { return doors_; }

 private:
  std::map<std::string, Door, std::less<>> doors_;
};

/// One text message from a client: limits, JSON, vocabulary, handler. Whatever is wrong becomes
/// an error message on that socket, which stays open.
void dispatch(const Door& door, Hub& hub, Client& client, std::string_view text);

}  // namespace bpyd::hub
