// SPDX-License-Identifier: MIT
// The server's side of TLS: a certificate, its key, nothing older than TLS 1.2.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>

#include "bpyd/core/error.hpp"

namespace bpyd::transport {

/// bad_configuration naming the file that cannot be used.
Result<std::shared_ptr<SSL_CTX>> make_tls(const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace bpyd::transport
