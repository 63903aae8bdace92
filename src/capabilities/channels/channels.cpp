// SPDX-License-Identifier: MIT
// The doors: who is greeted how, and which vocabulary each understands.
#include "channels.hpp"

#include "bpyd/daemon/services.hpp"
#include "http_side.hpp"
#include "log_door.hpp"
#include "status_door.hpp"
#include "talk.hpp"

namespace bpyd::channels {
namespace {

std::string_view query_value(const protocol::Request& request, std::string_view name) {
  const auto found = std::ranges::find(request.query, name, &QueryPairs::value_type::first);
  return found == request.query.end() ? std::string_view{} : std::string_view(found->second);
}

class Channels final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "channels"; }

  void install(daemon::Binder& binder) override {
    install_ws(binder);
    install_brain(binder);
    install_rooms(binder);
    status_.install(binder);
    logs_.install(binder);
    http_.install(binder);
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    talk_.start(services);
    status_.start(services);
    logs_.start(services);
    http_.start(services);
  }

  void stop() override { logs_.stop(); }

 private:
  hub::Door door(std::string path, std::string summary, hub::Spelling spelling) {
    hub::Door door(std::move(path), protocol::Scope::read);
    door.summary = std::move(summary);
    door.spelling = spelling;
    door.messages = talk_.messages();
    door.answers = Talk::answers();
    door.on_close = [this](hub::Client& client) { services_->state.subscribers.forget_connection(client); };
    return door;
  }

  void install_ws(daemon::Binder& binder) {
    auto ws = door("/ws", "events and subscriptions; greets with watch.status", hub::Spelling::flat);
    ws.answers.insert(ws.answers.begin(), {"watch.status", "the first message, and whenever it changes", schema_fn<daemon::WatchStatus>});
    ws.on_open = [this](hub::Client& client, const protocol::Request& request) {
      for (const char* channel : {"daemon", "watch"}) (void)services_->state.clients.subscribe(client, channel);
      hub::send_message(client, "watch.status", to_json_text(daemon::watch_status(services_->state)));
      introduce(client, request);
    };
    binder.door(std::move(ws));
  }

  void install_brain(daemon::Binder& binder) {
    auto connect = door("/ws/connect", "BRAiN's main door: greets with connected", hub::Spelling::brain);
    connect.json_ping = true;
    connect.on_open = [this](hub::Client& client, const protocol::Request& request) {
      greet(client);
      introduce(client, request);
    };
    auto channel = door("/ws/channel/{name}", "BRAiN's channel door: subscribed to {name} at once", hub::Spelling::brain);
    channel.json_ping = true;
    channel.judge = [](const protocol::Request& request) -> Result<void> {
      const auto& name = request.params.front().second;
      if (!hub::is_channel_name(name)) return fail(Code::bad_value, "'" + name.substr(0, 140) + "' is no channel name", "Use 1 to 128 characters without spaces");
      if (!request.grant.may_use(name)) return fail(Code::scope_too_small, "This token does not reach channel '" + name + "'");
      return {};
    };
    channel.on_open = [this](hub::Client& client, const protocol::Request& request) {
      greet(client);
      introduce(client, request);
      talk_.subscribe_to(client, request.params.front().second);
    };
    binder.door(std::move(connect));
    binder.door(std::move(channel));
  }

  void install_rooms(daemon::Binder& binder) {
    auto rooms = door("/", "the Bodhisattva services' door: the envelope, and rooms by ?session_id= and its like", hub::Spelling::envelope);
    rooms.on_open = [this](hub::Client& client, const protocol::Request& request) {
      greet(client);
      introduce(client, request);
      for (const auto& [name, value] : request.query) {
        if (const auto room = room_of(name, value); !room.empty()) talk_.subscribe_to(client, room);
      }
    };
    binder.door(std::move(rooms));
  }

  static void greet(hub::Client& client) { hub::send_message(client, "connected", to_json_text(Connected{client.connection_id, now()})); }

  void introduce(hub::Client& client, const protocol::Request& request) {
    if (const auto user = query_value(request, "user_id"); !user.empty()) {
      if (const auto ok = services_->state.clients.identify(client, std::string(user)); !ok) client.send_error(ok.error());
    }
    if (const auto id = query_value(request, "client_id"); !id.empty()) talk_.adopt(client, std::string(id));
  }

  Talk talk_;
  StatusDoor status_;
  LogDoor logs_;
  HttpSide http_;
  daemon::Services* services_ = nullptr;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Channels>(); }

}  // namespace bpyd::channels
