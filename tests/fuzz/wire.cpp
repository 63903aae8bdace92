// SPDX-License-Identifier: MIT
// Bytes of the wire and of the log: frames, compressed messages, tokens, log lines. The first byte
// chooses. Frames must tell the same whole and in pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "bpyd/protocol/deflate.hpp"
#include "jwt.hpp"
#include "log_line.hpp"
#include "ws_reader.hpp"

namespace {

using namespace bpyd;
using transport::WsReader;

struct Told {
  WsReader::Got got;
  std::string payload;
  bool operator==(const Told&) const = default;
};

std::vector<Told> told(std::string bytes, std::size_t step, bool deflate) {
  WsReader reader(4096, deflate);
  std::vector<Told> list;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::span<char> input(bytes.data() + at, std::min(step, bytes.size() - at));
    for (;;) {
      const auto got = reader.next(input);
      if (got == WsReader::Got::more) break;
      list.push_back({got, got == WsReader::Got::broken ? std::to_string(reader.close_code()) : std::string(reader.payload())});
      if (got == WsReader::Got::broken) return list;
    }
  }
  return list;
}

void frames(std::string_view bytes, bool deflate) {
  const std::string text(bytes);
  const auto whole = told(text, text.size() + 1, deflate);
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) {
    if (told(text, step, deflate) != whole) std::abort();
  }
}

void log_line(std::string_view line) {
  const auto head = runtime::read_head(line);
  if (runtime::is_carry(line)) (void)runtime::read_carry(line);
  (void)runtime::events_in(line);
  if (head && runtime::is_whole(line)) (void)runtime::read_rest(line, *head);
  if (head) (void)runtime::read_rest(line, *head);  // as if the checksum fitted
}

void token(std::string_view text) {
  static const auto verifier = [] {
    const auto file = std::filesystem::temp_directory_path() / "bpyd-fuzz-key";
    std::FILE* out = std::fopen(file.c_str(), "w");
    std::fputs("0123456789abcdef0123456789abcdef", out);
    std::fclose(out);
    return transport::JwtVerifier::from_key_file("HS256", file).value();
  }();
  if (verifier.verify(text, 1'800'000'000)) std::abort();  // nobody guesses a signature
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: frames(text, false); break;
    case 1: frames(text, true); break;
    case 2: log_line(text); break;
    case 3: token(text); break;
    case 4: (void)protocol::inflate_message(text, 4096); break;
    default: (void)protocol::accept_deflate(text);
  }
  return 0;
}
