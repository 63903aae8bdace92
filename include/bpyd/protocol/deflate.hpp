// SPDX-License-Identifier: MIT
// permessage-deflate (RFC 7692) without context: each message stands alone, so a compressed event
// is the same for every client and a resting connection holds no compressor.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bpyd/core/error.hpp"

namespace bpyd::protocol {

struct DeflateTerms {
  std::string answer;      ///< for Sec-WebSocket-Extensions
  /// False for a client with a smaller window than the one compressor's, which all share: what it sends may
  /// be compressed, what it is sent is not (as the RFC lets each message be).
  bool compresses = true;
};
/// What is agreed of the client's offers, or nothing when none fits.
std::optional<DeflateTerms> accept_deflate(std::string_view offers);

/// The message compressed, its empty last block taken off. Loop thread only (one compressor).
std::string deflate_message(std::string_view text);
/// The message as it was; too_large above `most` bytes, not_json for what is no deflate stream.
Result<std::string> inflate_message(std::string_view bytes, std::size_t most);

}  // namespace bpyd::protocol
