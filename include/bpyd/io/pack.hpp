// SPDX-License-Identifier: MIT
// Texts made small, and told apart. Thread: pure, any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bpyd/core/error.hpp"

namespace bpyd::io {

/// 16 bytes that differ when texts differ: SHA-256, cut.
std::string print_of(std::string_view text);

/// One Zstandard frame. With `base` it says only what differs from that text, which unpack() needs again.
std::string pack(std::string_view text, std::string_view base = {});
/// database when it is damaged, was made with another base, or gives more than `most` bytes.
Result<std::string> unpack(std::string_view packed, std::string_view base, std::size_t most);

}  // namespace bpyd::io
