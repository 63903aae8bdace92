// SPDX-License-Identifier: MIT
// JSON Web Tokens (RFC 7519) under one pinned algorithm. Pure once the key is read.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bpyd/core/error.hpp"
#include "bpyd/protocol/grant.hpp"

namespace bpyd::transport {

/// Any thread; immutable.
class JwtVerifier {
 public:
  /// HS256 with a secret of at least 32 bytes, or RS256 with a public key of at least 2048 bits.
  /// bad_configuration naming the file.
  static Result<JwtVerifier> from_key_file(std::string_view algorithm, const std::filesystem::path& file);

  /// token_required saying what is wrong, never showing the token.
  [[nodiscard]] Result<protocol::Grant> verify(std::string_view token, std::int64_t now_epoch_seconds) const;

 private:
  [[nodiscard]] bool signature_fits(std::string_view signed_part, std::string_view signature) const;

  std::string algorithm_;
  std::string secret_;                  ///< HS256
  std::shared_ptr<EVP_PKEY> public_key_;  ///< RS256
};

/// base64url without padding, strictly; nothing for anything else.
std::optional<std::string> base64url_decode(std::string_view text);
std::string base64url_encode(std::string_view bytes);

}  // namespace bpyd::transport
