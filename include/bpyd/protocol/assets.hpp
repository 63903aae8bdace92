// SPDX-License-Identifier: MIT
// The pages' files, embedded in the binary. Static lifetime, any thread.
#pragma once

#include <span>
#include <string_view>

namespace bpyd::protocol {

struct Asset {
  std::string_view path;          ///< "/static/pilot.js"
  std::string_view content_type;
  std::string_view etag;          ///< unquoted
  std::string_view identity, brotli, gzip;  ///< the same bytes, three ways; compressed ones may be empty
};

/// Sorted by path.
using Assets = std::span<const Asset>;

inline const Asset* find_asset(Assets assets, std::string_view path) {
  for (const auto& asset : assets) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace bpyd::protocol
