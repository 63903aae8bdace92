// SPDX-License-Identifier: MIT
// The hub: who is connected, who listens to what, one frame for all of them, nothing lost.
//
// An event's way: number it, write it to the log when its channel is durable, encode it once for
// each spelling somebody listens in, put the same bytes in each outbox. A client that comes back
// with a number, and one that read too slowly, get what they missed from the log and are live
// again from the very next event.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/hub/client.hpp"
#include "bpyd/runtime/event_log.hpp"
#include "bpyd/runtime/loop.hpp"
#include "bpyd/runtime/metrics.hpp"

namespace bpyd::hub {

struct HubLimits {
  std::size_t clients = 10000;
  std::size_t subscriptions = 256;
  std::size_t patterns = 32;  ///< of these: each is held against every channel there is
  std::size_t channels = 10000;
  double messages_per_second = 100, message_burst = 200;
  double publishes_per_second = 1000, publish_burst = 2000;
  int refusals_before_close = 100;
  OutboxLimits outbox{};
  std::chrono::milliseconds heartbeat{30000};
  std::chrono::milliseconds publisher_patience{100};  ///< how long one slow reader holds publishers
};

/// Patterns: exact names, or a trailing `*`.
struct ChannelPolicy {
  std::vector<std::string> durable, synced;
};

/// Where a client stood when it left.
struct Since {
  std::string epoch;
  std::int64_t seq = 0;
};

/// What became of a subscription. `epoch` and `seq` are absent for patterns.
struct Subscription {
  std::optional<std::string> epoch;
  std::optional<std::int64_t> seq;
  std::optional<bool> recovered;
};

struct Publication {
  std::int64_t seq = 0;
  std::size_t subscribers = 0;
};

struct ChannelView {
  std::string_view name;
  std::string epoch;
  std::int64_t seq = 0, oldest = 0;
  std::size_t subscribers = 0;
  bool durable = false;
};

/// Loop thread only. Outlives its clients' sinks; lives until its loop has ended.
class Hub {
 public:
  Hub(runtime::Loop& loop, HubLimits limits, runtime::Metrics& metrics);
  ~Hub();

  /// Before anything is published. The log outlives the hub.
  void keep(runtime::EventLog& log, ChannelPolicy policy);
  /// The epoch of channels that are not durable: new with every hub.
  [[nodiscard]] const std::string& epoch() const { return epoch_; }

  /// Room for one more client?
  [[nodiscard]] bool has_room() const { return clients_.size() < limits_.clients; }
  Client& attach(Sink& sink, Introduction introduction);
  void detach(Client& client);
  /// Says who it is: from here on it hears `user:<id>`.
  Result<void> identify(Client& client, const std::string& user);

  /// Twice is harmless. bad_value for a bad name, scope_too_small for what is not for this client,
  /// too_often over the limit of subscriptions.
  Result<Subscription> subscribe(Client& client, const std::string& name, const std::optional<Since>& since = {});
  void unsubscribe(Client& client, const std::string& name);

  /// Opts in to joins and leaves of an exact channel; who is there now.
  std::vector<const Client*> observe(Client& client, const std::string& channel);

  /// Tells everybody who listens. disk_full when the channel is durable and the log cannot be
  /// written: then nobody hears of it and no number is spent.
  Result<Publication> publish(std::string_view channel, const Event& event);
  /// As publish; `done` runs once the event has been told: at once, or behind the disk on a
  /// synced channel.
  Result<Publication> publish(std::string_view channel, const Event& event, std::function<void(bool kept)> done);
  /// The daemon's own events: told even when they cannot be logged.
  void announce(std::string_view channel, const Event& event);
  /// Tells everybody, on no channel. How many there were.
  std::size_t broadcast(const Event& event);

  [[nodiscard]] bool is_synced(std::string_view channel) const;
  /// Events behind number `seq`, for readers without a socket, up to the first gap.
  runtime::LogSlice read_back(std::string_view channel, std::int64_t seq, std::size_t most, const std::function<void(const runtime::LogEntry&)>& each) const;

  /// A message arrived: heartbeat and rate limit. False when it must be ignored (the client has
  /// been told, or closed).
  bool admit(Client& client);
  /// The same for a publication, by its own limit.
  bool admit_publication(Client& client);
  /// Anything arrived, a pong for instance.
  void heard(Client& client) { client.last_heard = std::chrono::steady_clock::now(); }

  /// Readers are behind: publishers should wait. `when_clear` calls once they are not.
  [[nodiscard]] bool congested() const { return pressed_ > 0; }
  void when_clear(std::function<void()> resume) { waiting_publishers_.push_back(std::move(resume)); }
  /// The transport wrote some of this client's outbox.
  void drained(Client& client) {
    if (client.pressed_ || client.laggard_ || !client.catching_.empty()) after_drain(client);
  }
  /// The transport has written everything this turn produced.
  void turn_written();

  void close_all(protocol::CloseCode code, std::string_view reason);

  [[nodiscard]] std::size_t clients() const { return clients_.size(); }
  [[nodiscard]] std::size_t users() const;
  [[nodiscard]] std::size_t subscribers(std::string_view channel) const;
  [[nodiscard]] std::vector<const Client*> members(std::string_view channel) const;
  [[nodiscard]] ChannelView view(std::string_view channel) const;
  /// Channels with at least one subscriber whose name starts with `prefix`; private ones left out.
  [[nodiscard]] std::vector<std::string> channels(std::string_view prefix = {}) const;
  /// All channels there are, silent ones too; private ones left out.
  [[nodiscard]] std::vector<ChannelView> all_channels() const;
  [[nodiscard]] const HubLimits& limits() const { return limits_; }
  [[nodiscard]] runtime::Metrics& metrics() { return metrics_; }

  /// Told after each change of who is connected.
  void on_change(std::function<void()> listener) { changed_.push_back(std::move(listener)); }

 private:
  friend class Client;
  struct Waiting;
  struct Channel;
  struct Counters;
  using Channels = std::map<std::string, std::unique_ptr<Channel>, std::less<>>;

  Result<Channel*> channel(std::string_view name);
  [[nodiscard]] const Channel* find(std::string_view name) const;
  [[nodiscard]] ChannelView view_of(const Channel& channel) const;
  [[nodiscard]] const std::string& epoch_of(const Channel& channel) const;
  Result<void> may_listen(const Client& client, const std::string& name) const;
  [[nodiscard]] static bool hears(const Client& client, std::string_view channel);

  // publish.cpp
  std::size_t tell(Channel& channel, std::int64_t seq, std::int64_t ts, const Event& event);
  void demote(Channel& channel);

  // views.cpp
  void count_clients();

  // hub.cpp
  void enter(Channel& channel, Client& client);
  void leave(Channel& channel, Client& client);
  void forget_if_unused(Channel& channel);
  void beat();
  bool admit_by(Client& client, RateLimiter& limiter, double rate, std::string_view what);

  // presence.cpp
  void tell_presence(Channel& channel, const Client& client, std::string_view type);

  // catch_up.cpp
  std::optional<bool> resume(Channel& channel, Client& client, const Since& since);
  void catch_up(Channel& channel, Client& client, std::int64_t next);
  void overflow(Client& client, Channel& channel, std::int64_t seq);
  void pump();
  void pump_one(Client& client, CatchUp& reader);
  void go_live(Client& client, CatchUp& reader);
  void pump_later();

  // pressure.cpp
  void press(Client& client);
  void release(Client& client);
  void after_drain(Client& client);
  void give_up_on_laggards();
  void resume_publishers();

  runtime::Loop& loop_;
  HubLimits limits_;
  runtime::Metrics& metrics_;
  std::unique_ptr<Counters> counters_;
  runtime::EventLog* log_ = nullptr;
  ChannelPolicy policy_;
  std::string epoch_;

  std::unordered_map<Client*, std::unique_ptr<Client>> clients_;
  Channels channels_;
  std::map<std::string, std::vector<Client*>, std::less<>> patterns_;
  SteadyTime last_beat_{};
  std::unique_ptr<runtime::Timer> heartbeat_;  ///< only while somebody is connected
  std::vector<std::function<void()>> changed_;

  std::array<protocol::FrameArena, Kind::kCount> arenas_;
  protocol::FrameArena replies_, replays_;
  std::string scratch_;
  std::vector<std::pair<Client*, std::int64_t>> overflowed_;
  std::vector<std::pair<SteadyTime, std::size_t>> told_;  ///< this turn's publications, for the histogram

  std::vector<Client*> reading_;  ///< clients that catch up and have room
  bool pump_posted_ = false;

  std::size_t pressed_ = 0;
  std::unique_ptr<runtime::Timer> patience_;
  std::vector<std::function<void()>> waiting_publishers_;
};

/// Channel names: 1 to 128 visible characters, no spaces.
bool is_channel_name(std::string_view name);
/// Does the pattern (exact, or with a trailing `*`) cover the name?
bool pattern_covers(std::string_view pattern, std::string_view name);
/// `user:…`: heard by that user's own connections only.
inline bool is_private(std::string_view name) { return name.starts_with("user:"); }

}  // namespace bpyd::hub
