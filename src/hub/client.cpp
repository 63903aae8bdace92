// SPDX-License-Identifier: MIT
// A client's queue and its limits.
#include "bpyd/hub/client.hpp"

#include <algorithm>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/protocol/error_envelope.hpp"

namespace bpyd::hub {

bool RateLimiter::take(SteadyTime now) {
  const std::chrono::duration<double> passed = now - last_;
  last_ = now;
  tokens_ = std::min(burst_, tokens_ + passed.count() * rate_);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void Client::send(protocol::Frame frame) {
  if (closing_ || !open_) return;
  if (outbox.push(std::move(frame))) return sink_.wake();
  log::write(log::Level::warn, "hub", "ws.client.slow", "The client does not read: closed",
             {{"connection_id", connection_id}});
  outbox.drop_unstarted();  // it would not read these either; the close frame must get out
  close(protocol::CloseCode::try_later, "reading too slowly: reconnect and refetch");
}

void Client::send_error(const Error& error) { send_text(to_json_text(protocol::error_message(error))); }

void Client::close(protocol::CloseCode code, std::string_view reason) {
  if (closing_) return;
  closing_ = true;
  sink_.close(code, reason);
}

}  // namespace bpyd::hub
