// SPDX-License-Identifier: MIT
// Clients, channels, subscriptions, limits, heartbeat.
#include "bpyd/hub/hub.hpp"

#include <algorithm>
#include <cassert>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "channel.hpp"

namespace bpyd::hub {
namespace {

bool is_pattern(std::string_view name) { return name.ends_with('*'); }

}  // namespace

bool is_channel_name(std::string_view name) {
  const auto visible = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; };
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, visible) && is_utf8(name);
}

bool any_covers(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return pattern_covers(pattern, name); });
}

bool pattern_covers(std::string_view pattern, std::string_view name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : pattern == name;
}

Hub::Hub(runtime::Loop& loop, HubLimits limits, runtime::Metrics& metrics)
    : loop_(loop), limits_(limits), metrics_(metrics), counters_(std::make_unique<Counters>(metrics)), epoch_(random_hex(8)) {
  loop_.at_turn_end([this] { pump(); });
  count_clients();
}
Hub::~Hub() = default;

void Hub::keep(runtime::EventLog& log, ChannelPolicy policy) {
  log_ = &log;
  policy_ = std::move(policy);
  for (const auto& name : log.channels()) (void)channel(name);
}

Client& Hub::attach(Sink& sink, Introduction introduction) {
  assert(loop_.on_loop_thread());
  const auto now = std::chrono::steady_clock::now();
  auto client = std::make_unique<Client>(*this, sink, std::move(introduction),
                                         RateLimiter(limits_.messages_per_second, limits_.message_burst, now));
  client->last_heard = now;
  Client& made = *client;
  clients_.emplace(&made, std::move(client));
  ++counters_->connections;
  if (!heartbeat_) {
    last_beat_ = now;
    heartbeat_ = loop_.every(limits_.heartbeat, [this] { beat(); });
  }
  for (const auto& listener : changed_) listener();
  if (!made.grant.user.empty()) {
    made.user = made.grant.user;  // the token's word: the client cannot say otherwise
    (void)subscribe(made, "user:" + made.user);
  }
  return made;
}

void Hub::detach(Client& client) {
  client.closing_ = true;
  for (const auto names = client.channels; const auto& name : names) unsubscribe(client, name);
  release(client);
  std::erase(reading_, &client);
  clients_.erase(&client);
  if (clients_.empty()) heartbeat_.reset();
  for (const auto& listener : changed_) listener();
}

Result<void> Hub::identify(Client& client, const std::string& user) {
  const auto name = "user:" + user;
  if (!is_channel_name(name)) return fail(Code::bad_value, "'" + printable_utf8(user.substr(0, 140)) + "' is no user's name");
  if (!client.user.empty()) return {};  // a token's word stands, and so does the first
  client.user = user;
  if (auto subscribed = subscribe(client, name); !subscribed) return std::unexpected(subscribed.error());
  return {};
}

Result<Hub::Channel*> Hub::channel(std::string_view name) {
  const auto found = channels_.find(name);
  if (found != channels_.end()) return found->second.get();
  if (!is_channel_name(name) || is_pattern(name)) {
    return fail(Code::bad_value, "'" + printable_utf8(name.substr(0, 140)) + "' is no channel name",
                "Use 1 to 128 characters without spaces, and no * at the end");
  }
  if (channels_.size() >= limits_.channels) {
    return fail(Code::overloaded, "There are " + std::to_string(limits_.channels) + " channels already", "Use fewer names, or raise limits.channels");
  }
  auto made = std::make_unique<Channel>();
  made->name = std::string(name);
  made->durable = log_ != nullptr && any_covers(policy_.durable, name);
  made->synced = made->durable && any_covers(policy_.synced, name);
  if (made->durable) made->seq = made->written = log_->last(name);
  Channel& channel = *made;
  channels_.emplace(made->name, std::move(made));
  for (const auto& [pattern, clients] : patterns_) {
    if (!pattern_covers(pattern, name) || is_private(name)) continue;
    for (Client* client : clients) {
      if (std::ranges::find(channel.members[client->kind.index()], client) == channel.members[client->kind.index()].end()) enter(channel, *client);
    }
  }
  return &channel;
}

const Hub::Channel* Hub::find(std::string_view name) const {
  const auto found = channels_.find(name);
  return found == channels_.end() ? nullptr : found->second.get();
}

const std::string& Hub::epoch_of(const Channel& channel) const { return channel.durable ? log_->epoch() : epoch_; }

void Hub::enter(Channel& channel, Client& client) {
  channel.members[client.kind.index()].push_back(&client);
  ++channel.subscribers;
}

void Hub::leave(Channel& channel, Client& client) {
  const bool live = remove_from(channel.members[client.kind.index()], client);
  const bool catching = std::erase_if(client.catching_, [&](const auto& reader) { return reader->channel == channel.name; }) > 0;
  if (live || catching) --channel.subscribers;
  remove_from(channel.observers, client);
}

/// Is one of the client's subscriptions about this channel?
bool Hub::hears(const Client& client, std::string_view channel) {
  if (is_private(channel)) return client.channels.contains(std::string(channel));
  return std::ranges::any_of(client.channels, [&](const std::string& pattern) { return pattern_covers(pattern, channel); });
}

Result<void> Hub::may_listen(const Client& client, const std::string& name) const {
  if (!is_channel_name(name)) {
    return fail(Code::bad_value, "'" + printable_utf8(name.substr(0, 140)) + "' is no channel name", "Use 1 to 128 characters without spaces");
  }
  if (is_private(name) && (client.user.empty() || name != "user:" + client.user)) {
    return fail(Code::scope_too_small, "'" + name + "' is another user's", "Connect as that user");
  }
  if (!is_private(name) && !client.grant.may_use(name)) {
    return fail(Code::scope_too_small, "This token does not reach channel '" + name + "'", "Use a token whose channels cover it");
  }
  if (client.channels.size() >= limits_.subscriptions && !client.channels.contains(name)) {
    return fail(Code::too_often, "A client may hold " + std::to_string(limits_.subscriptions) + " subscriptions",
                "Unsubscribe from channels you no longer need");
  }
  if (is_pattern(name) && !client.channels.contains(name) &&
      static_cast<std::size_t>(std::ranges::count_if(client.channels, is_pattern)) >= limits_.patterns) {
    return fail(Code::too_often, "A client may hold " + std::to_string(limits_.patterns) + " patterns", "Subscribe to a shorter pattern, or to exact channels");
  }
  return {};
}

Result<Subscription> Hub::subscribe(Client& client, const std::string& name, const std::optional<Since>& since) {
  if (auto ok = may_listen(client, name); !ok) return std::unexpected(ok.error());
  if (is_pattern(name)) {
    if (since) return fail(Code::bad_value, "'since' needs one exact channel, not '" + name + "'", "Subscribe to each channel with its own 'since'");
    for (const auto& [key, channel] : channels_) {
      if (pattern_covers(name, key) && !is_private(key) && !hears(client, key)) {
        enter(*channel, client);
        tell_presence(*channel, client, "join");
      }
    }
    if (client.channels.insert(name).second) patterns_[name].push_back(&client);
    return Subscription{};
  }
  const auto found = channel(name);
  if (!found) return std::unexpected(found.error());
  Channel& channel = **found;
  const bool heard = hears(client, name);
  client.channels.insert(name);
  Subscription subscription{epoch_of(channel), channel.seq, {}};
  if (since) {
    if (heard) leave(channel, client);
    subscription.recovered = resume(channel, client, *since);
  } else if (!heard) {
    enter(channel, client);
  }
  if (!heard) tell_presence(channel, client, "join");
  return subscription;
}

void Hub::unsubscribe(Client& client, const std::string& name) {
  if (client.channels.erase(name) == 0) return;
  if (is_pattern(name)) {
    const auto entry = patterns_.find(name);
    remove_from(entry->second, client);
    if (entry->second.empty()) patterns_.erase(entry);
  }
  std::vector<Channel*> left;
  if (!is_pattern(name)) {
    if (const auto found = channels_.find(name); found != channels_.end()) left.push_back(found->second.get());
  } else {
    for (const auto& [key, channel] : channels_) {
      if (pattern_covers(name, key) && !is_private(key)) left.push_back(channel.get());
    }
  }
  for (Channel* channel : left) {
    if (hears(client, channel->name)) continue;  // by another subscription
    leave(*channel, client);
    tell_presence(*channel, client, "leave");
    forget_if_unused(*channel);
  }
}

/// A name nobody published on is forgotten, so that made-up names cost nothing.
void Hub::forget_if_unused(Channel& channel) {
  if (channel.subscribers == 0 && channel.written == 0 && channel.observers.empty()) channels_.erase(channels_.find(channel.name));
}

bool Hub::admit_by(Client& client, RateLimiter& limiter, double rate, std::string_view what) {
  if (limiter.take(client.last_heard)) {
    if (limiter.rested()) client.refused = 0;  // only who stays below the rate for a while is forgiven
    return true;
  }
  if (++client.refused == 1) {
    client.send_error({Code::too_often, "More than " + std::to_string(static_cast<long>(rate)) + " " + std::string(what) + " a second: this one is ignored", "Send more slowly"});
  } else if (client.refused > limits_.refusals_before_close) {
    client.close(protocol::CloseCode::policy, "too many messages");
  }
  return false;
}

bool Hub::admit(Client& client) {
  heard(client);
  ++counters_->messages_in;
  return !client.closing() && admit_by(client, client.limiter, limits_.messages_per_second, "messages");
}

bool Hub::admit_publication(Client& client) {
  heard(client);
  ++counters_->messages_in;
  if (client.closing()) return false;
  if (!client.publishing) {
    client.publishing = std::make_unique<RateLimiter>(limits_.publishes_per_second, limits_.publish_burst, client.last_heard);
  }
  return admit_by(client, *client.publishing, limits_.publishes_per_second, "publications");
}

void Hub::beat() {
  const auto now = std::chrono::steady_clock::now();
  // The process itself stood still (stopped, suspended): nobody could have been heard.
  const bool late = now - std::exchange(last_beat_, now) >= limits_.heartbeat * 2;
  std::string message = R"({"type":"ping","timestamp":)";
  append_epoch_seconds(message, epoch_millis_now());
  message += '}';
  for (const auto& [key, client] : clients_) {
    if (late) client->last_heard = now;
    if (now - client->last_heard >= limits_.heartbeat * 2) {
      if (!client->closing()) ++counters_->timeouts;
      client->close(protocol::CloseCode::going_away, "no sign of life for two heartbeats: reconnect");
      continue;
    }
    client->ping();
    if (client->json_ping) client->send_text(message);
  }
}

void Hub::close_all(protocol::CloseCode code, std::string_view reason) {
  std::vector<Client*> all;
  for (const auto& [key, client] : clients_) all.push_back(key);
  for (Client* client : all) client->close(code, reason);
}

}  // namespace bpyd::hub
