// SPDX-License-Identifier: MIT
// A client's queue and its limits.
#include "bpyd/hub/client.hpp"

#include <algorithm>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/json_scan.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/protocol/deflate.hpp"
#include "bpyd/protocol/error_envelope.hpp"
#include "channel.hpp"

namespace bpyd::hub {
namespace {

constexpr std::size_t kWorthDeflating = 64, kRepliesMore = 8;

/// Version 4 of RFC 9562.
std::string new_uuid() {
  std::string hex = random_hex(16);
  hex[12] = '4';
  hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace

bool RateLimiter::take(SteadyTime now) {
  const std::chrono::duration<float> passed = now - last_;
  last_ = now;
  tokens_ = std::min(burst_, tokens_ + passed.count() * rate_);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

Client::Client(Hub& hub, Sink& sink, Introduction introduction, RateLimiter the_limiter)
    : kind(introduction.kind), json_ping(introduction.json_ping), door(introduction.door), connection_id(new_uuid()),
      grant(std::move(introduction.grant)), limiter(the_limiter), hub_(hub), sink_(sink) {}
Client::~Client() = default;

void Client::wake() {
  awake_ = true;
  sink_.wake();
}

void Client::send_text(std::string_view payload) {
  if (closing_ || !open_) return;
  const bool deflate = kind.deflated && payload.size() >= kWorthDeflating;
  const auto frame = deflate ? hub_.replies_.encode(protocol::Opcode::text, protocol::deflate_message(payload), true)
                             : hub_.replies_.text(payload);
  // One message may ask for many answers: these are bounded by their bytes, and by many.
  const OutboxLimits replies{hub_.limits_.outbox.messages * kRepliesMore, hub_.limits_.outbox.bytes};
  if (offer(frame, replies)) return;
  ++hub_.counters_->slow_closed;
  log::write(log::Level::warn, "hub", "ws.client.slow", "The client does not read: closed", {{"connection_id", connection_id}});
  outbox.drop_unstarted();  // it would not read these either; the close frame must get out
  close(protocol::CloseCode::try_later, "reading too slowly: reconnect and refetch");
}

void Client::send_raw(protocol::Opcode opcode, std::string_view payload) {
  if (closing_ || !open_) return;
  const bool deflate = kind.deflated && payload.size() >= kWorthDeflating;
  send_control(deflate ? hub_.replies_.encode(opcode, protocol::deflate_message(payload), true) : hub_.replies_.encode(opcode, payload));
}

void Client::send_control(const protocol::Frame& frame) {
  outbox.push_control(frame);
  if (!awake_) wake();
}

void Client::send_error(const Error& error, std::string_view correlation_id) {
  ++hub_.metrics_.counter("bpyd_errors_total", "Errors told to clients, by code", "code=\"" + code_text(error.code) + "\"");
  auto message = protocol::error_message(error);
  if (!correlation_id.empty()) message.correlation_id = std::string(correlation_id);
  const auto plain = to_json_text(message);
  if (kind.spelling != Spelling::envelope) return send_text(plain);
  std::string text = R"({"type":"response","event":"error","data":)" + plain + R"(,"timestamp":")" + iso8601_now() + '"';
  if (!correlation_id.empty()) {
    text += ",\"correlation_id\":";
    append_json_string(text, correlation_id);
  }
  send_text(text + "}");
}

void Client::close(protocol::CloseCode code, std::string_view reason) {
  if (closing_) return;
  closing_ = true;
  sink_.close(code, reason);
}

}  // namespace bpyd::hub
