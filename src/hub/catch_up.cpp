// SPDX-License-Identifier: MIT
// From the log to live, with no gap and no double: a client that catches up on a channel is not
// among its live members; it becomes one in the very turn in which it has read the last event.
#include "bpyd/core/log.hpp"
#include "bpyd/protocol/deflate.hpp"
#include "channel.hpp"

namespace bpyd::hub {
namespace {

constexpr std::size_t kReadAhead = 128;  // events read in one go

}  // namespace

/// Nothing when there is nothing to tell apart: the log answers true or false.
std::optional<bool> Hub::resume(Channel& channel, Client& client, const Since& since) {
  const bool known = since.epoch == epoch_of(channel) && since.seq >= 0 && since.seq <= channel.seq;
  const bool current = known && since.seq == channel.seq;
  bool recovered = current;
  if (known && !current && channel.durable) {
    catch_up(channel, client, since.seq + 1);
    recovered = !client.catching_.empty() && client.catching_.back()->channel == channel.name;
  } else {
    enter(channel, client);
  }
  ++(recovered ? counters_->recovered : counters_->unrecovered);
  return recovered;
}

/// Reads the first stretch at once. When that meets a hole the client is live without it.
void Hub::catch_up(Channel& channel, Client& client, std::int64_t next) {
  ++channel.subscribers;
  client.catching_.push_back(std::make_unique<CatchUp>(channel.name, log_->after(channel.name, next - 1)));
  pump_one(client, *client.catching_.back());
  if (client.catching_.back()->hole) {
    client.catching_.pop_back();
    --channel.subscribers;
    enter(channel, client);
    return;
  }
  if (std::ranges::find(reading_, &client) == reading_.end()) reading_.push_back(&client);
}

/// The queue is full at event `seq` of `channel`: from here on its durable channels come from the
/// log, at its own pace.
void Hub::overflow(Client& client, Channel& channel, std::int64_t seq) {
  if (client.closing()) return;
  if (!channel.durable) {
    ++counters_->slow_closed;
    log::write(log::Level::warn, "hub", "ws.client.slow", "The client reads too slowly: closed",
               {{"connection_id", client.connection_id}, {"channel", channel.name}});
    client.outbox.drop_unstarted();
    return client.close(protocol::CloseCode::try_later, "reading too slowly: reconnect and refetch");
  }
  ++counters_->slow_caught_up;
  log::write(log::Level::info, "hub", "ws.client.behind", "The client reads slowly: caught up from the log",
             {{"connection_id", client.connection_id}, {"channel", channel.name}});
  for (const auto& [name, each] : channels_) {
    if (!each->durable || !remove_from(each->members[client.kind.index()], client)) continue;
    const std::int64_t next = each.get() == &channel ? seq : each->seq + 1;
    client.catching_.push_back(std::make_unique<CatchUp>(name, log_->after(name, next - 1)));
  }
}

/// Fills `ready` when it is empty.
void Hub::pump_one(Client& client, CatchUp& reader) {
  const auto* channel = find(reader.channel);
  if (!reader.ready.empty() || reader.hole || reader.cursor.next > channel->seq) return;
  const auto slice = log_->read(reader.cursor, channel->seq, kReadAhead, [&](const runtime::LogEntry& entry) {
    scratch_.clear();
    write_event(scratch_, client.kind.spelling, entry.channel, entry.seq, entry.ts, {entry.type, entry.data, entry.flat, entry.correlation_id});
    reader.ready.push_back(client.kind.deflated ? replays_.encode(protocol::Opcode::text, protocol::deflate_message(scratch_), true)
                                                : replays_.text(scratch_));
  });
  reader.hole = slice.gap;
}

/// At the end of each turn: everybody who catches up and has room gets the next stretch.
void Hub::pump() {
  pump_posted_ = false;
  if (reading_.empty()) return;
  const auto low_water = limits_.outbox.messages / 2;
  std::vector<Client*> still;
  for (Client* client : std::exchange(reading_, {})) {
    for (std::size_t i = 0; i < client->catching_.size() && !client->closing();) {
      CatchUp& reader = *client->catching_[i];
      pump_one(*client, reader);
      if (reader.hole && reader.ready.empty()) {
        client->close(protocol::CloseCode::try_later, "the log has a hole here: reconnect and refetch");
        break;
      }
      std::size_t taken = 0;
      while (taken < reader.ready.size() && client->outbox.messages() < low_water && client->offer(reader.ready[taken], limits_.outbox)) ++taken;
      counters_->deliveries += taken;
      reader.ready.erase(reader.ready.begin(), reader.ready.begin() + static_cast<std::ptrdiff_t>(taken));
      if (reader.ready.empty() && reader.cursor.next > find(reader.channel)->seq) go_live(*client, reader);  // takes it off the list
      else ++i;
    }
    const bool room = client->outbox.messages() < low_water;
    if (!client->catching_.empty() && !client->closing() && room) still.push_back(client);
  }
  reading_.insert(reading_.end(), still.begin(), still.end());
  if (!reading_.empty()) pump_later();
}

void Hub::go_live(Client& client, CatchUp& reader) {
  Channel& channel = *channels_.find(reader.channel)->second;
  channel.members[client.kind.index()].push_back(&client);
  std::erase_if(client.catching_, [&](const auto& each) { return each.get() == &reader; });
}

runtime::LogSlice Hub::read_back(std::string_view name, std::int64_t seq, std::size_t most, const std::function<void(const runtime::LogEntry&)>& each) const {
  const auto* channel = find(name);
  if (channel == nullptr || seq >= channel->seq) return {};
  if (!channel->durable) return {true, channel->seq + 1};
  auto cursor = log_->after(name, seq);
  std::size_t given = 0;
  while (given < most && cursor.next <= channel->seq) {
    const auto before = cursor.next;
    const auto offset = cursor.offset + cursor.segment;
    const auto slice = log_->read(cursor, channel->seq, most - given, each);
    given += static_cast<std::size_t>(cursor.next - before);
    if (slice.gap) return slice;
    if (cursor.next == before && cursor.offset + cursor.segment == offset) break;
  }
  return {};
}

/// The loop would sleep with events still to be read: others first, then the next turn's end.
void Hub::pump_later() {
  if (pump_posted_) return;
  pump_posted_ = true;
  loop_.post([] {});
}

}  // namespace bpyd::hub
