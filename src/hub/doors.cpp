// SPDX-License-Identifier: MIT
// From bytes of a client to the handler of its message, and back in the client's spelling.
#include "bpyd/hub/doors.hpp"

#include <exception>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/protocol/error_envelope.hpp"

namespace bpyd::hub {
namespace {

constexpr std::size_t kPeek = 128;  // a publication says so early, or pays with the messages' limit

/// {"type":T, then the object's members.
std::string plain(std::string_view type, std::string_view object) {
  std::string text = "{\"type\":";
  append_json_string(text, type);
  if (object.size() > 2) text += ',';
  text += object.substr(1);
  return text;
}

std::string envelope(std::string_view kind, std::string_view event, std::string_view object, std::string_view correlation_id) {
  std::string text = "{\"type\":\"" + std::string(kind) + "\",\"event\":";
  append_json_string(text, event);
  text.append(",\"data\":").append(object).append(",\"timestamp\":\"");
  append_iso8601(text, epoch_millis_now());
  text += '"';
  if (!correlation_id.empty()) {
    text += ",\"correlation_id\":";
    append_json_string(text, correlation_id);
  }
  return text + "}";
}

Error unknown(const Door& door, const std::string& type) {
  std::vector<std::string> known;
  for (const auto& [key, value] : door.messages) known.push_back(key);
  return {Code::unknown_message, "Unknown message type '" + printable_utf8(type.substr(0, 100)) + "' on " + door.path, "Known here: " + join(known, ", ")};
}

Result<void> handle(const Door& door, const Call& call, const std::string& type) {
  const auto message = door.messages.find(type);
  if (message == door.messages.end()) return std::unexpected(unknown(door, type));
  if (message->second.scope == protocol::Scope::admin && !call.client.grant.admin) {
    return fail(Code::scope_too_small, "'" + type + "' needs the admin scope");
  }
  return message->second.handler(call);
}

Result<std::string> type_of(const JsonMembers& members, std::string_view name) {
  if (auto type = members.text(name)) return *std::move(type);
  if (members.raw(name)) return fail(Code::bad_value, "'" + std::string(name) + "' must be a string");
  return fail(Code::missing_parameter, "missing required '" + std::string(name) + "'");
}

/// {"type":"request","event":"subscribe","data":{…}} stands for {"type":"subscribe",…}.
Result<void> handle_request(const Door& door, const Call& outer) {
  const auto event = type_of(outer.members, "event");
  if (!event) return std::unexpected(event.error());
  const auto data = outer.members.raw("data").value_or("{}");
  const auto inner = JsonMembers::scan(data);
  if (!inner) return fail(Code::bad_value, "'data' must be an object");
  return handle(door, {outer.client, data, *inner, outer.correlation_id}, *event);
}

Result<void> handle_text(const Door& door, Client& client, std::string_view text, std::string& correlation_id) {
  const auto members = JsonMembers::scan(text);
  if (!members) return std::unexpected(members.error());
  correlation_id = members->text("correlation_id").value_or("").substr(0, 128);
  const Call call{client, text, *members, correlation_id};
  const auto type = type_of(*members, "type");
  if (!type) return std::unexpected(type.error());
  if (*type == "request" && !door.messages.contains("request")) return handle_request(door, call);
  return handle(door, call, *type);
}

}  // namespace

void send_message(Client& client, std::string_view type, std::string_view object) {
  client.send_text(client.kind.spelling == Spelling::envelope ? envelope("event", type, object, {}) : plain(type, object));
}

void Call::answer_text(std::string_view type, std::string_view object) const {
  if (client.kind.spelling == Spelling::envelope) return client.send_text(envelope("response", type, object, correlation_id));
  if (correlation_id.empty()) return client.send_text(plain(type, object));
  std::string with_id(object.substr(0, object.size() - 1));
  with_id += with_id.size() > 1 ? ",\"correlation_id\":" : "\"correlation_id\":";
  append_json_string(with_id, correlation_id);
  client.send_text(plain(type, with_id + "}"));
}

void Call::refuse(const Error& error) const { client.send_error(error, correlation_id); }

Result<void> DoorTable::add(Door door) {
  const auto found = doors_.find(door.path);
  if (found != doors_.end()) {
    return fail(Code::internal, "door " + door.path + " is declared by " + found->second.owner + " and by " + door.owner);
  }
  std::string path = door.path;
  doors_.emplace(std::move(path), std::move(door));
  return {};
}

const Door* DoorTable::find(std::string_view path, QueryPairs* params) const {
  const auto found = doors_.find(path);
  if (found != doors_.end()) return &found->second;
  for (const auto& [pattern, door] : doors_) {
    const auto brace = pattern.find('{');
    if (brace == std::string::npos || !path.starts_with(pattern.substr(0, brace))) continue;
    const auto value = path.substr(brace);
    if (value.empty() || value.contains('/')) continue;
    if (params != nullptr) params->emplace_back(pattern.substr(brace + 1, pattern.size() - brace - 2), std::string(value));
    return &door;
  }
  return nullptr;
}

void dispatch(const Door& door, Hub& hub, Client& client, std::string_view text) {
  const auto publish = door.messages.find("publish");
  const bool publication = publish != door.messages.end() && text.substr(0, kPeek).contains("\"publish\"");
  if (!(publication ? hub.admit_publication(client) : hub.admit(client))) return;
  std::string correlation_id;
  try {
    if (const auto ok = handle_text(door, client, text, correlation_id); !ok) client.send_error(ok.error(), correlation_id);
  } catch (const std::exception& exception) {  // nothing a client sends ends the process (R30)
    log::write(log::Level::error, "hub", "ws.handler.exception", exception.what(), {{"connection_id", client.connection_id}});
    client.send_error({Code::internal, "Something went wrong inside bpyd"}, correlation_id);
  }
}

}  // namespace bpyd::hub
