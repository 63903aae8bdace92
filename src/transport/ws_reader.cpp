// SPDX-License-Identifier: MIT
// RFC 6455 5 (framing), 7.4 (close codes), 8.1 (UTF-8); RFC 7692 for RSV1.
#include "ws_reader.hpp"

#include <algorithm>
#include <cstring>

#include "bpyd/core/strings.hpp"
#include "bpyd/protocol/deflate.hpp"

namespace bpyd::transport {
namespace {

using protocol::CloseCode;
using protocol::Opcode;

constexpr std::size_t kControlMost = 125;

std::uint8_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

bool is_control(Opcode opcode) { return (static_cast<unsigned>(opcode) & 8U) != 0; }

bool is_close_code(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// How long the header is, known from its second byte.
std::size_t head_length(std::uint8_t second) {
  const unsigned size = second & 0x7FU;
  return 2U + (size == 126 ? 2U : size == 127 ? 8U : 0U) + ((second & 0x80U) != 0 ? 4U : 0U);
}

}  // namespace

bool Utf8Checker::feed(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = byte_of(bytes[i]);
    if (missing_ > 0) {
      if (byte < low_ || byte > high_) return false;
      --missing_;
      low_ = 0x80;
      high_ = 0xBF;
      continue;
    }
    if (byte < 0x80) continue;
    if (byte < 0xC2 || byte > 0xF4) return false;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    low_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;   // no overlong forms
    high_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;  // no surrogates, nothing above U+10FFFF
  }
  return true;
}

WsReader::Got WsReader::broken(CloseCode code) {
  close_code_ = static_cast<std::uint16_t>(code);
  return Got::broken;
}

WsReader::Got WsReader::next(std::span<char>& input) {
  if (message_opcode_ == Opcode::continuation && message_.capacity() > 0) std::string().swap(message_);
  std::string().swap(inflated_);
  for (;;) {
    if (!in_payload_) {
      const Got got = read_head(input);
      if (got != Got::more || !in_payload_) return got;
    }
    const Got got = read_payload(input);
    if (got != Got::more || in_payload_) return got;
  }
}

WsReader::Got WsReader::read_head(std::span<char>& input) {
  while (head_size_ < 2 || head_size_ < head_length(byte_of(head_[1]))) {
    if (input.empty()) return Got::more;
    head_[head_size_++] = input.front();
    input = input.subspan(1);
  }
  head_size_ = 0;
  return judge_head();
}

WsReader::Got WsReader::judge_head() {
  const auto first = byte_of(head_[0]), second = byte_of(head_[1]);
  final_ = (first & 0x80U) != 0;
  opcode_ = static_cast<Opcode>(first & 0x0FU);
  const bool known = opcode_ <= Opcode::binary || (opcode_ >= Opcode::close && opcode_ <= Opcode::pong);
  const bool rsv1 = (first & 0x40U) != 0;
  const bool begins = opcode_ == Opcode::text || opcode_ == Opcode::binary;
  if (!known || (first & 0x30U) != 0 || (rsv1 && !(deflate_ && begins)) || (second & 0x80U) == 0) return broken(CloseCode::protocol_error);
  std::size_t at = 2;
  remaining_ = second & 0x7FU;
  if (remaining_ >= 126) {
    const std::size_t bytes = remaining_ == 126 ? 2 : 8;
    remaining_ = 0;
    for (; at < 2 + bytes; ++at) remaining_ = remaining_ << 8U | byte_of(head_[at]);
    const std::uint64_t least = bytes == 2 ? 126 : 65536;
    if (remaining_ < least || remaining_ >> 63U != 0) return broken(CloseCode::protocol_error);  // not the shortest form
  }
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(at), 4, mask_.begin());
  mask_at_ = 0;
  if (is_control(opcode_)) {
    if (!final_ || remaining_ > kControlMost) return broken(CloseCode::protocol_error);
  } else {
    const bool in_message = message_opcode_ != Opcode::continuation;
    if (begins == in_message) return broken(CloseCode::protocol_error);
    // What does not let itself be compressed comes a little longer than it is.
    const std::size_t most = (begins ? rsv1 : message_deflated_) ? limit_ + limit_ / 512 + 64 : limit_;
    if (remaining_ > most - std::min(most, message_.size())) return broken(CloseCode::too_big);
    if (begins) {
      message_opcode_ = opcode_;
      message_deflated_ = rsv1;
      utf8_.reset();
    }
  }
  in_payload_ = true;
  return Got::more;
}

void WsReader::unmask(std::span<char> bytes) {
  std::array<char, 8> pattern{};
  for (std::size_t i = 0; i < 8; ++i) pattern[i] = mask_[(mask_at_ + i) % 4];
  std::uint64_t wide = 0;
  std::memcpy(&wide, pattern.data(), 8);
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    word ^= wide;
    std::memcpy(bytes.data() + i, &word, 8);
  }
  for (; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ pattern[i % 8]);
  mask_at_ = static_cast<std::uint8_t>((mask_at_ + bytes.size()) % 4);
}

WsReader::Got WsReader::read_payload(std::span<char>& input) {
  const auto part = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
  input = input.subspan(part.size());
  unmask(part);
  remaining_ -= part.size();
  const std::string_view bytes(part.data(), part.size());
  if (is_control(opcode_)) {
    control_.append(bytes);
    if (remaining_ > 0) return Got::more;
    in_payload_ = false;
    return end_control();
  }
  const bool whole = remaining_ == 0;
  if (whole && final_ && message_.empty()) {  // the usual case: nothing is copied
    in_payload_ = false;
    return end_message(bytes);
  }
  const bool check = message_opcode_ == Opcode::text && !message_deflated_;
  if (check && !utf8_.feed(bytes)) return broken(CloseCode::bad_payload);
  message_.append(bytes);
  if (!whole) return Got::more;
  in_payload_ = false;
  return final_ ? end_message(message_) : Got::more;
}

WsReader::Got WsReader::end_control() {
  // Kept until the next control frame: the payload is a view of it.
  inflated_ = std::exchange(control_, {});
  payload_ = inflated_;
  if (opcode_ == Opcode::ping) return Got::ping;
  if (opcode_ == Opcode::pong) return Got::pong;
  close_code_ = 1005;
  if (payload_.empty()) return Got::close;
  if (payload_.size() == 1) return broken(CloseCode::protocol_error);
  const unsigned code = static_cast<unsigned>(byte_of(payload_[0])) << 8U | byte_of(payload_[1]);
  if (!is_close_code(code)) return broken(CloseCode::protocol_error);
  if (!is_utf8(payload_.substr(2))) return broken(CloseCode::bad_payload);
  close_code_ = static_cast<std::uint16_t>(code);
  return Got::close;
}

WsReader::Got WsReader::end_message(std::string_view whole) {
  const bool text = message_opcode_ == Opcode::text;
  message_opcode_ = Opcode::continuation;
  payload_ = whole;
  if (message_deflated_) {
    auto plain = protocol::inflate_message(whole, limit_);
    if (!plain) return broken(plain.error().code == Code::too_large ? CloseCode::too_big : CloseCode::bad_payload);
    inflated_ = *std::move(plain);
    payload_ = inflated_;
  }
  if (text && !is_utf8(payload_)) return broken(CloseCode::bad_payload);
  return text ? Got::text : Got::binary;
}

}  // namespace bpyd::transport
