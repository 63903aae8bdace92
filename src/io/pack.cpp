// SPDX-License-Identifier: MIT
#include "bpyd/io/pack.hpp"

#include <openssl/sha.h>
#include <zstd.h>

#include <array>
#include <bit>
#include <memory>

namespace bpyd::io {
namespace {

constexpr std::size_t kPrintBytes = 16;
constexpr std::size_t kSmall = 128U << 10U, kLarge = 4U << 20U;
constexpr int kSmallLevel = 6, kLargeLevel = 3, kAloneLevel = 1, kMostWindow = 27;  // what is large and stands alone would take longest

struct Free {
  void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
};

}  // namespace

std::string print_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return {reinterpret_cast<const char*>(digest.data()), kPrintBytes};
}

std::string pack(std::string_view text, std::string_view base) {
  const std::unique_ptr<ZSTD_CCtx, Free> context(::ZSTD_createCCtx());
  const bool small = text.size() + base.size() <= kSmall;
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, small ? kSmallLevel : base.empty() ? kAloneLevel : kLargeLevel);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 0);  // prints tell, of the text itself
  if (!base.empty()) {
    // The window must reach back over the whole base.
    const int window = std::min(kMostWindow, static_cast<int>(std::bit_width(text.size() + base.size())) + 1);
    ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, std::max(window, 10));
    // Which finds what moved far; it takes its time.
    if (text.size() + base.size() > kLarge) ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
    ::ZSTD_CCtx_refPrefix(context.get(), base.data(), base.size());
  }
  std::string packed(::ZSTD_compressBound(text.size()), '\0');
  const auto size = ::ZSTD_compress2(context.get(), packed.data(), packed.size(), text.data(), text.size());
  packed.resize(::ZSTD_isError(size) != 0 ? 0 : size);
  return packed;
}

Result<std::string> unpack(std::string_view packed, std::string_view base, std::size_t most) {
  const auto size = ::ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most) return fail(Code::database, "A packed text is damaged");
  const std::unique_ptr<ZSTD_DCtx, Free> context(::ZSTD_createDCtx());
  ::ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMostWindow);
  if (!base.empty()) ::ZSTD_DCtx_refPrefix(context.get(), base.data(), base.size());
  std::string text(size, '\0');
  const auto made = ::ZSTD_decompressDCtx(context.get(), text.data(), text.size(), packed.data(), packed.size());
  if (::ZSTD_isError(made) != 0 || made != text.size()) return fail(Code::database, "A packed text is damaged");
  return text;
}

}  // namespace bpyd::io
