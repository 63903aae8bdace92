// SPDX-License-Identifier: MIT
// What waits to be written to one socket: shared frames, bounded in messages and bytes.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <span>

#include "bpyd/protocol/frame.hpp"

namespace bpyd::hub {

struct OutboxLimits {
  std::size_t messages = 256;
  std::size_t bytes = 1u << 20;
};

/// Loop thread only. Frames are shared, never copied; a partly written front frame is remembered.
class Outbox {
 public:
  explicit Outbox(OutboxLimits limits) : limits_(limits) {}

  /// False when the frame does not fit: the client is too slow. An empty box takes any frame.
  [[nodiscard]] bool push(protocol::Frame frame);
  /// Takes the frame whatever the bound: for the protocol's own frames (pong, close).
  void push_control(protocol::Frame frame);

  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] std::size_t messages() const { return frames_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Fills `into` with the next pieces to write; how many were filled.
  std::size_t gather(std::span<iovec> into) const;
  /// Drops `written` bytes from the front.
  void consume(std::size_t written);
  /// Drops all frames but one that is partly written already (half a frame would break the stream).
  void drop_unstarted();

 private:
  OutboxLimits limits_;
  std::deque<protocol::Frame> frames_;
  std::size_t front_written_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace bpyd::hub
