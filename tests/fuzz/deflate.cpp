// SPDX-License-Identifier: MIT
// Compressed messages and what clients offer: the limit holds, one message leaves nothing behind for the
// next, what is packed comes out again, and zlib by itself reads the same.
#include <zlib.h>

#include "bpyd/protocol/deflate.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

constexpr std::size_t kLimit = 4096;

/// As RFC 7692 7.2.2 has it, in one go; nothing where that is no stream or too much.
std::optional<std::string> plainly(std::string_view bytes) {
  std::string whole(bytes);
  whole.append("\x00\x00\xff\xff", 4);
  z_stream stream{};
  demand(::inflateInit2(&stream, -15) == Z_OK);
  std::string out(kLimit + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(whole.data());
  stream.avail_in = static_cast<uInt>(whole.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = ::inflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  ::inflateEnd(&stream);
  if (out.size() > kLimit || (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)) return std::nullopt;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto first = protocol::inflate_message(text, kLimit);
  const auto other = plainly(text);
  // zlib ends at a last block and takes a stream that is cut off; a message does neither.
  demand(!first || (other && first->starts_with(*other)));
  const auto packed = protocol::deflate_message(text);
  const auto back = protocol::inflate_message(packed, text.size());
  demand(back && *back == text);
  if (!text.empty()) demand(!protocol::inflate_message(packed, text.size() - 1));
  const auto second = protocol::inflate_message(text, kLimit);  // whatever came between
  demand(first.has_value() == second.has_value() && (!first || *first == *second));
  const auto agreed = protocol::accept_deflate(text);
  demand(!agreed || (agreed->answer.starts_with("permessage-deflate; server_no_context_takeover; client_no_context_takeover") && text.contains("permessage-deflate")));
  demand(!agreed || agreed->compresses || agreed->answer.contains("; server_max_window_bits="));
  return 0;
}
