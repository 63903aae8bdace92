// SPDX-License-Identifier: MIT
// A bounded queue of shared frames.
#include "bpyd/hub/outbox.hpp"

namespace bpyd::hub {

bool Outbox::push(protocol::Frame frame) {
  const bool over = frames_.size() >= limits_.messages || bytes_ + frame->size() > limits_.bytes;
  if (over && !frames_.empty()) return false;
  push_control(std::move(frame));
  return true;
}

void Outbox::push_control(protocol::Frame frame) {
  bytes_ += frame->size();
  frames_.push_back(std::move(frame));
}

std::size_t Outbox::gather(std::span<iovec> into) const {
  std::size_t count = 0;
  std::size_t skip = front_written_;
  for (const auto& frame : frames_) {
    if (count == into.size()) break;
    // sendmsg reads only; iovec is not const-correct.
    into[count++] = {const_cast<char*>(frame->data()) + skip, frame->size() - skip};
    skip = 0;
  }
  return count;
}

void Outbox::consume(std::size_t written) {
  bytes_ -= written;
  front_written_ += written;
  while (!frames_.empty() && front_written_ >= frames_.front()->size()) {
    front_written_ -= frames_.front()->size();
    frames_.pop_front();
  }
}

void Outbox::drop_unstarted() {
  const std::size_t keep = front_written_ > 0 ? 1 : 0;
  while (frames_.size() > keep) {
    bytes_ -= frames_.back()->size();
    frames_.pop_back();
  }
}

}  // namespace bpyd::hub
