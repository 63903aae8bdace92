// SPDX-License-Identifier: MIT
// One connected client as the hub knows it: an id, an outbox, subscriptions. No socket.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/error.hpp"
#include "bpyd/hub/event.hpp"
#include "bpyd/hub/outbox.hpp"
#include "bpyd/protocol/frame.hpp"
#include "bpyd/protocol/grant.hpp"

namespace bpyd::hub {

class Hub;
struct CatchUp;

/// What the hub needs of a transport. Loop thread only; outlives its client's membership.
class Sink {
 public:
  virtual ~Sink() = default;
  /// The outbox has something: write it at the end of this turn. Called once until
  /// Client::woken() was read.
  virtual void wake() = 0;
  /// A WebSocket ping, for the heartbeat.
  virtual void ping() = 0;
  /// Starts the closing handshake once what is queued has left; idempotent.
  virtual void close(protocol::CloseCode code, std::string_view reason) = 0;
};

/// A bucket of tokens: `rate` a second, at most `burst` saved up.
class RateLimiter {
 public:
  RateLimiter(double rate, double burst, SteadyTime now)
      : rate_(static_cast<float>(rate)), burst_(static_cast<float>(burst)), tokens_(burst_), last_(now) {}
  /// Takes one token; false when there is none.
  bool take(SteadyTime now);
  /// Half of what may be saved up is.
  [[nodiscard]] bool rested() const { return tokens_ >= burst_ / 2; }

 private:
  float rate_, burst_, tokens_;
  SteadyTime last_;
};

/// Who connects, and how it wants to be spoken to.
struct Introduction {
  std::string_view door;  ///< "/ws"; must outlive the client
  Kind kind{};
  bool json_ping = false;  ///< the heartbeat is also told as a message
  protocol::Grant grant{};
  std::string remote{};
};

/// Loop thread only. Created by Hub::attach, destroyed by Hub::detach.
class Client {
 public:
  Client(Hub& hub, Sink& sink, Introduction introduction, RateLimiter limiter);
  ~Client();

  Outbox outbox;
  const Kind kind;
  const bool json_ping;
  const std::string_view door;
  const std::string connection_id;  ///< ours, a new UUID for every connection
  const protocol::Grant grant;
  std::string client_id;            ///< the client's own name for itself, or empty
  std::string user;                 ///< who it is, or empty
  std::set<std::string> channels;   ///< names and patterns it is subscribed to
  RateLimiter limiter;
  std::unique_ptr<RateLimiter> publishing;  ///< made with its first publication
  int refused = 0;                          ///< messages refused in a row by a limiter
  SteadyTime last_heard{};

  /// Queues one text message. Over the bound the client is closed with 1013 instead.
  void send_text(std::string_view payload);
  /// One message as it is, whatever the bound: for doors whose reading stops while much is unsent.
  void send_raw(protocol::Opcode kind, std::string_view payload);
  /// One published event. False when the queue is full: the hub decides what becomes of it.
  [[nodiscard]] bool offer(const protocol::Frame& frame, const OutboxLimits& limits) {
    if (closing_ || !open_) return true;
    if (!outbox.push(frame, limits)) return false;
    if (!awake_) wake();
    return true;
  }
  /// The protocol's own frames: pong, close.
  void send_control(const protocol::Frame& frame);
  void send_error(const Error& error, std::string_view correlation_id = {});
  void ping() { sink_.ping(); }
  void close(protocol::CloseCode code, std::string_view reason);
  [[nodiscard]] bool closing() const { return closing_; }
  /// The handshake is done: from here on messages are queued; earlier ones are dropped.
  void open() { open_ = true; }
  /// The transport begins to write: the next message wakes it again.
  void woken() { awake_ = false; }

 private:
  friend class Hub;
  void wake();

  Hub& hub_;
  Sink& sink_;
  std::vector<std::unique_ptr<CatchUp>> catching_;  ///< channels it reads from the log
  SteadyTime pressed_since_{};
  bool open_ = false;
  bool closing_ = false;
  bool awake_ = false;
  bool pressed_ = false;  ///< publishers wait for this one, for a while
  bool laggard_ = false;  ///< they have waited long enough
};

}  // namespace bpyd::hub
