// SPDX-License-Identifier: MIT
// JSON Web Tokens, rule by rule: each refusal for its own reason, so that no rule hides behind another.
#include "jwt.hpp"

#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <fstream>
#include <limits>

#include "bpyd/core/strings.hpp"

namespace bpyd::transport {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::string_view kHs256 = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kRs256 = R"({"alg":"RS256","typ":"JWT"})";

const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac(const std::string& text, const std::string& secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

Key rsa(unsigned bits) { return {EVP_RSA_gen(bits), &EVP_PKEY_free}; }

/// A key for PS256 alone: as long as an RSA key, and not one.
Key rsa_pss() {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_generate(context.get(), &key);
  return {key, &EVP_PKEY_free};
}

std::string pem(const Key& key, bool with_private = false) {
  const Memory out(BIO_new(BIO_s_mem()), &BIO_free);
  if (with_private) {
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PUBKEY(out.get(), key.get());
  }
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string rsa_signature(const std::string& text, const Key& key, const EVP_MD* digest = EVP_sha256()) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get());
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(text), text.size());
  signature.resize(size);
  return signature;
}

/// Claims that pass, with `more` members; with another 'sub'; with another 'exp' (JSON texts).
std::string claims(const std::string& more = "") { return R"({"sub":"ann","exp":1800000060)" + more + "}"; }
std::string of_user(const std::string& json) { return R"({"exp":1800000060,"sub":)" + json + "}"; }
std::string until(const std::string& json) { return R"({"sub":"ann","exp":)" + json + "}"; }

class JwtTest : public testing::Test {
 protected:
  JwtTest() : folder_(std::filesystem::temp_directory_path() / ("bpyd-jwt-" + random_hex(6))) {
    std::filesystem::create_directory(folder_);
  }
  ~JwtTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& bytes) {
    const auto path = folder_ / ("key" + std::to_string(++files_));
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string signed_hs256(std::string_view header, std::string_view payload) const {
    const auto text = base64url_encode(header) + "." + base64url_encode(payload);
    return text + "." + base64url_encode(hmac(text, secret_));
  }
  std::string signed_hs256(std::string_view payload) const { return signed_hs256(kHs256, payload); }
  /// What an HS256 verifier with our secret says of a token.
  Result<protocol::Grant> judged(std::string_view token, std::int64_t now = kNow) {
    if (!verifier_) verifier_ = JwtVerifier::from_key_file("HS256", file(secret_)).value();
    return verifier_->verify(token, now);
  }
  Result<protocol::Grant> judged_claims(std::string_view payload, std::int64_t now = kNow) {
    return judged(signed_hs256(payload), now);
  }
  /// Refused with token_required, for the reason that `word` gives away.
  static void expect_refused(const Result<protocol::Grant>& verdict, std::string_view word, std::string_view what) {
    ASSERT_FALSE(verdict) << what;
    EXPECT_EQ(verdict.error().code, Code::token_required) << what;
    EXPECT_TRUE(verdict.error().message.contains(word)) << what << ": " << verdict.error().message;
  }

  std::string secret_ = random_hex(32);
  std::filesystem::path folder_;
  std::optional<JwtVerifier> verifier_;
  int files_ = 0;
};

TEST_F(JwtTest, AGoodTokenNamesItsUserAndMayOnlyRead) {
  const auto grant = judged_claims(claims());
  ASSERT_TRUE(grant) << grant.error().message;
  EXPECT_EQ(grant->user, "ann");
  EXPECT_FALSE(grant->admin);
  EXPECT_FALSE(grant->limited);
  EXPECT_TRUE(grant->may_use("anything"));
}

TEST_F(JwtTest, OnlyThePinnedAlgorithmIsHeardOf) {
  for (const std::string_view header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE"})", R"({"alg":"hs256"})", R"({"alg":"HS256 "})", R"({"alg":"HS384"})",
        R"({"alg":"HS512"})", R"({"alg":"RS256"})", R"({"alg":"PS256"})", R"({"alg":"ES256"})", R"({"alg":"EdDSA"})", R"({"alg":""})",
        R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":0})", R"({"Alg":"HS256"})", R"({"typ":"JWT"})", R"({})"}) {
    expect_refused(judged(signed_hs256(header, claims())), "algorithm", header);
  }
}

TEST_F(JwtTest, AnUnsignedTokenIsRefusedHoweverItSpellsThat) {
  const auto payload = base64url_encode(claims());
  for (const std::string_view header : {R"({"alg":"none"})", R"({"alg":"HS256"})"}) {
    const auto text = base64url_encode(header) + "." + payload;
    EXPECT_FALSE(judged(text));
    EXPECT_FALSE(judged(text + "."));
    EXPECT_FALSE(judged(text + ".AA"));
  }
}

TEST_F(JwtTest, AHeaderThatAsksForExtensionsIsRefused) {
  for (const std::string_view header : {R"({"alg":"HS256","crit":["exp"]})", R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","crit":null})",
                                        R"({"alg":"HS256","b64":false,"crit":["b64"]})"}) {
    expect_refused(judged(signed_hs256(header, claims())), "extension", header);
  }
}

TEST_F(JwtTest, AKeyInTheHeaderIsNotBelieved) {
  const auto header = R"({"alg":"HS256","jwk":{"kty":"oct","k":")" + base64url_encode(std::string(32, 'x')) + R"("},"kid":"../../dev/null"})";
  const auto text = base64url_encode(header) + "." + base64url_encode(claims());
  expect_refused(judged(text + "." + base64url_encode(hmac(text, std::string(32, 'x')))), "signature", "jwk");
  expect_refused(judged(text + "." + base64url_encode(hmac(text, ""))), "signature", "kid");
}

TEST_F(JwtTest, AnyChangedCharacterOfTheTokenSpoilsIt) {
  const auto good = signed_hs256(claims(R"(,"scope":"read")"));
  ASSERT_TRUE(judged(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(judged(changed)) << "at " << i;
    EXPECT_FALSE(judged(good.substr(0, i))) << "cut at " << i;
  }
}

TEST_F(JwtTest, ASignatureIsTakenWholeOrNotAtAll) {
  const auto text = base64url_encode(kHs256) + "." + base64url_encode(claims());
  const auto mac = hmac(text, secret_);
  ASSERT_TRUE(judged(text + "." + base64url_encode(mac)));
  for (const auto& other : {mac.substr(0, 31), mac.substr(0, 16), mac.substr(0, 3), mac + std::string(1, '\0'), mac + mac, hmac(text, secret_ + "x"),
                            hmac(text + ".", secret_), hmac(text, secret_.substr(0, 32))}) {
    expect_refused(judged(text + "." + base64url_encode(other)), "signature", std::to_string(other.size()));
  }
}

TEST_F(JwtTest, PartsAreStrictBase64UrlWithoutPadding) {
  const auto good = signed_hs256(claims());
  const auto first = good.find('.'), second = good.rfind('.');
  ASSERT_TRUE(judged(good));
  for (const std::string_view more : {"=", "==", "\n", " ", "+", "/", "\r\n", "%3D"}) {
    auto in_header = good, in_claims = good;
    EXPECT_FALSE(judged(good + std::string(more))) << more;
    EXPECT_FALSE(judged(std::string(more) + good)) << more;
    EXPECT_FALSE(judged(in_header.insert(first, more))) << more;
    EXPECT_FALSE(judged(in_claims.insert(second, more))) << more;
  }
  EXPECT_FALSE(judged(good + std::string(1, '\0')));
  // Signed as it stands, so that only the spelling of the part can be what is refused.
  const auto resigned = [&](const std::string& text) { return text + "." + base64url_encode(hmac(text, secret_)); };
  const auto header = base64url_encode(kHs256);
  ASSERT_TRUE(judged(resigned(header + "." + base64url_encode(claims()))));
  const auto ragged = base64url_encode(claims(" "));  // 4n + 2 or 3: a place for padding
  ASSERT_NE(ragged.size() % 4, 0U);
  ASSERT_TRUE(judged(resigned(header + "." + ragged)));
  expect_refused(judged(resigned(header + "." + ragged + std::string(4 - ragged.size() % 4, '='))), "base64url", "padded claims");
  expect_refused(judged(resigned(header + "." + std::string("A"))), "base64url", "one letter");
}

TEST_F(JwtTest, TheLastLetterOfASignatureHasOneSpelling) {
  auto other = signed_hs256(claims());
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // 32 bytes end in a letter that holds four bits: its two others must be zero.
  const auto at = kAlphabet.find(other.back());
  ASSERT_EQ(at % 4, 0U);
  for (std::size_t low = 1; low < 4; ++low) {
    other.back() = kAlphabet[at + low];
    EXPECT_FALSE(judged(other));
  }
}

TEST_F(JwtTest, ATokenHasExactlyThreeParts) {
  const auto good = signed_hs256(claims());
  const auto text = good.substr(0, good.rfind('.'));
  const auto all = {std::string(), std::string("."), std::string(".."), std::string("..."), std::string("...."), std::string("token"), text, good + ".",
                    good + ".AA", "." + good, good + "." + good};
  for (const auto& token : all) expect_refused(judged(token), "", token);
}

TEST_F(JwtTest, ATokenMayHoldEightKibibytesAndNoMore) {
  const auto padded = [&](std::size_t size) { return signed_hs256(claims(R"(,"pad":")" + std::string(size, 'p') + '"')); };
  std::size_t size = 5900;
  while (padded(size + 1).size() <= 8192) ++size;
  ASSERT_LE(padded(size).size(), 8192U);
  EXPECT_TRUE(judged(padded(size)));
  ASSERT_GT(padded(size + 1).size(), 8192U);
  expect_refused(judged(padded(size + 1)), "8 KiB", "one too many");
  expect_refused(judged(std::string(16 << 20, 'A')), "8 KiB", "huge");
}

TEST_F(JwtTest, HeaderAndClaimsAreOneJsonObjectEach) {
  const std::string deep = R"({"alg":"HS256","x":)" + std::string(100, '[') + std::string(100, ']') + "}";
  const std::string nul = std::string(kHs256) + std::string(1, '\0');
  const std::string bad_utf8 = "{\"alg\":\"HS256\",\"x\":\"\xff\"}";
  for (const std::string& json : {std::string(), std::string("[]"), std::string("null"), std::string("\"HS256\""), std::string("{"), std::string("{}{}"),
                                  deep, nul, bad_utf8}) {
    expect_refused(judged(signed_hs256(json, claims())), "header", json);
    expect_refused(judged(signed_hs256(kHs256, json)), "claims", json);
  }
}

TEST_F(JwtTest, NothingInTheClaimsIsReadBeforeTheSignatureFits) {
  const auto text = base64url_encode(kHs256) + "." + base64url_encode("not json");
  expect_refused(judged(text + "." + base64url_encode(std::string(32, 'x'))), "signature", "garbled claims");
}

TEST_F(JwtTest, ExpiryIsRequiredAsANumberOfSeconds) {
  expect_refused(judged_claims(R"({"sub":"ann"})"), "expir", "none");
  for (const std::string json : {R"("1800000060")", R"("")", "null", "true", "[]", "{}", "[1800000060]", "-1", "-1e300", "1e300", "18446744073709551615"}) {
    expect_refused(judged_claims(until(json)), "exp", json);
  }
  EXPECT_TRUE(judged_claims(until("1800000060.5")));
  EXPECT_TRUE(judged_claims(until("1.80000006e9")));
}

TEST_F(JwtTest, ATokenEndsInTheSecondOfItsExpiry) {
  const auto token = signed_hs256(until("1800000000"));
  EXPECT_TRUE(judged(token, kNow - 1));
  expect_refused(judged(token, kNow), "expired", "at its second");
  expect_refused(judged(token, kNow + 1), "expired", "after");
  expect_refused(judged_claims(until("0")), "expired", "1970");
  expect_refused(judged(token, std::numeric_limits<std::int64_t>::max()), "expired", "the end of time");
}

TEST_F(JwtTest, ATokenIsNotGoodBeforeItsTime) {
  const auto token = signed_hs256(claims(R"(,"nbf":1800000000)"));
  expect_refused(judged(token, kNow - 1), "not valid yet", "before");
  EXPECT_TRUE(judged(token, kNow));
  for (const std::string json : {R"("1700000000")", "null", "true", "[]", "-1", "1e300"}) {
    expect_refused(judged_claims(claims(R"(,"nbf":)" + json)), "nbf", json);
  }
}

TEST_F(JwtTest, TheUserIsAVisibleNameOfAtMost123Bytes) {
  expect_refused(judged_claims(R"({"exp":1800000060})"), "sub", "none");
  for (const std::string& json : {std::string(R"("")"), std::string("7"), std::string("null"), std::string("[\"ann\"]"), std::string(R"("a b")"),
                                  std::string(R"("a\u0000b")"), std::string(R"("a\nb")"), std::string(R"("a\u007fb")"), '"' + std::string(124, 'a') + '"'}) {
    expect_refused(judged_claims(of_user(json)), "sub", json);
  }
  EXPECT_TRUE(judged_claims(of_user('"' + std::string(123, 'a') + '"')));
  EXPECT_EQ(judged_claims(of_user(R"("zo\u00eb@example.org")"))->user, "zo\xc3\xab@example.org");
}

TEST_F(JwtTest, TheScopeIsReadOrAdminAndNothingElse) {
  EXPECT_FALSE(judged_claims(claims(R"(,"scope":"read")"))->admin);
  EXPECT_TRUE(judged_claims(claims(R"(,"scope":"admin")"))->admin);
  for (const std::string json : {R"("")", R"("Admin")", R"("read admin")", R"("write")", R"(["admin"])", "null", "true", "1"}) {
    expect_refused(judged_claims(claims(R"(,"scope":)" + json)), "scope", json);
  }
}

TEST_F(JwtTest, ChannelsLimitWhatTheBearerMayUse) {
  const auto grant = judged_claims(claims(R"(,"channels":["missions","pilot:*"])")).value();
  EXPECT_TRUE(grant.limited);
  for (const std::string_view name : {"missions", "pilot:1", "pilot:", "pilot:*", "pilot:a*"}) EXPECT_TRUE(grant.may_use(name)) << name;
  for (const std::string_view name : {"mission", "missions2", "missions*", "Missions", "pilot", "pilot*", "p*", "*", ""}) {
    EXPECT_FALSE(grant.may_use(name)) << name;
  }
  EXPECT_TRUE(judged_claims(claims(R"(,"channels":["*"])"))->may_use("*"));
  EXPECT_FALSE(judged_claims(claims(R"(,"channels":[""])"))->may_use("missions"));
  for (const std::string_view name : {"missions", "*", ""}) EXPECT_FALSE(judged_claims(claims(R"(,"channels":[])"))->may_use(name)) << name;
}

TEST_F(JwtTest, ChannelsThatAreNoListOfTextsRefuseTheToken) {
  for (const std::string json : {"null", R"("missions")", "{}", "true", "[1]", R"(["missions",null])", R"([["missions"]])"}) {
    expect_refused(judged_claims(claims(R"(,"channels":)" + json)), "channels", json);
  }
}

TEST_F(JwtTest, AnRs256TokenIsVerifiedWithThePublicKey) {
  const auto mine = rsa(2048), foreign = rsa(2048);
  const auto verifier = JwtVerifier::from_key_file("RS256", file(pem(mine))).value();
  const auto text = base64url_encode(kRs256) + "." + base64url_encode(claims(R"(,"scope":"admin")"));
  const auto verdict = [&](const std::string& signature) { return verifier.verify(text + "." + base64url_encode(signature), kNow); };
  const auto good = rsa_signature(text, mine);
  ASSERT_TRUE(verdict(good));
  EXPECT_TRUE(verdict(good)->admin);
  expect_refused(verdict(rsa_signature(text, foreign)), "signature", "another key");
  expect_refused(verdict(rsa_signature(text + "x", mine)), "signature", "another text");
  expect_refused(verdict(rsa_signature(text, mine, EVP_sha512())), "signature", "another digest");
  for (const auto& bad : {std::string(), std::string(256, '\0'), good.substr(1), good + "x", good.substr(0, 255)}) {
    expect_refused(verdict(bad), "signature", std::to_string(bad.size()));
  }
}

TEST_F(JwtTest, ThePublicKeyIsNeverTakenForASecret) {
  const auto key = rsa(2048);
  const auto public_pem = pem(key);
  const auto verifier = JwtVerifier::from_key_file("RS256", file(public_pem)).value();
  for (const auto& guess : {public_pem, public_pem.substr(0, public_pem.size() - 1)}) {
    secret_ = guess;
    expect_refused(verifier.verify(signed_hs256(kHs256, claims()), kNow), "algorithm", "HS256 said");
    expect_refused(verifier.verify(signed_hs256(kRs256, claims()), kNow), "signature", "RS256 said");
  }
}

TEST_F(JwtTest, AnRs256TokenDoesNotPassWhereASecretIsPinned) {
  const auto key = rsa(2048);
  const auto text = base64url_encode(kRs256) + "." + base64url_encode(claims());
  expect_refused(judged(text + "." + base64url_encode(rsa_signature(text, key))), "algorithm", "RS256");
}

TEST_F(JwtTest, ASecretOfLessThan32BytesIsRefusedAtStart) {
  const auto opened = [&](const std::string& secret) { return JwtVerifier::from_key_file("HS256", file(secret)); };
  for (const auto& weak : {std::string(), std::string("\n"), std::string(31, 's'), std::string(31, 's') + "\n"}) {
    const auto verifier = opened(weak);
    ASSERT_FALSE(verifier) << weak.size();
    EXPECT_EQ(verifier.error().code, Code::bad_configuration);
  }
  EXPECT_TRUE(opened(std::string(32, 's')));
  EXPECT_TRUE(opened(std::string(32, 's') + "\n"));
}

TEST_F(JwtTest, OneNewlineAtTheEndOfASecretIsNoPartOfIt) {
  const auto token = signed_hs256(claims());
  const auto with = [&](const std::string& end) { return JwtVerifier::from_key_file("HS256", file(secret_ + end)).value().verify(token, kNow); };
  EXPECT_TRUE(with("\n"));
  EXPECT_FALSE(with("\n\n"));
  EXPECT_FALSE(with(" "));
}

TEST_F(JwtTest, OnlyAnRsaPublicKeyOf2048BitsOrMoreWillDo) {
  const auto code_of = [&](const std::string& bytes) {
    const auto verifier = JwtVerifier::from_key_file("RS256", file(bytes));
    return verifier ? std::optional<Code>() : verifier.error().code;
  };
  const auto strong = rsa(2048), weak = rsa(1024), other_padding = rsa_pss();
  const Key curve(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  ASSERT_NE(other_padding, nullptr);
  EXPECT_EQ(code_of(pem(strong)), std::nullopt);
  for (const auto& bytes : {pem(weak), pem(curve), pem(other_padding), pem(strong, true), std::string(), std::string("nothing"), std::string(64, 's'), pem(strong).substr(0, 200)}) {
    EXPECT_EQ(code_of(bytes), Code::bad_configuration) << bytes.substr(0, 40);
  }
}

TEST_F(JwtTest, AnUnknownAlgorithmOrAMissingKeyIsRefusedAtStart) {
  const auto key = file(secret_);
  for (const std::string_view name : {"none", "", "hs256", "HS512", "RS512", "ES256"}) {
    ASSERT_FALSE(JwtVerifier::from_key_file(name, key)) << name;
    EXPECT_EQ(JwtVerifier::from_key_file(name, key).error().code, Code::bad_configuration) << name;
  }
  for (const auto& path : {folder_ / "missing", folder_, std::filesystem::path()}) {
    ASSERT_FALSE(JwtVerifier::from_key_file("HS256", path)) << path;
    EXPECT_EQ(JwtVerifier::from_key_file("HS256", path).error().code, Code::bad_configuration) << path;
  }
}

TEST_F(JwtTest, ARefusalNeverRepeatsTheTokenOrTheSecret) {
  const auto good = signed_hs256(R"({"sub":"tell-nobody","exp":1})");
  for (const auto& token : {good, good + "x", good.substr(0, good.size() - 4), std::string("tell-nobody"), signed_hs256(of_user(R"("tell nobody")"))}) {
    const auto verdict = judged(token);
    ASSERT_FALSE(verdict);
    const auto words = verdict.error().message + verdict.error().suggestion;
    EXPECT_FALSE(words.contains("tell")) << words;
    EXPECT_FALSE(words.contains(token.substr(0, 12))) << words;
    EXPECT_FALSE(words.contains(secret_)) << words;
  }
}

}  // namespace
}  // namespace bpyd::transport
