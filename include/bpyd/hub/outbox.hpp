// SPDX-License-Identifier: MIT
// What waits to be written to one socket: runs of shared frames, bounded in messages and bytes.
#pragma once

#include <sys/uio.h>

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <span>

#include "bpyd/protocol/frame.hpp"

namespace bpyd::hub {

struct OutboxLimits {
  std::size_t messages = 256;
  std::size_t bytes = 1u << 20;
};

/// Loop thread only. Bytes are shared, never copied; frames that lie one behind the other in their
/// chunk are one run.
class Outbox {
 public:
  /// False when the frame does not fit: the client is too slow. An empty box takes any frame.
  [[nodiscard]] bool push(const protocol::Frame& frame, const OutboxLimits& limits) {
    if (messages_ > 0 && (messages_ >= limits.messages || bytes_ + frame.size > limits.bytes)) return false;
    push_control(frame);
    return true;
  }
  /// Takes the frame whatever the bound: for the protocol's own frames (pong, close).
  void push_control(const protocol::Frame& frame);

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  /// Frames not written whole. A run counts until its last byte has left.
  [[nodiscard]] std::size_t messages() const { return messages_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Fills `into` with the next pieces to write; how many were filled.
  std::size_t gather(std::span<iovec> into) const;
  /// Drops `written` bytes from the front.
  void consume(std::size_t written);
  /// Drops everything but what is partly written (half a frame would break the stream).
  void drop_unstarted();

 private:
  struct Run {
    boost::intrusive_ptr<protocol::FrameChunk> chunk;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t messages = 0;
    std::uint32_t written = 0;
  };
  boost::container::small_vector<Run, 1> runs_;
  std::size_t bytes_ = 0;
  std::size_t messages_ = 0;
};

}  // namespace bpyd::hub
