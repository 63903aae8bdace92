// SPDX-License-Identifier: MIT
// The /ws door: subscribe, unsubscribe, ping; a greeting with the state of the watch.
#include "channels.hpp"

#include <nlohmann/json.hpp>

#include "bpyd/daemon/services.hpp"
#include "messages.hpp"

namespace bpyd::channels {
namespace {

using daemon::Services;

EpochSeconds now() { return {epoch_seconds(std::chrono::system_clock::now())}; }

std::vector<std::string> channels_of(const Subscribe& message) {
  std::vector<std::string> all = message.channels;
  all.insert(all.end(), message.topics.begin(), message.topics.end());
  if (message.channel) all.insert(all.begin(), *message.channel);
  return all;
}

std::vector<std::string> reports_of(const Subscribe& message) {
  std::vector<std::string> all = message.reports;
  if (message.report) all.insert(all.begin(), *message.report);
  return all;
}

class Channels final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "channels"; }

  void install(daemon::Binder& binder) override {
    hub::Door door;
    door.path = "/ws";
    door.summary = "events and subscriptions; greets with watch.status";
    door.on_open = [this](hub::Client& client, const protocol::Request& request) { opened(client, request); };
    door.on_close = [this](hub::Client& client) { services_->state.subscribers.forget_connection(client); };
    for (const char* type : {"sub", "subscribe"}) {
      door.messages.emplace(type, hub::message(type, "listen to channels, or ask for reports", this, &Channels::subscribe));
    }
    for (const char* type : {"unsub", "unsubscribe"}) {
      door.messages.emplace(type, hub::message(type, "stop listening", this, &Channels::unsubscribe));
    }
    door.messages.emplace("ping", hub::message("ping", "are you there?", this, &Channels::ping));
    door.messages.emplace("pong", hub::message("pong", "I am here", this, &Channels::pong));
    door.answers = {{"watch.status", "the first message, and whenever it changes", schema_fn<daemon::WatchStatus>},
                    {"subscribed", "a subscription was made (unsubscribed: ended)", schema_fn<Subscribed>},
                    {"pong", "the answer to ping", schema_fn<Pong>},
                    {"error", "what was wrong with a message", schema_fn<protocol::ErrorMessage>}};
    binder.door(std::move(door));
  }

  void start(Services& services) override { services_ = &services; }

 private:
  void opened(hub::Client& client, const protocol::Request& request) {
    for (const char* channel : {"daemon", "watch"}) (void)services_->state.clients.subscribe(client, channel);
    nlohmann::ordered_json greeting{{"type", "watch.status"}};
    to_json(daemon::watch_status(services_->state), greeting);
    client.send_text(dump_json(greeting));
    const auto named = std::ranges::find(request.query, "client_id", &QueryPairs::value_type::first);
    if (named != request.query.end()) adopt(client, named->second);
  }

  /// The client says who it is: it gets back what it had subscribed to.
  void adopt(hub::Client& client, const std::string& client_id) {
    if (client_id.empty() || client_id.size() > 128 || client.client_id == client_id) return;
    client.client_id = client_id;
    const auto* before = services_->state.subscribers.remembered(client_id);
    if (before == nullptr) return;
    const auto kept = *before;
    for (const auto& channel : kept.channels) {
      if (!client.channels.contains(channel) && services_->state.clients.subscribe(client, channel)) confirm(client, "subscribed", channel, std::nullopt);
    }
    for (const auto& report : kept.reports) {
      services_->state.subscribers.subscribe_report(client, report);
      confirm(client, "subscribed", std::nullopt, report);
    }
  }

  Result<void> check(const Subscribe& message) const {
    if (channels_of(message).empty() && reports_of(message).empty() && !message.client_id) {
      return fail(Code::missing_parameter, "missing required 'channel', 'channels', 'topics' or 'report'",
                  R"(For example: {"type":"sub","channel":"watch"})");
    }
    for (const auto& report : reports_of(message)) {
      if (report != "analyze") return fail(Code::bad_value, "There is no report '" + report.substr(0, 80) + "'", "Reports: analyze");
    }
    return {};
  }

  Result<void> subscribe(hub::Client& client, const Subscribe& message) {
    if (auto ok = check(message); !ok) return ok;
    if (message.client_id) adopt(client, *message.client_id);
    for (const auto& channel : channels_of(message)) {
      if (auto ok = services_->state.clients.subscribe(client, channel); !ok) return ok;
      confirm(client, "subscribed", channel, std::nullopt);
    }
    for (const auto& report : reports_of(message)) {
      services_->state.subscribers.subscribe_report(client, report);
      confirm(client, "subscribed", std::nullopt, report);
    }
    services_->state.subscribers.remember(client);
    return {};
  }

  Result<void> unsubscribe(hub::Client& client, const Subscribe& message) {
    if (auto ok = check(message); !ok) return ok;
    for (const auto& channel : channels_of(message)) {
      services_->state.clients.unsubscribe(client, channel);
      confirm(client, "unsubscribed", channel, std::nullopt);
    }
    for (const auto& report : reports_of(message)) {
      services_->state.subscribers.unsubscribe_report(client, report);
      confirm(client, "unsubscribed", std::nullopt, report);
    }
    services_->state.subscribers.remember(client);
    return {};
  }

  static void confirm(hub::Client& client, std::string type, std::optional<std::string> channel, std::optional<std::string> report) {
    client.send_text(to_json_text(Subscribed{std::move(type), std::move(channel), std::move(report), now()}));
  }

  Result<void> ping(hub::Client& client, const Ping&) {
    client.send_text(to_json_text(Pong{"pong", now()}));
    return {};
  }
  Result<void> pong(hub::Client&, const Ping&) { return {}; }

  Services* services_ = nullptr;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Channels>(); }

}  // namespace bpyd::channels
