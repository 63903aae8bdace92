// SPDX-License-Identifier: MIT
// The routes of /api/ws.
#include "http_side.hpp"

#include <algorithm>

#include "bpyd/runtime/signal.hpp"
#include "catalogue.hpp"

namespace bpyd::channels {
namespace {

using protocol::Request;
using protocol::Response;

constexpr std::int64_t kMostRows = 1000, kMostOffset = 1'000'000'000, kLastSeq = std::int64_t{1} << 62U;
constexpr std::int64_t kAtOnce = 64;
constexpr std::size_t kMostText = 4u << 20;  // a page of large events is a short one

Response refused(const Error& error, const Request& request) { return protocol::error_response(error, request, protocol::ErrorForm::json); }

Response accepted(std::string text) { return protocol::text_response(202, "application/json", std::move(text) + "\n"); }

Error missing(std::string_view name, std::string_view example) {
  return {Code::missing_parameter, "missing required '" + std::string(name) + "'", "For example: " + std::string(example)};
}

Result<void> may_read(const Request& request, const std::string& channel) {
  const bool own = hub::is_private(channel) && channel == "user:" + request.grant.user;
  if (own || (request.grant.may_use(channel) && (!hub::is_private(channel) || request.grant.admin))) return {};
  return fail(Code::scope_too_small, "This token does not reach channel '" + channel + "'");
}

}  // namespace

void HttpSide::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.publishing_route("/api/ws/broadcast", "Publish an event on a channel", schema_fn<BroadcastBody>, schema_fn<Broadcasted>,
                          [this](const Request& request) { return broadcast(request); });
  binder.publishing_route("/api/ws/broadcast/user", "Publish an event for one user's connections", schema_fn<BroadcastUserBody>, schema_fn<SentToUser>,
                          [this](const Request& request) { return broadcast_user(request); });
  binder.publishing_route("/api/ws/broadcast/all", "Tell every connection, on no channel", schema_fn<BroadcastAllBody>, schema_fn<BroadcastedAll>,
                          [this](const Request& request) -> Reply {
                            auto done = broadcast_all({}, request);
                            return done ? *std::move(done) : refused(done.error(), request);
                          });
  binder.route(Method::get, "/api/ws/stats", Scope::read, "Connections, users and channels", this, &HttpSide::stats);
  binder.route(Method::get, "/api/ws/info", Scope::read, "What this system is and offers", this, &HttpSide::info);
  binder.route(Method::get, "/api/ws/channels", Scope::read, "Channels there are, and those of the catalogue", this, &HttpSide::list);
  binder.route(Method::get, "/api/ws/channels/{channel}", Scope::read, "One channel and who listens", this, &HttpSide::channel);
  binder.route(Method::get, "/api/ws/channels/{channel}/events", Scope::read, "A channel's events again, from the log", this, &HttpSide::events);
}

HttpSide::Reply HttpSide::publish(const Request& request, const std::string& channel, const hub::Event& event, const ReplyText& text) {
  auto& hub = services_->state.clients;
  if (hub.is_synced(channel)) return publish_synced(channel, std::string(event.type), std::string(event.data), request, text);
  const auto done = hub.publish(channel, event);
  return done ? accepted(text(*done)) : refused(done.error(), request);
}

/// Answers once the event is on the disk and told.
runtime::Task<Response> HttpSide::publish_synced(std::string channel, std::string type, std::string data, Request request, ReplyText text) {
  const auto told = std::make_shared<std::optional<bool>>();
  const auto signal = std::make_shared<runtime::Signal>(services_->loop);
  const auto done = services_->state.clients.publish(channel, {type, data}, [told, signal](bool kept) {
    *told = kept;
    signal->fire();
  });
  if (!done) {
    request.headers = nullptr;
    co_return refused(done.error(), request);
  }
  while (!*told) {
    auto wait = signal->wait();
    co_await std::move(wait);
  }
  if (!**told) {
    request.headers = nullptr;
    co_return refused({Code::disk_full, "The event was told, but the disk did not take it: it may be lost with the machine"}, request);
  }
  co_return accepted(text(*done));
}

HttpSide::Reply HttpSide::broadcast(const Request& request) {
  constexpr std::string_view kExample = R"({"channel":"missions","message":{"id":1},"type":"mission_update"})";
  const auto body = JsonMembers::scan(request.body);
  if (!body) return refused(body.error(), request);
  const auto channel = body->text("channel");
  if (!channel) return refused(missing("channel", kExample), request);
  const auto message = body->raw("message");
  if (!message) return refused(missing("message", kExample), request);
  if (!request.grant.may_use(*channel)) return refused({Code::scope_too_small, "This token does not reach channel '" + *channel + "'"}, request);
  const auto type = body->text("type").value_or("broadcast");
  const auto data = on_one_line(*message);
  return publish(request, *channel, {type, data}, [name = *channel](const hub::Publication& done) {
    std::string text = R"({"status":"broadcasted","channel":)";
    append_json_string(text, name);
    return text + ",\"subscribers\":" + std::to_string(done.subscribers) + ",\"seq\":" + std::to_string(done.seq) + "}";
  });
}

HttpSide::Reply HttpSide::broadcast_user(const Request& request) {
  const auto body = JsonMembers::scan(request.body);
  if (!body) return refused(body.error(), request);
  const auto user = body->text("user");
  if (!user || user->empty()) return refused(missing("user", R"({"user":"ann","type":"note","data":{"text":"hello"}})"), request);
  const auto type = body->text("type").value_or("broadcast");
  const auto data = on_one_line(body->raw("data").value_or("null"));
  return publish(request, "user:" + *user, {type, data}, [name = *user](const hub::Publication& done) {
    return to_json_text(SentToUser{"sent", name, static_cast<std::int64_t>(done.subscribers), done.seq});
  });
}

Result<Response> HttpSide::broadcast_all(const protocol::NoQuery&, const Request& request) {
  const auto body = JsonMembers::scan(request.body);
  if (!body) return std::unexpected(body.error());
  if (request.grant.limited) return fail(Code::scope_too_small, "This token reaches some channels only, not everybody");
  const auto type = body->text("type").value_or("broadcast");
  const auto data = on_one_line(body->raw("data").value_or("null"));
  const auto told = services_->state.clients.broadcast({type, data});
  return accepted(to_json_text(BroadcastedAll{"broadcasted", static_cast<std::int64_t>(told)}));
}

Result<Stats> HttpSide::stats(const protocol::NoQuery&) {
  const auto& hub = services_->state.clients;
  Stats reply;
  reply.total_connections = static_cast<std::int64_t>(hub.clients());
  reply.total_users = static_cast<std::int64_t>(hub.users());
  std::string counts = "{";
  for (const auto& name : hub.channels()) {
    if (counts.size() > 1) counts += ',';
    append_json_string(counts, name);
    counts.append(1, ':').append(std::to_string(hub.subscribers(name)));
    ++reply.total_channels;
  }
  reply.channels.text = counts + "}";
  return reply;
}

Result<Info> HttpSide::info(const protocol::NoQuery&) {
  Info reply;
  reply.name = "bpyd";
  reply.version = services_->identity.server_version;
  reply.features = {"channels", "wildcards", "rooms", "users", "broadcast", "presence", "resume", "event_log", "heartbeat", "tokens", "compression", "envelope", "metrics"};
  for (const auto& [path, door] : services_->tables.doors.all()) reply.endpoints.push_back("WS " + path);
  for (const auto& route : services_->tables.routes.all()) {
    if (route.owner == "channels") reply.endpoints.push_back(std::string(method_text(route.method)) + " " + route.pattern);
  }
  reply.heartbeat_interval = services_->config.limits.heartbeat_s;
  return reply;
}

Result<ChannelList> HttpSide::list(const ListQuery& query) {
  if (query.limit < 1 || query.limit > kMostRows || query.offset < 0 || query.offset > kMostOffset) return fail(Code::bad_value, "'limit' is 1 to 1000, 'offset' 0 to 1000000000");
  std::map<std::string, ChannelRow> rows;
  for (const auto& entry : catalogue(services_->config, services_->tables)) {
    const auto view = services_->state.clients.view(entry.channel);
    rows[entry.channel] = {entry.channel, 0, 0, view.durable, entry.purpose, entry.events};
  }
  for (const auto& view : services_->state.clients.all_channels()) {
    auto& row = rows[std::string(view.name)];
    row.channel = view.name;
    row.subscribers = static_cast<std::int64_t>(view.subscribers);
    row.seq = view.seq;
    row.durable = view.durable;
  }
  ChannelList reply;
  reply.total = static_cast<std::int64_t>(rows.size());
  std::int64_t at = 0;
  for (auto& [name, row] : rows) {
    if (at >= query.offset && at < query.offset + query.limit) reply.channels.push_back(std::move(row));
    ++at;
  }
  if (query.offset + query.limit < reply.total) reply.next_offset = query.offset + query.limit;
  return reply;
}

Result<ChannelReply> HttpSide::channel(const ChannelQuery& query, const Request& request) {
  if (!hub::is_channel_name(query.channel)) return fail(Code::bad_value, "'channel' is no channel name");
  if (auto ok = may_read(request, query.channel); !ok) return std::unexpected(ok.error());
  const auto& hub = services_->state.clients;
  const auto view = hub.view(query.channel);
  ChannelReply reply;
  reply.channel = query.channel;
  reply.subscribers = static_cast<std::int64_t>(view.subscribers);
  for (const auto* member : hub.members(query.channel)) reply.connection_ids.push_back(member->connection_id);
  reply.epoch = view.epoch;
  reply.seq = view.seq;
  reply.oldest_seq = view.oldest;
  reply.durable = view.durable;
  return reply;
}

Result<EventsReply> HttpSide::events(const EventsQuery& query, const Request& request) {
  if (query.limit < 1 || query.limit > kMostRows || query.since < 0 || query.since > kLastSeq) return fail(Code::bad_value, "'limit' is 1 to 1000, 'since' the number of an event");
  if (!hub::is_channel_name(query.channel)) return fail(Code::bad_value, "'channel' is no channel name");
  if (auto ok = may_read(request, query.channel); !ok) return std::unexpected(ok.error());
  const auto& hub = services_->state.clients;
  const auto view = hub.view(query.channel);
  EventsReply reply;
  reply.channel = query.channel;
  reply.epoch = view.epoch;
  reply.seq = view.seq;
  const bool same = !query.epoch || *query.epoch == view.epoch;
  const bool reaches = query.since + 1 >= view.oldest && query.since <= view.seq;
  reply.recovered = same && reaches;
  // When the place is lost: the oldest there is.
  const std::int64_t from = reply.recovered ? query.since : view.oldest - 1;
  reply.next_since = from;
  reply.events.text = "[";
  const auto add = [&](const runtime::LogEntry& entry) {
    if (reply.events.text.size() > 1) reply.events.text += ',';
    hub::write_event(reply.events.text, hub::Spelling::brain, entry.channel, entry.seq, entry.ts, {entry.type, entry.data, entry.flat, entry.correlation_id});
    reply.next_since = entry.seq;
  };
  runtime::LogSlice slice;
  for (std::int64_t before = -1, last = from + query.limit; !slice.gap && reply.next_since != before && reply.next_since < last && reply.events.text.size() < kMostText;) {
    before = reply.next_since;
    slice = hub.read_back(query.channel, before, static_cast<std::size_t>(std::min(last - before, kAtOnce)), add);
  }
  reply.events.text += ']';
  if (slice.gap) {  // the next page begins behind the hole
    reply.recovered = false;
    reply.next_since = slice.behind - 1;
  }
  return reply;
}

}  // namespace bpyd::channels
