// SPDX-License-Identifier: MIT
// Subscribing, publishing, and what is answered.
#include "talk.hpp"

#include <algorithm>

namespace bpyd::channels {
namespace {

constexpr std::size_t kMostNames = 1000;

std::vector<std::string> reports_of(const Subscribe& message) {
  std::vector<std::string> all = message.reports;
  if (message.report) all.insert(all.begin(), *message.report);
  return all;
}

/// Every channel the message names, rooms among them.
std::vector<std::string> channels_of(const hub::Call& call, const Subscribe& message) {
  std::vector<std::string> all = message.channels;
  all.insert(all.end(), message.topics.begin(), message.topics.end());
  if (message.channel) all.insert(all.begin(), *message.channel);
  call.members.each([&](const std::string& name, std::string_view raw) {
    if (!name.ends_with("_id")) return;
    const bool number = !raw.empty() && std::ranges::all_of(raw, [](char c) { return c >= '0' && c <= '9'; });
    const auto room = room_of(name, JsonMembers::text_of(raw).value_or(number ? std::string(raw) : std::string()));
    if (!room.empty()) all.push_back(room);
  });
  return all;
}

Result<std::optional<hub::Since>> since_of(const Subscribe& message) {
  if (message.since.text.empty() || message.since.text == "null") return std::nullopt;
  auto since = from_json_text<SinceField>(message.since.text);
  if (!since) return fail(Code::bad_value, "'since' must be {\"epoch\": text, \"seq\": number}", "Send back what `subscribed` and the last event said");
  return hub::Since{since->epoch, since->seq};
}

template <class S>
S subscribed(const std::string& channel, const hub::Subscription& subscription) {
  S reply;
  reply.channel = channel;
  reply.timestamp = now();
  reply.epoch = subscription.epoch;
  reply.seq = subscription.seq;
  reply.recovered = subscription.recovered;
  return reply;
}

std::optional<std::string> unless_empty(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

Subscribed about_report(const std::string& report) {
  Subscribed reply;
  reply.report = report;
  reply.timestamp = now();
  return reply;
}

}  // namespace

std::string room_of(std::string_view member, std::string_view id) {
  constexpr std::string_view kEnd = "_id";
  if (!member.ends_with(kEnd) || member.size() <= kEnd.size() || id.empty()) return {};
  for (const std::string_view other : {"client_id", "user_id", "correlation_id", "connection_id", "request_id"}) {
    if (member == other) return {};
  }
  return std::string(member.substr(0, member.size() - kEnd.size())) + ":" + std::string(id);
}

std::map<std::string, hub::Message, std::less<>> Talk::messages() {
  using protocol::Scope;
  std::map<std::string, hub::Message, std::less<>> all;
  for (const char* type : {"sub", "subscribe"}) all.emplace(type, hub::message(Scope::read, "listen to channels or rooms, or ask for reports", this, &Talk::subscribe));
  for (const char* type : {"unsub", "unsubscribe"}) all.emplace(type, hub::message(Scope::read, "stop listening", this, &Talk::unsubscribe));
  all.emplace("ping", hub::message(Scope::read, "are you there?", this, &Talk::ping));
  all.emplace("pong", hub::message(Scope::read, "I am here", this, &Talk::pong));
  hub::Message publish(Scope::admin);
  publish.summary = "tell everybody who listens";
  publish.schema = schema_fn<Publish>;
  publish.publication = true;
  publish.handler = [this](const hub::Call& call) { return this->publish(call); };
  all.emplace("publish", std::move(publish));
  return all;
}

std::vector<hub::ServerMessage> Talk::answers() {
  return {{"connected", "the greeting of BRAiN's doors and of /", schema_fn<Connected>},
          {"subscribed", "a subscription was made", schema_fn<SubscribedWithMembers>},
          {"unsubscribed", "a subscription was ended", schema_fn<Subscribed>},
          {"published", "the answer to publish with ack", schema_fn<Published>},
          {"join", "somebody subscribed, for those who asked for presence", schema_fn<Presence>},
          {"leave", "somebody left", schema_fn<Presence>},
          {"ping", "BRAiN's heartbeat", schema_fn<Time>},
          {"pong", "the answer to ping", schema_fn<Time>},
          {"error", "what was wrong with a message", schema_fn<protocol::ErrorMessage>}};
}

void Talk::adopt(hub::Client& client, const std::string& client_id) {
  if (client_id.empty() || client_id.size() > 128 || client.client_id == client_id) return;
  client.client_id = client_id;
  const auto* before = services_->state.subscribers.remembered(client_id);
  if (before == nullptr) return;
  const auto kept = *before;
  for (const auto& channel : kept.channels) {
    if (!client.channels.contains(channel)) subscribe_to(client, channel);
  }
  for (const auto& report : kept.reports) {
    services_->state.subscribers.subscribe_report(client, report);
    hub::send_message(client, "subscribed", to_json_text(about_report(report)));
  }
}

void Talk::subscribe_to(hub::Client& client, const std::string& channel) {
  const auto done = services_->state.clients.subscribe(client, channel);
  if (!done) return client.send_error(done.error());
  hub::send_message(client, "subscribed", to_json_text(subscribed<Subscribed>(channel, *done)));
}

Result<void> Talk::check(const std::vector<std::string>& channels, const Subscribe& message) const {
  if (channels.empty() && reports_of(message).empty() && !message.client_id && !message.user_id) {
    return fail(Code::missing_parameter, "missing required 'channel', 'channels', 'topics' or 'report'", R"(For example: {"type":"sub","channel":"watch"})");
  }
  if (channels.size() > kMostNames) return fail(Code::bad_value, "One message names more than " + std::to_string(kMostNames) + " channels", "Send several messages");
  for (const auto& report : reports_of(message)) {
    if (report != "analyze") return fail(Code::bad_value, "There is no report '" + report.substr(0, 80) + "'", "Reports: analyze");
  }
  return {};
}

Result<void> Talk::subscribe_one(const hub::Call& call, const Subscribe& message, const std::string& channel) {
  const auto since = since_of(message);
  if (!since) return std::unexpected(since.error());
  const auto done = services_->state.clients.subscribe(call.client, channel, *since);
  if (!done) return std::unexpected(done.error());
  if (!message.presence || channel.ends_with('*')) {
    call.answer("subscribed", subscribed<Subscribed>(channel, *done));
    return {};
  }
  auto reply = subscribed<SubscribedWithMembers>(channel, *done);
  for (const auto* member : services_->state.clients.observe(call.client, channel)) {
    reply.members.push_back({member->connection_id, unless_empty(member->client_id), unless_empty(member->user)});
  }
  call.answer("subscribed", reply);
  return {};
}

Result<void> Talk::subscribe(const hub::Call& call, const Subscribe& message) {
  const auto channels = channels_of(call, message);
  if (auto ok = check(channels, message); !ok) return ok;
  if (message.user_id) {
    if (auto ok = services_->state.clients.identify(call.client, *message.user_id); !ok) return ok;
  }
  if (message.client_id) adopt(call.client, *message.client_id);
  for (const auto& channel : channels) {
    if (auto ok = subscribe_one(call, message, channel); !ok) return ok;
  }
  for (const auto& report : reports_of(message)) {
    services_->state.subscribers.subscribe_report(call.client, report);
    call.answer("subscribed", about_report(report));
  }
  services_->state.subscribers.remember(call.client);
  return {};
}

Result<void> Talk::unsubscribe(const hub::Call& call, const Subscribe& message) {
  const auto channels = channels_of(call, message);
  if (auto ok = check(channels, message); !ok) return ok;
  for (const auto& channel : channels) {
    services_->state.clients.unsubscribe(call.client, channel);
    Subscribed reply;
    reply.channel = channel;
    reply.timestamp = now();
    call.answer("unsubscribed", reply);
  }
  for (const auto& report : reports_of(message)) {
    services_->state.subscribers.unsubscribe_report(call.client, report);
    call.answer("unsubscribed", about_report(report));
  }
  services_->state.subscribers.remember(call.client);
  return {};
}

/// Read from the members as they stand: `data` goes out exactly as it came in.
Result<void> Talk::publish(const hub::Call& call) {
  const auto channel = call.members.text("channel");
  const auto not_text = [&](std::string_view name) { return call.members.raw(name) && !call.members.text(name); };
  if (not_text("channel") || not_text("event")) return fail(Code::bad_value, std::string(not_text("channel") ? "'channel'" : "'event'") + " must be a string");
  if (const auto ack = call.members.raw("ack"); ack && *ack != "true" && *ack != "false") return fail(Code::bad_value, "'ack' must be true or false");
  if (!channel) return fail(Code::missing_parameter, "missing required 'channel'", R"(For example: {"type":"publish","channel":"missions","event":"created","data":{}})");
  if (!call.client.grant.may_use(*channel)) return fail(Code::scope_too_small, "This token does not reach channel '" + *channel + "'");
  const auto type = call.members.text("event").value_or("message");
  const auto data = on_one_line(call.members.raw("data").value_or("null"));
  const bool ack = call.members.raw("ack") == "true";
  auto done = services_->state.clients.publish(*channel, {type, data, false, call.correlation_id});
  if (!done) return std::unexpected(done.error());
  if (ack) call.answer("published", Published{*channel, done->seq, static_cast<std::int64_t>(done->subscribers), now()});
  return {};
}

Result<void> Talk::ping(const hub::Call& call, const Nothing&) {
  call.answer("pong", Time{now()});
  return {};
}

}  // namespace bpyd::channels
