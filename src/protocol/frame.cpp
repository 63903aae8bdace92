// SPDX-License-Identifier: MIT
// Frames, encoded once.
#include "bpyd/protocol/frame.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace bpyd::protocol {
namespace {

// Small enough that one waiting frame does not hold much, large enough for a busy turn.
constexpr std::size_t kChunk = 32 * 1024;
constexpr std::size_t kHeadMost = 10;

std::size_t write_head(std::array<char, kHeadMost>& head, Opcode opcode, bool deflated, std::size_t size) {
  constexpr unsigned kFinal = 0x80, kDeflated = 0x40;
  head[0] = static_cast<char>(kFinal | (deflated ? kDeflated : 0U) | static_cast<unsigned>(opcode));
  std::size_t at = 2;
  const auto put = [&](int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) head[at++] = static_cast<char>((size >> shift) & 0xFF);
  };
  if (size < 126) {
    head[1] = static_cast<char>(size);
  } else if (size <= 0xFFFF) {
    head[1] = 126;
    put(2);
  } else {
    head[1] = 127;
    put(8);
  }
  return at;
}

}  // namespace

void FrameChunk::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(data_.get() + used_, bytes.data(), bytes.size());
  used_ += bytes.size();
}

Frame FrameArena::put(std::string_view head, std::string_view payload) {
  const std::size_t size = head.size() + payload.size();
  if (chunk_ && !chunk_->shared()) chunk_->rewind();  // everybody has been served: warm memory again
  if (!chunk_ || chunk_->room() < size) chunk_.reset(new FrameChunk(std::max(kChunk, size)));
  const auto offset = static_cast<std::uint32_t>(chunk_->used());
  chunk_->append(head);
  chunk_->append(payload);
  Frame frame{chunk_, offset, static_cast<std::uint32_t>(size)};
  if (size > kChunk) chunk_.reset();  // a large frame's memory goes with its last reader
  return frame;
}

Frame FrameArena::encode(Opcode opcode, std::string_view payload, bool deflated) {
  std::array<char, kHeadMost> head{};
  const std::size_t head_size = write_head(head, opcode, deflated, payload.size());
  return put({head.data(), head_size}, payload);
}

Frame FrameArena::raw(std::string_view bytes) { return put(bytes, {}); }

}  // namespace bpyd::protocol
