// SPDX-License-Identifier: MIT
// One connected client as the hub knows it: an id, an outbox, subscriptions. No socket.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/error.hpp"
#include "bpyd/hub/outbox.hpp"
#include "bpyd/protocol/frame.hpp"

namespace bpyd::hub {

/// What the hub needs of a transport. Loop thread only; outlives its client's membership.
class Sink {
 public:
  virtual ~Sink() = default;
  /// The outbox has something: write it at the end of this turn.
  virtual void wake() = 0;
  /// A WebSocket ping, for the heartbeat.
  virtual void ping() = 0;
  /// Starts the closing handshake once what is queued has left; idempotent.
  virtual void close(protocol::CloseCode code, std::string_view reason) = 0;
};

/// A bucket of tokens: `rate` a second, at most `burst` saved up.
class RateLimiter {
 public:
  RateLimiter(double rate, double burst, SteadyTime now) : rate_(rate), burst_(burst), tokens_(burst), last_(now) {}
  /// Takes one token; false when there is none.
  bool take(SteadyTime now);

 private:
  double rate_, burst_, tokens_;
  SteadyTime last_;
};

/// Loop thread only. Created by Hub::attach, destroyed by Hub::detach.
class Client {
 public:
  Client(std::string connection_id, std::string door, Sink& sink, OutboxLimits limits, RateLimiter limiter)
      : connection_id(std::move(connection_id)), door(std::move(door)), outbox(limits), limiter(limiter), sink_(sink) {}

  const std::string connection_id;  ///< ours, new for every connection
  const std::string door;           ///< "/ws"
  std::string client_id;            ///< the client's own name for itself, or empty
  std::set<std::string> channels;   ///< what it is subscribed to
  Outbox outbox;
  RateLimiter limiter;
  int refused = 0;                  ///< messages refused in a row by the limiter
  SteadyTime last_heard{};

  /// Queues one text message. Over the bound the client is closed with 1013 instead.
  void send_text(std::string_view payload) { send(protocol::text_frame(payload)); }
  void send(protocol::Frame frame);
  void send_error(const Error& error);
  void ping() { sink_.ping(); }
  void close(protocol::CloseCode code, std::string_view reason);
  [[nodiscard]] bool closing() const { return closing_; }
  /// The handshake is done: from here on messages are queued; earlier ones are dropped.
  void open() { open_ = true; }

 private:
  Sink& sink_;
  bool open_ = false;
  bool closing_ = false;
};

}  // namespace bpyd::hub
