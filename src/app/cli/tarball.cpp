// SPDX-License-Identifier: MIT
// Headers of 512 bytes, contents filled up to 512.
#include "tarball.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdio>

namespace bpyd::app::cli {
namespace {

constexpr std::size_t kBlock = 512;
constexpr int kGzip = 15 + 16;  // zlib: the full window, with gzip's header

void put(std::string& header, std::size_t at, std::size_t width, std::string_view text) {
  header.replace(at, std::min(width, text.size()), text.substr(0, width));
}

std::string octal(std::uint64_t value, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 3U) *digit = static_cast<char>('0' + (value & 7U));
  return text;
}

}  // namespace

void Tarball::add(std::string_view name, std::string_view content) {
  std::string header(kBlock, '\0');
  put(header, 0, 100, name);
  put(header, 100, 7, octal(0600, 7));
  put(header, 108, 7, octal(0, 7));
  put(header, 116, 7, octal(0, 7));
  put(header, 124, 11, octal(content.size(), 11));
  put(header, 136, 11, octal(static_cast<std::uint64_t>(std::time(nullptr)), 11));
  put(header, 148, 8, "        ");  // counts as spaces in its own sum
  put(header, 156, 1, "0");
  put(header, 257, 8, std::string_view("ustar\0" "00", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, 8, octal(sum, 6) + std::string("\0 ", 2));
  blocks_.append(header).append(content);
  blocks_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
}

std::string Tarball::packed() const {
  const std::string whole = blocks_ + std::string(2 * kBlock, '\0');
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(::deflateBound(&stream, whole.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(whole.data()));  // zlib reads only
  stream.avail_in = static_cast<uInt>(whole.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(done ? out.size() - stream.avail_out : 0);
  ::deflateEnd(&stream);
  return out;
}

}  // namespace bpyd::app::cli
