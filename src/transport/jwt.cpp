// SPDX-License-Identifier: MIT
// The header is judged before the signature, the signature before a single claim.
#include "jwt.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::transport {
namespace {

constexpr std::size_t kTokenMost = 8 * 1024;
constexpr std::size_t kSecretLeast = 32;
constexpr int kKeyBitsLeast = 2048;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::unexpected<Error> wrong(const std::string& what) { return fail(Code::token_required, "The token is not good: " + what); }

std::optional<nlohmann::json> object_of(std::string_view part) {
  const auto text = base64url_decode(part);
  if (!text) return std::nullopt;
  auto parsed = parse_json_object(*text);
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

std::optional<std::string> read_key(const std::filesystem::path& file) {
  constexpr std::size_t kMost = 64 * 1024;
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kMost, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || !in.eof()) return std::nullopt;
  return bytes;
}

std::shared_ptr<EVP_PKEY> read_public_key(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  // Never asks the terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PUBKEY(memory.get(), nullptr, no_passphrase, nullptr), &EVP_PKEY_free);
  ERR_clear_error();
  return key;
}

Result<std::int64_t> seconds_claim(const nlohmann::json& claims, const char* name) {
  const auto& value = claims[name];
  // A number too large for an integer never expires: that is no expiry.
  if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 1e15) return wrong("'" + std::string(name) + "' must be seconds since 1970");
  return static_cast<std::int64_t>(value.get<double>());
}

bool is_user(std::string_view text) {
  return !text.empty() && text.size() <= 123 && is_utf8(text) && std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
}

Result<protocol::Grant> grant_of(const nlohmann::json& claims) {
  protocol::Grant grant;
  const auto subject = claims.find("sub");
  if (subject == claims.end() || !subject->is_string() || !is_user(subject->get_ref<const std::string&>())) return wrong("'sub' must name the user");
  grant.user = subject->get<std::string>();
  const auto scope = claims.value("scope", nlohmann::json("read"));
  if (scope != "read" && scope != "admin") return wrong("'scope' must be read or admin");
  grant.admin = scope == "admin";
  if (!claims.contains("channels")) return grant;
  grant.limited = true;
  if (!claims["channels"].is_array()) return wrong("'channels' must be a list of channels");
  for (const auto& channel : claims["channels"]) {
    if (!channel.is_string()) return wrong("'channels' must be a list of channels");
    grant.channels.push_back(channel.get<std::string>());
  }
  return grant;
}

}  // namespace

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto at = kAlphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<unsigned>(at);
    if ((held += 6) < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> static_cast<unsigned>(held) & 0xFF);
  }
  const unsigned rest = bits & ((1U << static_cast<unsigned>(held)) - 1U);
  if (rest != 0) return std::nullopt;  // one text for one value
  return bytes;
}

std::string base64url_encode(std::string_view bytes) {
  std::string text;
  unsigned bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[bits >> static_cast<unsigned>(held - 6) & 63U];
  }
  if (held > 0) text += kAlphabet[bits << static_cast<unsigned>(6 - held) & 63U];
  return text;
}

Result<JwtVerifier> JwtVerifier::from_key_file(std::string_view algorithm, const std::filesystem::path& file) {
  const auto bad = [](const std::string& message) { return fail(Code::bad_configuration, message, "Give --jwt-key a secret of 32 bytes or more (HS256), or a public key in PEM of 2048 bits or more (RS256)"); };
  JwtVerifier verifier;
  verifier.algorithm_ = algorithm;
  if (algorithm != "HS256" && algorithm != "RS256") return bad("jwt_algorithm '" + std::string(algorithm) + "' is not known");
  auto text = read_key(file);
  if (!text) return bad("The JWT key " + file.string() + " cannot be read");
  if (algorithm == "HS256") {
    if (text->ends_with('\n')) text->pop_back();
    // Whoever has a public key could sign with it.
    if (text->contains("-----BEGIN ")) return bad("The JWT secret in " + file.string() + " is a PEM key, which HS256 cannot use");
    if (text->size() < kSecretLeast) return bad("The JWT secret in " + file.string() + " is shorter than 32 bytes");
    verifier.secret_.swap(*text);
    return verifier;
  }
  verifier.public_key_ = read_public_key(*text);
  const auto* key = verifier.public_key_.get();
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < kKeyBitsLeast) {
    return bad("The JWT key in " + file.string() + " is no RSA public key of 2048 bits or more");
  }
  return verifier;
}

bool JwtVerifier::signature_fits(std::string_view signed_part, std::string_view signature) const {
  const auto* data = reinterpret_cast<const unsigned char*>(signed_part.data());
  if (algorithm_ == "HS256") {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    ::HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), data, signed_part.size(), digest.data(), &size);
    return signature.size() == size && ::CRYPTO_memcmp(signature.data(), digest.data(), size) == 0;
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const bool fits = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, public_key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(), data, signed_part.size()) == 1;
  ERR_clear_error();  // TLS reads the same queue
  return fits;
}

Result<protocol::Grant> JwtVerifier::verify(std::string_view token, std::int64_t now) const {
  if (token.size() > kTokenMost) return wrong("it is longer than 8 KiB");
  const auto first = token.find('.'), second = token.rfind('.');
  if (first == std::string_view::npos || first == second || token.substr(first + 1, second - first - 1).contains('.')) return wrong("it has not three parts");
  const auto header = object_of(token.substr(0, first));
  if (!header) return wrong("its header is not JSON in base64url");
  // The key decides the algorithm, never the token.
  const auto algorithm = header->find("alg");
  if (algorithm == header->end() || *algorithm != algorithm_) return wrong("its algorithm is not " + algorithm_);
  if (header->contains("crit")) return wrong("it asks for extensions unknown here");
  const auto signature = base64url_decode(token.substr(second + 1));
  if (!signature || !signature_fits(token.substr(0, second), *signature)) return wrong("its signature does not fit");
  const auto claims = object_of(token.substr(first + 1, second - first - 1));
  if (!claims) return wrong("its claims are not JSON in base64url");
  if (!claims->contains("exp")) return wrong("it has no expiry");
  const auto expiry = seconds_claim(*claims, "exp");
  if (!expiry) return std::unexpected(expiry.error());
  if (now >= *expiry) return wrong("it has expired");
  if (claims->contains("nbf")) {
    const auto begin = seconds_claim(*claims, "nbf");
    if (!begin) return std::unexpected(begin.error());
    if (now < *begin) return wrong("it is not valid yet");
  }
  auto grant = grant_of(*claims);
  if (grant) grant->expires = *expiry;
  return grant;
}

}  // namespace bpyd::transport
