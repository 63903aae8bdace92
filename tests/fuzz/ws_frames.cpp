// SPDX-License-Identifier: MIT
// WebSocket frames: told the same whole and in pieces, within the limit, text as UTF-8, and what a client
// frames comes out as it went in. The first byte says whether messages may be compressed.
#include <span>

#include "bpyd/core/strings.hpp"
#include "bpyd/protocol/deflate.hpp"
#include "support.hpp"
#include "ws_reader.hpp"

using namespace bpyd;
using fuzz::demand;
using transport::WsReader;

namespace {

constexpr std::size_t kLimit = 4096;

struct Told {
  WsReader::Got got;
  std::string payload;
  bool operator==(const Told&) const = default;
};

void check(const WsReader& reader, WsReader::Got got) {
  using enum WsReader::Got;
  const auto payload = reader.payload();
  if (got == text) demand(is_utf8(payload));
  if (got == text || got == binary) demand(payload.size() <= kLimit);
  if (got == ping || got == pong || got == close) demand(payload.size() <= 125);
  const auto code = reader.close_code();
  if (got == broken) demand(code == 1002 || code == 1007 || code == 1009);
  if (got == close) demand(code == 1005 || (code >= 1000 && code < 5000));
}

std::vector<Told> told(std::string bytes, std::size_t step, bool deflate) {
  WsReader reader(kLimit, deflate);
  std::vector<Told> list;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::span<char> input(bytes.data() + at, std::min(step, bytes.size() - at));
    for (;;) {
      const auto got = reader.next(input);
      if (got == WsReader::Got::more) break;
      check(reader, got);
      list.push_back({got, got == WsReader::Got::broken ? std::to_string(reader.close_code()) : std::string(reader.payload())});
      if (got == WsReader::Got::broken) return list;
    }
  }
  return list;
}

/// One frame of a client, masked.
std::string framed(unsigned head, std::string_view payload) {
  std::string frame{static_cast<char>(head)};
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xFF);
  }
  constexpr std::string_view kMask = "\x12\xF3\x05\x81";
  frame += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ kMask[i % 4]);
  return frame;
}

/// In one frame, in three with a ping between them, and compressed.
void round_trip(std::string_view payload) {
  using enum WsReader::Got;
  payload = payload.substr(0, kLimit);
  const bool is_text = is_utf8(payload);
  const unsigned opcode = is_text ? 1 : 2;
  const std::vector<Told> one = {{is_text ? text : binary, std::string(payload)}};
  demand(told(framed(0x80 | opcode, payload), 7, false) == one);
  const auto a = payload.size() / 3, b = payload.size() / 2;
  const auto cut = framed(opcode, payload.substr(0, a)) + framed(0, payload.substr(a, b - a)) + framed(0x89, "p") + framed(0x80, payload.substr(b));
  const std::vector<Told> two = {{ping, "p"}, one.front()};
  demand(told(cut, cut.size(), false) == two);
  const auto packed = protocol::deflate_message(payload);
  if (packed.size() <= kLimit) demand(told(framed(0xC0 | opcode, packed), 5, true) == one);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool deflate = (data[0] & 1) != 0;
  const std::string bytes(fuzz::text_of(data + 1, size - 1));
  const auto whole = told(bytes, bytes.size() + 1, deflate);
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) demand(told(bytes, step, deflate) == whole);
  round_trip(bytes);
  return 0;
}
