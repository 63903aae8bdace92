// SPDX-License-Identifier: MIT
// A TLS context from two PEM files.
#include "tls.hpp"

#include <openssl/err.h>

namespace bpyd::transport {
namespace {

std::unexpected<Error> unusable(const std::string& what) {
  const char* why = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return fail(Code::bad_configuration, what + (why == nullptr ? "" : std::string(": ") + why),
              "Give --tls-cert and --tls-key PEM files that belong together");
}

}  // namespace

Result<std::shared_ptr<SSL_CTX>> make_tls(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* tls) { SSL_CTX_free(tls); });
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) return unusable("The certificate " + certificate.string() + " cannot be used");
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) return unusable("The key " + key.string() + " cannot be used");
  if (SSL_CTX_check_private_key(context.get()) != 1) return unusable("The key " + key.string() + " does not belong to the certificate");
  return context;
}

}  // namespace bpyd::transport
