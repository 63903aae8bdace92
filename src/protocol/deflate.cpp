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

/// One offer: "permessage-deflate; client_max_window_bits". Unknown or repeated parameters decline it.
bool acceptable(std::string_view offer) {
  std::vector<std::string> seen;
  bool first = true;
  for (const auto& part : split(offer, ';')) {
    const auto text = trim(part);
    if (std::exchange(first, false)) {
      if (text != "permessage-deflate") return false;
      continue;
    }
    const auto name = std::string(trim(text.substr(0, text.find('='))));
    const bool value = text.contains('=');
    if (std::ranges::find(seen, name) != seen.end()) return false;
    seen.push_back(name);
    // A smaller window for us is declined: the one compressor is shared by all.
    const bool plain = name == "server_no_context_takeover" || name == "client_no_context_takeover";
    if (plain ? value : name != "client_max_window_bits") return false;
  }
  return !first;
}

}  // namespace

std::optional<std::string> accept_deflate(std::string_view offers) {
  for (const auto& offer : split(offers, ',')) {
    if (acceptable(offer)) return "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
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
  ::inflateReset(&inflater.stream);
  const std::string whole = std::string(bytes).append(kTail);
  feed(inflater.stream, whole);
  std::string out;
  std::array<char, 16 * 1024> block{};
  int status = Z_OK;
  while (status == Z_OK || status == Z_BUF_ERROR) {
    inflater.stream.next_out = reinterpret_cast<Bytef*>(block.data());
    inflater.stream.avail_out = static_cast<uInt>(block.size());
    status = ::inflate(&inflater.stream, Z_SYNC_FLUSH);
    const std::size_t made = block.size() - inflater.stream.avail_out;
    if (out.size() + made > most) return fail(Code::too_large, "The message is over " + std::to_string(most) + " bytes");
    out.append(block.data(), made);
    if (made == 0 || (inflater.stream.avail_in == 0 && made < block.size())) break;
  }
  if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END) return fail(Code::not_json, "The message is not a deflate stream");
  return out;
}

}  // namespace bpyd::protocol
