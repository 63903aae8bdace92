// SPDX-License-Identifier: MIT
// The state of the daemon, as messages.
#include "status_door.hpp"

#include "talk.hpp"

namespace bpyd::channels {

void StatusDoor::install(daemon::Binder& binder) {
  hub::Door door("/ws/status", protocol::Scope::read);
  door.summary = "what the daemon is doing: at once, and on each change";
  door.spelling = hub::Spelling::brain;
  door.messages.emplace("get_status", hub::message(protocol::Scope::read, "tell it now", this, &StatusDoor::get_status));
  door.messages.emplace("ping", hub::message(protocol::Scope::read, "are you there?", this, &StatusDoor::ping));
  door.answers = {{"status", "the first message, and on each change", schema_fn<StatusMessage>},
                  {"pong", "the answer to ping", schema_fn<Time>},
                  {"error", "what was wrong with a message", schema_fn<protocol::ErrorMessage>}};
  door.on_open = [this](hub::Client& client, const protocol::Request&) {
    clients_.insert(&client);
    hub::send_message(client, "status", text());
  };
  door.on_close = [this](hub::Client& client) { clients_.erase(&client); };
  binder.door(std::move(door));
}

void StatusDoor::start(daemon::Services& services) {
  services_ = &services;
  services.events.on<daemon::WorkChanged>([this](const daemon::WorkChanged&) {
    const auto now = text();
    if (now == told_) return;
    told_ = now;
    for (hub::Client* client : clients_) hub::send_message(*client, "status", now);
  });
}

std::string StatusDoor::text() const {
  const auto work = daemon::current_work(services_->state);
  return to_json_text(StatusMessage{work.empty() ? "idle" : "busy", work.empty() ? "nothing is running" : work, !work.empty()});
}

Result<void> StatusDoor::get_status(const hub::Call& call, const Nothing&) {
  call.answer_text("status", text());
  return {};
}

Result<void> StatusDoor::ping(const hub::Call& call, const Nothing&) {
  call.answer("pong", Time{now()});
  return {};
}

}  // namespace bpyd::channels
