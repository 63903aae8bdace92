// SPDX-License-Identifier: MIT
// Messages in and out of deflate streams, whole and cut.
#include "bpyd/protocol/deflate.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace bpyd::protocol {
namespace {

/// Half of it repeats itself, half does not.
std::string text_of(std::size_t size) {
  std::string text;
  for (std::uint64_t state = 1; text.size() < size; state = state * 6364136223846793005u + 1442695040888963407u) {
    text += state % 2 == 0 ? "the same again " : std::string(1, static_cast<char>(state >> 56));
  }
  text.resize(size);
  return text;
}

TEST(Deflate, GivesBackMessagesOfEverySize) {
  for (const std::size_t size : {0, 1, 64, 8192, 16383, 16384, 16385, 32767, 32768, 49152, 65536, 131072, 1000000}) {
    for (const auto& text : {text_of(size), std::string(size, 'x')}) {
      const auto back = inflate_message(deflate_message(text), size);
      ASSERT_TRUE(back) << size << ": " << back.error().message;
      EXPECT_EQ(*back, text);
      if (size == 0) continue;
      EXPECT_EQ(inflate_message(deflate_message(text), size - 1).error().code, Code::too_large);
    }
  }
}

TEST(Deflate, RefusesWhatIsCut) {
  for (const std::size_t size : {100, 16384, 40000}) {
    const auto whole = deflate_message(text_of(size));
    EXPECT_FALSE(inflate_message(whole.substr(0, whole.size() / 2), 1 << 20)) << size;
    EXPECT_FALSE(inflate_message("\xff" + whole, 1 << 20)) << size;
  }
}

}  // namespace
}  // namespace bpyd::protocol
