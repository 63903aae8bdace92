// SPDX-License-Identifier: MIT
// Server frames are unmasked, so the bytes are the same for every client: encoded once into a
// shared chunk of memory, and each outbox holds a reference to its piece. Frames encoded one
// behind the other stay one piece: a client that is owed ten of them is owed one run of bytes.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace bpyd::protocol {

/// Append-only wire bytes, counted by reference without atomics: loop thread only.
class FrameChunk {
 public:
  explicit FrameChunk(std::size_t capacity) : data_(new char[capacity]), capacity_(capacity) {}

  [[nodiscard]] const char* data() const { return data_.get(); }
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] std::size_t room() const { return capacity_ - used_; }
  [[nodiscard]] bool shared() const { return references_ > 1; }
  void append(std::string_view bytes);
  /// Only while nobody else holds it.
  void rewind() { used_ = 0; }

  friend void intrusive_ptr_add_ref(FrameChunk* chunk) { ++chunk->references_; }
  friend void intrusive_ptr_release(FrameChunk* chunk) {
    if (--chunk->references_ == 0) delete chunk;
  }

 private:
  ~FrameChunk() = default;

  std::unique_ptr<char[]> data_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::uint32_t references_ = 0;
};

/// Wire bytes of one WebSocket frame. Cheap to copy. Loop thread only.
struct Frame {
  boost::intrusive_ptr<FrameChunk> chunk;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;

  [[nodiscard]] std::string_view bytes() const { return {chunk->data() + offset, size}; }
};

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Where frames of one kind are encoded one behind the other. Loop thread only.
class FrameArena {
 public:
  /// One unfragmented frame (RFC 6455 5.2). `deflated` sets RSV1 (RFC 7692): the payload is
  /// compressed already.
  Frame encode(Opcode opcode, std::string_view payload, bool deflated = false);
  /// Bytes that are no frame, for the handshake that goes before them.
  Frame raw(std::string_view bytes);
  Frame text(std::string_view payload) { return encode(Opcode::text, payload); }

 private:
  Frame put(std::string_view head, std::string_view payload);

  boost::intrusive_ptr<FrameChunk> chunk_;
};

/// Why a socket is closed, and whether the client should come back (the reason text says so).
enum class CloseCode : std::uint16_t {
  normal = 1000,        ///< the client asked
  going_away = 1001,    ///< shutdown or silence: reconnect
  protocol_error = 1002,
  unsupported = 1003,
  bad_payload = 1007,   ///< text that is not UTF-8
  policy = 1008,        ///< rate limit ignored: do not reconnect at once
  too_big = 1009,       ///< message over the limit: do not repeat it
  internal = 1011,
  try_later = 1013,     ///< slow reader: reconnect and refetch
};

}  // namespace bpyd::protocol
