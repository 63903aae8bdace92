// SPDX-License-Identifier: MIT
// A bounded queue of shared bytes.
#include "bpyd/hub/outbox.hpp"

namespace bpyd::hub {

void Outbox::push_control(const protocol::Frame& frame) {
  bytes_ += frame.size;
  ++messages_;
  if (!runs_.empty()) {
    Run& last = runs_.back();
    if (last.chunk == frame.chunk && last.offset + last.size == frame.offset) {
      last.size += frame.size;
      ++last.messages;
      return;
    }
  }
  runs_.push_back({frame.chunk, frame.offset, frame.size, 1, 0});
}

std::size_t Outbox::gather(std::span<iovec> into) const {
  std::size_t count = 0;
  for (const auto& run : runs_) {
    if (count == into.size()) break;
    // The writer reads only; iovec is not const-correct.
    into[count++] = {const_cast<char*>(run.chunk->data()) + run.offset + run.written, run.size - run.written};
  }
  return count;
}

void Outbox::consume(std::size_t written) {
  bytes_ -= written;
  std::size_t gone = 0;
  while (written > 0 && written >= runs_[gone].size - runs_[gone].written) {
    written -= runs_[gone].size - runs_[gone].written;
    messages_ -= runs_[gone].messages;
    ++gone;
  }
  if (written > 0) runs_[gone].written += static_cast<std::uint32_t>(written);
  if (gone == runs_.size()) runs_.clear();
  else runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(gone));
  if (runs_.empty() && runs_.capacity() > 8) runs_.shrink_to_fit();
}

void Outbox::drop_unstarted() {
  while (!runs_.empty() && runs_.back().written == 0) {
    bytes_ -= runs_.back().size;
    messages_ -= runs_.back().messages;
    runs_.pop_back();
  }
}

}  // namespace bpyd::hub
