// SPDX-License-Identifier: MIT
// An event's way from the publisher to the outboxes: numbered, logged, encoded once, fanned out.
#include <cassert>
#include <utility>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/json_scan.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/protocol/deflate.hpp"
#include "channel.hpp"

namespace bpyd::hub {
namespace {

constexpr std::size_t kAhead = 4;         // clients fetched from memory before their turn
constexpr std::size_t kDeflateFrom = 64;  // below this the compressed message is the longer one

}  // namespace

std::size_t Hub::tell(Channel& channel, std::int64_t seq, std::int64_t ts, const Event& event) {
  channel.seq = seq;
  ++counters_->published;
  std::size_t told = 0;
  for (std::size_t index = 0; index < Kind::kCount; ++index) {
    const auto& members = channel.members[index];
    if (members.empty()) continue;
    const Kind kind = Kind::at(index);
    scratch_.clear();
    write_event(scratch_, kind.spelling, channel.name, seq, ts, event);
    const bool deflate = kind.deflated && scratch_.size() >= kDeflateFrom;
    const auto frame = deflate ? arenas_[index].encode(protocol::Opcode::text, protocol::deflate_message(scratch_), true)
                               : arenas_[index].text(scratch_);
    const std::size_t high_water = limits_.outbox.messages / 2, high_bytes = limits_.outbox.bytes / 2;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i + kAhead < members.size()) __builtin_prefetch(members[i + kAhead]);
      Client* const client = members[i];
      if (!client->offer(frame, limits_.outbox)) overflowed_.emplace_back(client, seq);
      else if (client->outbox.messages() >= high_water || client->outbox.bytes() >= high_bytes) press(*client);
    }
    told += members.size();
    counters_->delivered_bytes += frame.size * members.size();
  }
  counters_->deliveries += told;
  if (told > 0) told_.emplace_back(std::chrono::steady_clock::now(), told);
  for (const auto& [client, missed] : std::exchange(overflowed_, {})) overflow(*client, channel, missed);
  return channel.subscribers;
}

Result<Publication> Hub::publish(std::string_view name, const Event& event) { return publish(name, event, {}); }

Result<Publication> Hub::publish(std::string_view name, const Event& event, std::function<void(bool)> done) {
  assert(loop_.on_loop_thread());
  const auto found = channel(name);
  if (!found) return std::unexpected(found.error());
  Channel& channel = **found;
  const std::int64_t seq = channel.written + 1;
  const std::int64_t ts = epoch_millis_now();
  if (channel.durable) {
    const runtime::LogEntry entry{channel.name, seq, ts, event.type, event.flat, event.correlation_id, event.data};
    if (auto ok = log_->append(entry); !ok) return std::unexpected(ok.error());
  }
  channel.written = seq;
  if (!channel.synced) {
    const std::size_t told = tell(channel, seq, ts, event);
    if (done) done(true);
    return Publication{seq, told};
  }
  channel.waiting.push_back({seq, ts, std::string(event.type), std::string(event.data), std::string(event.correlation_id), event.flat, std::move(done)});
  // The channel stays: it has a number now, and such channels are not forgotten.
  log_->when_synced([this, &channel, seq](bool kept) {
    while (!channel.waiting.empty() && channel.waiting.front().seq <= seq) {
      const Waiting next = std::move(channel.waiting.front());
      channel.waiting.pop_front();
      tell(channel, next.seq, next.ts, {next.type, next.data, next.flat, next.correlation_id});
      if (next.done) next.done(kept);
    }
  });
  return Publication{seq, channel.subscribers};
}

void Hub::announce(std::string_view name, const Event& event) {
  if (publish(name, event)) return;
  const auto found = channel(name);
  if (!found) return;
  if ((*found)->durable) demote(**found);
  (void)publish(name, event);
}

/// The log failed the daemon's own channel: it goes on without, under an epoch of its own, and
/// listeners are told so that none takes later numbers for logged ones.
void Hub::demote(Channel& channel) {
  channel.durable = channel.synced = false;
  log::write(log::Level::error, "hub", "event_log.demoted", "The event log cannot be written: the channel goes on without it", {{"channel", channel.name}});
  const std::string message = R"({"type":"subscribed","channel":)" + [&] { std::string text; append_json_string(text, channel.name); return text; }() +
                              R"(,"recovered":true,"epoch":")" + epoch_ + R"(","seq":)" + std::to_string(channel.seq) + "}";
  for (const auto& members : channel.members) {
    for (Client* client : members) client->send_text(message);
  }
}

std::size_t Hub::broadcast(const Event& event) {
  const auto ts = epoch_millis_now();
  std::array<std::string, 3> texts;
  for (const auto& [key, client] : clients_) {
    auto& text = texts[static_cast<std::size_t>(client->kind.spelling)];
    if (text.empty()) write_unnumbered(text, client->kind.spelling, ts, event);
    client->send_text(text);
  }
  return clients_.size();
}

bool Hub::is_synced(std::string_view name) const { return log_ != nullptr && any_covers(policy_.durable, name) && any_covers(policy_.synced, name); }

void Hub::turn_written() {
  if (told_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [since, times] : told_) counters_->latency.observe(now - since, times);
  told_.clear();
}

}  // namespace bpyd::hub
