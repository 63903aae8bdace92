// SPDX-License-Identifier: MIT
// RFC 6455's receiving side: bytes in, messages and control frames out. No socket, no buffer of
// its own while nothing is half received.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bpyd/protocol/frame.hpp"

namespace bpyd::transport {

/// Checks UTF-8 that comes in pieces.
class Utf8Checker {
 public:
  /// False as soon as no continuation could make it valid.
  bool feed(std::string_view bytes);
  [[nodiscard]] bool complete() const { return missing_ == 0; }
  void reset() { missing_ = 0; }

 private:
  std::uint8_t missing_ = 0;  ///< continuation bytes still to come
  std::uint8_t low_ = 0x80, high_ = 0xBF;  ///< bounds of the next one
};

/// One connection's receiver. Any one thread.
class WsReader {
 public:
  enum class Got : std::uint8_t { more, text, binary, ping, pong, close, broken };

  WsReader(std::size_t message_limit, bool deflate) : limit_(message_limit), deflate_(deflate) {}

  /// Takes bytes from the front of `input`, unmasking in place, until there is something to tell
  /// or nothing left. Behind `broken` nothing more is to be read.
  Got next(std::span<char>& input);
  /// Of the message or control frame just told; valid until the next call.
  [[nodiscard]] std::string_view payload() const { return payload_; }
  /// Behind `broken`: the close code that the RFC asks for. Behind `close`: the client's own, 1005
  /// for none.
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }

 private:
  Got broken(protocol::CloseCode code);
  Got read_head(std::span<char>& input);
  Got judge_head();
  Got read_payload(std::span<char>& input);
  Got end_control();
  Got end_message(std::string_view whole);
  void unmask(std::span<char> bytes);

  std::size_t limit_;
  std::string message_;  ///< what has come of a message in pieces
  std::string control_;
  std::string inflated_;
  std::string_view payload_;
  std::uint64_t remaining_ = 0;  ///< bytes of the frame still to come
  std::array<char, 14> head_{};
  std::array<char, 4> mask_{};
  std::uint16_t close_code_ = 0;
  std::uint8_t head_size_ = 0;
  std::uint8_t mask_at_ = 0;
  Utf8Checker utf8_;
  protocol::Opcode opcode_{};          ///< of the frame in hand
  protocol::Opcode message_opcode_{};  ///< of the message in hand; continuation when none is
  bool deflate_;
  bool final_ = false;
  bool message_deflated_ = false;
  bool in_payload_ = false;
};

}  // namespace bpyd::transport
