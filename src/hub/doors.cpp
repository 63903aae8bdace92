// SPDX-License-Identifier: MIT
// From bytes of a client to the handler of its message.
#include "bpyd/hub/doors.hpp"

#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"

namespace bpyd::hub {
namespace {

Result<void> handle(const Door& door, Client& client, std::string_view text) {
  const auto json = parse_json_object(text);
  if (!json) return std::unexpected(json.error());
  const auto type = json->find("type");
  if (type == json->end()) return fail(Code::missing_parameter, "missing required 'type'");
  if (!type->is_string()) return fail(Code::bad_value, "'type' must be a string");
  const auto& name = type->get_ref<const std::string&>();
  const auto message = door.messages.find(name);
  if (message == door.messages.end()) {
    std::vector<std::string> known;
    for (const auto& [key, value] : door.messages) known.push_back(key);
    return fail(Code::unknown_message, "Unknown message type '" + name.substr(0, 100) + "' on " + door.path,
                "Known here: " + join(known, ", "));
  }
  return message->second.handler(client, *json);
}

}  // namespace

Result<void> DoorTable::add(Door door) {
  const auto found = doors_.find(door.path);
  if (found != doors_.end()) {
    return fail(Code::internal, "door " + door.path + " is declared by " + found->second.owner + " and by " + door.owner);
  }
  std::string path = door.path;
  doors_.emplace(std::move(path), std::move(door));
  return {};
}

const Door* DoorTable::find(std::string_view path) const {
  const auto found = doors_.find(path);
  return found == doors_.end() ? nullptr : &found->second;
}

void dispatch(const Door& door, Hub& hub, Client& client, std::string_view text) {
  if (!hub.admit(client)) return;
  if (const auto ok = handle(door, client, text); !ok) client.send_error(ok.error());
}

}  // namespace bpyd::hub
