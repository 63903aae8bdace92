// SPDX-License-Identifier: MIT
// RFC 6455's receiving side, whole and byte by byte.
#include "ws_reader.hpp"

#include <gtest/gtest.h>

#include "bpyd/protocol/deflate.hpp"

namespace bpyd::transport {
namespace {

using Got = WsReader::Got;

std::string frame(unsigned first, std::string_view payload, bool masked = true) {
  std::string bytes{static_cast<char>(first)};
  const unsigned mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() < 65536) {
    bytes += static_cast<char>(mask_bit | 126U);
    bytes += static_cast<char>(payload.size() >> 8U);
    bytes += static_cast<char>(payload.size() & 0xFF);
  } else {
    bytes += static_cast<char>(mask_bit | 127U);
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(payload.size() >> static_cast<unsigned>(shift) & 0xFF);
  }
  const std::string mask = masked ? "\x11\x22\x33\x44" : "";
  bytes += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) bytes += static_cast<char>(masked ? payload[i] ^ mask[i % 4] : payload[i]);
  return bytes;
}

struct Told {
  Got got;
  std::string payload;
  std::uint16_t code;
  bool operator==(const Told&) const = default;
};

/// Everything that `bytes` tell, fed in pieces of `step`.
std::vector<Told> told(std::string bytes, std::size_t step, std::size_t limit = 70000, bool deflate = false) {
  WsReader reader(limit, deflate);
  std::vector<Told> list;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::span<char> input(bytes.data() + at, std::min(step, bytes.size() - at));
    for (;;) {
      const Got got = reader.next(input);
      if (got == Got::more) break;
      const bool closes = got == Got::close || got == Got::broken;
      list.push_back({got, got == Got::broken ? "" : std::string(reader.payload()), closes ? reader.close_code() : std::uint16_t{0}});
      if (got == Got::broken) return list;
    }
  }
  return list;
}

struct Row {
  const char* name;
  std::string bytes;
  std::vector<Told> expected;
};

TEST(WsReader, TellsTheSameHoweverTheBytesCome) {
  const std::string big(70000, 'x');
  const std::string text = "gr\xc3\xbc\xc3\x9f";
  const std::vector<Row> table = {
      {"text", frame(0x81, text), {{Got::text, text, 0}}},
      {"empty text", frame(0x81, ""), {{Got::text, "", 0}}},
      {"binary", frame(0x82, "\x01"), {{Got::binary, "\x01", 0}}},
      {"64 bit length", frame(0x81, big), {{Got::text, big, 0}}},
      {"fragments with a ping between", frame(0x01, "ab") + frame(0x89, "p") + frame(0x00, "") + frame(0x80, "cd"),
       {{Got::ping, "p", 0}, {Got::text, "abcd", 0}}},
      {"a character cut by fragments", frame(0x01, "\xc3") + frame(0x80, "\xbc"), {{Got::text, "\xc3\xbc", 0}}},
      {"pong, close", frame(0x8A, "") + frame(0x88, "\x03\xe8zu"), {{Got::pong, "", 0}, {Got::close, "\x03\xe8zu", 1000}}},
      {"close without code", frame(0x88, ""), {{Got::close, "", 1005}}},
      {"two messages", frame(0x81, "a") + frame(0x81, "b"), {{Got::text, "a", 0}, {Got::text, "b", 0}}},
      {"unmasked", frame(0x81, "a", false), {{Got::broken, "", 1002}}},
      {"rsv1 without deflate", frame(0xC1, "a"), {{Got::broken, "", 1002}}},
      {"rsv2", frame(0xA1, "a"), {{Got::broken, "", 1002}}},
      {"reserved opcode", frame(0x83, "a"), {{Got::broken, "", 1002}}},
      {"reserved control", frame(0x8B, "a"), {{Got::broken, "", 1002}}},
      {"fragmented ping", frame(0x09, "a"), {{Got::broken, "", 1002}}},
      {"long ping", frame(0x89, std::string(126, 'p')), {{Got::broken, "", 1002}}},
      {"continuation of nothing", frame(0x80, "a"), {{Got::broken, "", 1002}}},
      {"text within a message", frame(0x01, "a") + frame(0x81, "b"), {{Got::broken, "", 1002}}},
      {"close of one byte", frame(0x88, "\x03"), {{Got::broken, "", 1002}}},
      {"close 1005", frame(0x88, "\x03\xed"), {{Got::broken, "", 1002}}},
      {"close 1016", frame(0x88, "\x03\xf8"), {{Got::broken, "", 1002}}},
      {"close 2999", frame(0x88, "\x0b\xb7"), {{Got::broken, "", 1002}}},
      {"close 3000", frame(0x88, "\x0b\xb8"), {{Got::close, "\x0b\xb8", 3000}}},
      {"close with a bad reason", frame(0x88, "\x03\xe8\xff"), {{Got::broken, "", 1007}}},
      {"bad UTF-8", frame(0x81, "\xc0\x80"), {{Got::broken, "", 1007}}},
      {"a surrogate", frame(0x81, "\xed\xa0\x80"), {{Got::broken, "", 1007}}},
      {"a character cut by the end", frame(0x81, "\xc3"), {{Got::broken, "", 1007}}},
      {"a length not in its shortest form", std::string("\x81\xfe\x00\x05", 4) + "\x11\x22\x33\x44", {{Got::broken, "", 1002}}},
      {"too large", frame(0x81, std::string(70001, 'x')), {{Got::broken, "", 1009}}},
      {"too large in fragments", frame(0x01, std::string(40000, 'x')) + frame(0x80, std::string(40000, 'x')), {{Got::broken, "", 1009}}},
  };
  for (const auto& row : table) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, row.bytes.size()}) {
      EXPECT_TRUE(told(row.bytes, step) == row.expected) << row.name << " in steps of " << step;
    }
  }
}

TEST(WsReader, RefusesBadUtf8BeforeTheMessageEnds) {
  const auto start = frame(0x01, "\xf4\x90");
  EXPECT_EQ(told(start, start.size()), (std::vector<Told>{{Got::broken, "", 1007}}));
}

TEST(WsReader, InflatesWithinTheLimit) {
  const std::string text(5000, 'z');
  const auto small = protocol::deflate_message(text);
  ASSERT_LT(small.size(), 100U);
  const auto bytes = frame(0xC1, small);
  EXPECT_EQ(told(bytes, 3, 5000, true), (std::vector<Told>{{Got::text, text, 0}}));
  EXPECT_EQ(told(bytes, 3, 4999, true), (std::vector<Told>{{Got::broken, "", 1009}}));
  EXPECT_EQ(told(frame(0xC1, "\xff\xff\xff"), 9, 5000, true), (std::vector<Told>{{Got::broken, "", 1007}}));
  const auto halves = frame(0x41, small.substr(0, 9)) + frame(0x80, small.substr(9));
  EXPECT_EQ(told(halves, 2, 5000, true), (std::vector<Told>{{Got::text, text, 0}}));
}

TEST(Deflate, TakesTheFirstOfferItCanKeep) {
  EXPECT_TRUE(protocol::accept_deflate("permessage-deflate"));
  EXPECT_TRUE(protocol::accept_deflate("permessage-deflate; client_max_window_bits"));
  EXPECT_TRUE(protocol::accept_deflate("permessage-deflate; server_max_window_bits=10, permessage-deflate"));
  EXPECT_FALSE(protocol::accept_deflate(""));
  EXPECT_FALSE(protocol::accept_deflate(";,;"));  // found by fuzzing: nothing offered was taken for an offer
  const auto small = protocol::accept_deflate("permessage-deflate; server_max_window_bits=10");
  ASSERT_TRUE(small);
  EXPECT_TRUE(small->answer.ends_with("; server_max_window_bits=10"));
  EXPECT_FALSE(small->compresses);
  EXPECT_TRUE(protocol::accept_deflate("permessage-deflate; server_max_window_bits=\"15\"; client_max_window_bits=9")->compresses);
  for (const char* bits : {"7", "16", "09", "+9", "", "1", "\"\"", "99"}) {
    EXPECT_FALSE(protocol::accept_deflate(std::string("permessage-deflate; server_max_window_bits=") + bits)) << bits;
    EXPECT_FALSE(protocol::accept_deflate(std::string("permessage-deflate; client_max_window_bits=") + bits)) << bits;
  }
  EXPECT_FALSE(protocol::accept_deflate("permessage-deflate; server_max_window_bits"));
  EXPECT_FALSE(protocol::accept_deflate("permessage-deflate; unknown"));
  EXPECT_FALSE(protocol::accept_deflate("permessage-deflate; client_no_context_takeover; client_no_context_takeover"));
  EXPECT_FALSE(protocol::accept_deflate("x-webkit-deflate-frame"));
}

}  // namespace
}  // namespace bpyd::transport
