// SPDX-License-Identifier: MIT
// zlib, one compressor and one decompressor for the loop thread.
#include "bpyd/protocol/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "bpyd/core/strings.hpp"

namespace bpyd::protocol {
namespace {

constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
constexpr int kRaw = -15;  // no zlib header, the full window
constexpr int kBetweenBlocks = 128, kUnusedBits = 7;  // of z_stream::data_type, see inflate() in zlib.h

std::unexpected<Error> not_deflated() { return fail(Code::not_json, "The message is not a deflate stream"); }

struct Deflater {
  Deflater() { ready = ::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRaw, 8, Z_DEFAULT_STRATEGY) == Z_OK; }
  ~Deflater() { ::deflateEnd(&stream); }
  z_stream stream{};
  bool ready = false;
};
struct Inflater {
  Inflater() { ready = ::inflateInit2(&stream, kRaw) == Z_OK; }
  ~Inflater() { ::inflateEnd(&stream); }
  z_stream stream{};
  bool ready = false;
};

void feed(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib reads only
  stream.avail_in = static_cast<uInt>(bytes.size());
}

/// 8 to 15 without a leading zero, as a token or quoted (RFC 7692 7.1.2); 0 for anything else.
int window_bits(std::string_view value) {
  if (value.size() > 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  if (value == "8" || value == "9") return value[0] - '0';
  return value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5' ? 10 + (value[1] - '0') : 0;
}

/// One offer: "permessage-deflate; client_max_window_bits". Unknown, repeated and malformed parameters decline it.
std::optional<DeflateTerms> accept_offer(std::string_view offer) {
  const auto parts = split(offer, ';');
  if (parts.empty() || trim(offer).starts_with(';') || trim(parts.front()) != "permessage-deflate") return std::nullopt;
  DeflateTerms terms{"permessage-deflate; server_no_context_takeover; client_no_context_takeover"};
  std::vector<std::string_view> seen;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto text = trim(parts[i]);
    const auto equals = text.find('=');
    const auto name = trim(text.substr(0, equals));
    const bool valued = equals != std::string_view::npos;
    const int bits = valued ? window_bits(trim(text.substr(equals + 1))) : 0;
    if (std::ranges::find(seen, name) != seen.end()) return std::nullopt;
    seen.push_back(name);
    if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
      if (valued) return std::nullopt;
    } else if (name == "client_max_window_bits") {
      if (valued && bits == 0) return std::nullopt;
    } else if (name == "server_max_window_bits" && bits != 0) {
      terms.answer += "; server_max_window_bits=" + std::to_string(bits);
      terms.compresses = bits == 15;
    } else {
      return std::nullopt;
    }
  }
  return terms;
}

}  // namespace

std::optional<DeflateTerms> accept_deflate(std::string_view offers) {
  for (const auto& offer : split(offers, ',')) {
    if (auto terms = accept_offer(offer)) return terms;
  }
  return std::nullopt;
}

std::string deflate_message(std::string_view text) {
  static Deflater deflater;
  std::string out(::deflateBound(&deflater.stream, text.size()) + 16, '\0');
  ::deflateReset(&deflater.stream);
  feed(deflater.stream, text);
  deflater.stream.next_out = reinterpret_cast<Bytef*>(out.data());
  deflater.stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&deflater.stream, Z_SYNC_FLUSH);
  out.erase(out.size() - deflater.stream.avail_out);
  if (out.ends_with(kTail)) out.erase(out.size() - kTail.size());
  return out;
}

Result<std::string> inflate_message(std::string_view bytes, std::size_t most) {
  static Inflater inflater;
  auto& stream = inflater.stream;
  ::inflateReset(&stream);
  const std::string whole = std::string(bytes).append(kTail);
  feed(stream, whole);
  std::string out;
  std::array<char, 16 * 1024> block{};
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    const auto unread = stream.avail_in;
    const int stood = stream.data_type;
    const int status = ::inflate(&stream, Z_SYNC_FLUSH);
    const std::size_t made = block.size() - stream.avail_out;
    // A call that can do nothing more forgets where the stream stands.
    if (made == 0 && stream.avail_in == unread) stream.data_type = stood;
    if (out.size() + made > most) return fail(Code::too_large, "The message is over " + std::to_string(most) + " bytes");
    out.append(block.data(), made);
    if (status == Z_STREAM_END) {
      // A last block is no message's end (RFC 7692 7.2.3.4): what lies behind it is read on.
      if (stream.avail_in <= kTail.size()) return out;
      ::inflateReset(&stream);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return not_deflated();
    } else if (stream.avail_out > 0) {
      // All is read: it must end where the tail ends, between two blocks and on a whole byte.
      return (stream.data_type & (kBetweenBlocks | kUnusedBits)) == kBetweenBlocks ? Result<std::string>(std::move(out)) : not_deflated();
    }
  }
}

}  // namespace bpyd::protocol
