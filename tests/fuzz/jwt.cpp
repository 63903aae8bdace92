// SPDX-License-Identifier: MIT
// JSON Web Tokens. The input as a token: nobody guesses a signature. The input as "header\nclaims", signed
// with the right key: what is granted is what the claims say, and nothing is granted that they do not.
#include <openssl/hmac.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "../support/temp_dir.hpp"
#include "bpyd/core/json_fields.hpp"
#include "jwt.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t kNow = 1'800'000'000;

const transport::JwtVerifier& verifier() {
  static const auto kVerifier = [] {
    const test::TempDir folder;
    test::write_file(folder / "key", std::string(kSecret));
    return transport::JwtVerifier::from_key_file("HS256", folder / "key").value();
  }();
  return kVerifier;
}

std::string signed_token(std::string_view header, std::string_view claims) {
  auto token = transport::base64url_encode(header) + "." + transport::base64url_encode(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  ::HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()), reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data(), &length);
  return token + "." + transport::base64url_encode({reinterpret_cast<const char*>(digest.data()), length});
}

void check_grant(const protocol::Grant& grant, std::string_view header_text, std::string_view claims_text) {
  const auto header = parse_json_object(header_text), claims = parse_json_object(claims_text);
  demand(header && claims);
  demand(header->value("alg", nlohmann::json()) == "HS256" && !header->contains("crit"));
  demand(claims->contains("exp") && (*claims)["exp"].is_number() && std::floor((*claims)["exp"].get<double>()) > static_cast<double>(kNow));
  if (claims->contains("nbf")) demand((*claims)["nbf"].is_number() && std::floor((*claims)["nbf"].get<double>()) <= static_cast<double>(kNow));
  demand((*claims)["sub"] == grant.user && !grant.user.empty());
  demand(grant.admin == (claims->contains("scope") && (*claims)["scope"] == "admin"));
  demand(grant.limited == claims->contains("channels"));
  if (!grant.limited) return;
  demand((*claims)["channels"] == nlohmann::json(grant.channels));
  if (grant.channels.empty()) demand(!grant.may_use("missions") && !grant.may_use("*"));
}

void refused(const Result<protocol::Grant>& grant, std::string_view token) {
  demand(!grant && grant.error().code == Code::token_required);
  demand(token.size() < 40 || token.contains(' ') || !grant.error().message.contains(token));  // never shown; with blanks it may be our own words
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  refused(verifier().verify(text, kNow), text);
  const auto decoded = transport::base64url_decode(text);
  if (decoded) demand(transport::base64url_encode(*decoded) == text);
  demand(transport::base64url_decode(transport::base64url_encode(text)) == text);
  auto rest = text;
  const auto header = fuzz::take_line(rest);
  const auto token = signed_token(header, rest);
  const auto grant = verifier().verify(token, kNow);
  if (grant) check_grant(*grant, header, rest);
  else refused(grant, token);
  // The algorithm is the key's: the same claims under another header, or unsigned, are worth nothing.
  for (const std::string_view other : {R"({"alg":"none"})", R"({"alg":"RS256"})", R"({"alg":"hs256"})"}) {
    if (header != other) refused(verifier().verify(signed_token(other, rest), kNow), token);
  }
  refused(verifier().verify(token.substr(0, token.rfind('.') + 1), kNow), token);
  return 0;
}
