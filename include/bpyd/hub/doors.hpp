// SPDX-License-Identifier: MIT
// Doors: the WebSocket paths, each with its first message, spelling and vocabulary. Behind every
// door is the same client, hub and limits. The table also answers AsyncAPI and /docs.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/json_scan.hpp"
#include "bpyd/hub/hub.hpp"
#include "bpyd/protocol/http.hpp"
#include "bpyd/protocol/routes.hpp"

namespace bpyd::hub {

/// One message in hand, and how its sender wants to be answered. Valid during the handler.
struct Call {
  Client& client;
  std::string_view text;          ///< the message's object (an envelope's `data`)
  const JsonMembers& members;     ///< of `text`
  std::string correlation_id;     ///< empty when the client gave none

  /// Answers with a described struct as the message's members.
  template <class R>
  void answer(std::string_view type, const R& reply) const {
    answer_text(type, to_json_text(reply));
  }
  /// `object` is a JSON object.
  void answer_text(std::string_view type, std::string_view object) const;
  void refuse(const Error& error) const;
};

/// A message to one client outside of a call, in its spelling. `object` is a JSON object.
void send_message(Client& client, std::string_view type, std::string_view object);

/// A message a client may send.
struct Message {
  explicit Message(protocol::Scope the_scope) : scope(the_scope) {}

  protocol::Scope scope;
  std::string summary;
  SchemaFn schema = nullptr;
  std::function<Result<void>(const Call&)> handler;
  bool publication = false;  ///< bounded by the publications' own rate
};

/// A message the daemon sends on a door that is no published event.
struct ServerMessage {
  std::string type;
  std::string summary;
  SchemaFn schema = nullptr;
};

struct Door {
  Door(std::string the_path, protocol::Scope the_scope) : path(std::move(the_path)), scope(the_scope) {}

  std::string path;  ///< "/ws/channel/{name}"
  protocol::Scope scope;
  std::string summary;
  std::string owner;
  Spelling spelling = Spelling::flat;
  bool json_ping = false;
  /// May refuse the client before the handshake is answered.
  std::function<Result<void>(const protocol::Request&)> judge;
  std::function<void(Client&, const protocol::Request&)> on_open;
  std::function<void(Client&)> on_close;
  std::map<std::string, Message, std::less<>> messages;
  std::vector<ServerMessage> answers;
  /// Takes each whole message itself, whatever is in it; then there is no vocabulary, and no limit but the
  /// reading pace: while more than the outbox's bound is unsent, nothing is read.
  std::function<void(Client&, protocol::Opcode, std::string_view)> on_message;
  std::size_t message_limit = 0;  ///< 0: the configuration's
  bool deflate = false;           ///< accepts compression from whoever offers it
};

/// A message handler typed by its described struct.
template <class M, class C>
Message message(protocol::Scope scope, std::string summary, C* self, Result<void> (C::*f)(const Call&, const M&)) {
  Message made(scope);
  made.summary = std::move(summary);
  made.schema = schema_fn<M>;
  made.handler = [self, f](const Call& call) {
    auto parsed = from_json_text<M>(call.text);
    if (!parsed) return Result<void>(std::unexpected(parsed.error()));
    return (self->*f)(call, *parsed);
  };
  return made;
}

/// Loop thread only; filled before the ports open.
class DoorTable {
 public:
  Result<void> add(Door door);
  /// `params` gets what {name} in the door's path matched.
  [[nodiscard]] const Door* find(std::string_view path, QueryPairs* params = nullptr) const;
  [[nodiscard]] const std::map<std::string, Door, std::less<>>& all() const { return doors_; }

 private:
  std::map<std::string, Door, std::less<>> doors_;
};

/// One text message from a client: limits, JSON, vocabulary, scope, handler. Whatever is wrong
/// becomes an error message on that socket, which stays open.
void dispatch(const Door& door, Hub& hub, Client& client, std::string_view text);

}  // namespace bpyd::hub
