// SPDX-License-Identifier: MIT
// Who comes and goes, for those who asked.
#include "bpyd/core/clock.hpp"
#include "bpyd/core/json_scan.hpp"
#include "channel.hpp"

namespace bpyd::hub {

std::vector<const Client*> Hub::observe(Client& client, const std::string& name) {
  const auto found = channel(name);
  if (!found) return {};
  auto& observers = (*found)->observers;
  if (std::ranges::find(observers, &client) == observers.end()) observers.push_back(&client);
  return members(name);
}

void Hub::tell_presence(Channel& channel, const Client& client, std::string_view type) {
  if (channel.observers.empty()) return;
  std::string members = "\"channel\":";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    members.append(",\"").append(name).append("\":");
    append_json_string(members, value);
  };
  append_json_string(members, channel.name);
  add("connection_id", client.connection_id);
  add("client_id", client.client_id);
  add("user", client.user);
  std::string time;
  append_epoch_seconds(time, epoch_millis_now());
  const auto plain = "{\"type\":\"" + std::string(type) + "\"," + members + ",\"timestamp\":" + time + "}";
  std::string envelope;
  write_unnumbered(envelope, Spelling::envelope, epoch_millis_now(), {type, "{" + members + "}"});
  for (Client* observer : std::vector<Client*>(channel.observers)) {
    if (observer != &client) observer->send_text(observer->kind.spelling == Spelling::envelope ? envelope : plain);
  }
}

}  // namespace bpyd::hub
