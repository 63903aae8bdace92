// SPDX-License-Identifier: MIT
// Text frames, encoded once per event.
#include "bpyd/protocol/frame.hpp"

namespace bpyd::protocol {

Frame text_frame(std::string_view payload) {
  constexpr char kFinalText = static_cast<char>(0x81);
  std::string bytes;
  bytes.reserve(payload.size() + 10);
  bytes += kFinalText;
  const std::size_t size = payload.size();
  const auto push = [&](int count) {
    for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) bytes += static_cast<char>((size >> shift) & 0xFF);
  };
  if (size < 126) {
    push(1);
  } else if (size <= 0xFFFF) {
    bytes += 126;
    push(2);
  } else {
    bytes += 127;
    push(8);
  }
  bytes += payload;
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace bpyd::protocol
