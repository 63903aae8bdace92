// SPDX-License-Identifier: MIT
// Who is let in: the daemon's token, JSON Web Tokens, one-time links.
#include "access.hpp"

#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#include <fstream>

#include "bpyd/core/strings.hpp"

namespace bpyd::transport {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::int64_t kNow = 1'800'000'000;
const std::string kSecret = "0123456789abcdef0123456789abcdef";

class AccessTest : public testing::Test {
 protected:
  AccessTest() : folder(std::filesystem::temp_directory_path() / ("bpyd-access-" + random_hex(6))) {
    std::filesystem::create_directory(folder);
    ::chmod(folder.c_str(), 0700);
  }
  ~AccessTest() override { std::filesystem::remove_all(folder); }
  std::filesystem::path write(const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return folder / name;
  }
  std::string token() {
    std::ifstream in(folder / "token");
    std::string text;
    std::getline(in, text);
    return text;
  }
  std::filesystem::path folder;
  SteadyTime now = steady_clock::now();
};

std::string hs256(const std::string& text, const std::string& secret = kSecret) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<const char*>(digest), size};
}

std::string jwt(const std::string& claims, const std::string& header = R"({"alg":"HS256","typ":"JWT"})", const std::string& secret = kSecret) {
  const auto signed_part = base64url_encode(header) + "." + base64url_encode(claims);
  return signed_part + "." + base64url_encode(hs256(signed_part, secret));
}

std::string claims(const std::string& more = "") { return R"({"sub":"ann","exp":1800000060)" + more + "}"; }

struct KeyPair {
  std::shared_ptr<EVP_PKEY> key{EVP_RSA_gen(2048), &EVP_PKEY_free};
  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PUBKEY(out.get(), key.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
  [[nodiscard]] std::string sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    std::size_t size = 512;
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(size);
    return signature;
  }
};

TEST_F(AccessTest, WithoutTokensEverybodyMayEverything) {
  auto access = Access::open({"none", folder, "", ""}).value();
  EXPECT_FALSE(access.required());
  EXPECT_TRUE(access.judge("", Access::Way::header, now, kNow)->admin);
  EXPECT_FALSE(std::filesystem::exists(folder / "token"));
}

TEST_F(AccessTest, TheTokenIsNewOnEveryStartAndNobodyElseCanReadIt) {
  auto first = Access::open({"token", folder, "", ""}).value();
  const auto old = token();
  EXPECT_EQ(old.size(), 43U);
  auto access = Access::open({"token", folder, "", ""}).value();
  EXPECT_NE(token(), old);
  struct stat about {};
  ASSERT_EQ(::stat((folder / "token").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_TRUE(access.judge(token(), Access::Way::header, now, kNow));
  EXPECT_EQ(access.judge(old, Access::Way::header, now, kNow).error().code, Code::token_required);
  EXPECT_EQ(access.judge("", Access::Way::header, now, kNow).error().code, Code::token_required);
  EXPECT_FALSE(access.judge(token().substr(0, 42), Access::Way::header, now, kNow));
  access.close();
  EXPECT_FALSE(std::filesystem::exists(folder / "token"));
}

TEST_F(AccessTest, ASymlinkInTheTokensPlaceIsReplacedNotFollowed) {
  const auto victim = write("victim", "precious");
  std::filesystem::create_symlink(victim, folder / "token");
  ASSERT_TRUE(Access::open({"token", folder, "", ""}));
  std::ifstream in(victim);
  std::string text;
  in >> text;
  EXPECT_EQ(text, "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "token"));
}

TEST_F(AccessTest, AFolderThatOthersMayEnterIsRefused) {
  ::chmod(folder.c_str(), 0755);
  EXPECT_FALSE(Access::open({"token", folder, "", ""}));
}

TEST_F(AccessTest, TooManyWrongOnesAreSlowedDownAndRightOnesPass) {
  auto access = Access::open({"token", folder, "", ""}).value();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(access.judge("wrong", Access::Way::header, now, kNow).error().code, Code::token_required);
  EXPECT_EQ(access.judge("wrong", Access::Way::header, now, kNow).error().code, Code::too_often);
  EXPECT_TRUE(access.judge(token(), Access::Way::header, now, kNow));
  EXPECT_EQ(access.judge("wrong", Access::Way::header, now + seconds(11), kNow).error().code, Code::token_required);
}

TEST_F(AccessTest, ALinkWorksOnceAndNotForLong) {
  auto access = Access::open({"token", folder, "", ""}).value();
  const auto code = access.make_code(now, protocol::Grant{});
  const auto late = access.make_code(now, protocol::Grant{});
  EXPECT_FALSE(access.redeem("guess", now));
  const auto page = access.redeem(code, now + seconds(29));
  ASSERT_TRUE(page);
  EXPECT_TRUE(access.judge(page->token, Access::Way::header, now + seconds(3600), kNow)->admin);
  EXPECT_FALSE(access.judge(page->cookie, Access::Way::cookie, now + seconds(3600), kNow)->admin);
  // A cookie goes to every port of the host: as a header it is worth nothing, nor is the token as a cookie.
  EXPECT_FALSE(access.judge(page->cookie, Access::Way::header, now, kNow));
  EXPECT_FALSE(access.judge(page->token, Access::Way::cookie, now, kNow));
  EXPECT_FALSE(access.judge(page->token, Access::Way::header, now + seconds(29) + std::chrono::hours(24), kNow)) << "a day";
  // Nor does it reach further, or live longer, than who asked for the link.
  const auto narrow = access.redeem(access.make_code(now, protocol::Grant{true, "eve", {"tasks"}, true, kNow + 60}), now);
  EXPECT_FALSE(access.judge(narrow->token, Access::Way::header, now, kNow)->may_use("audit"));
  EXPECT_FALSE(access.judge(narrow->token, Access::Way::header, now, kNow + 60));
  EXPECT_FALSE(access.redeem(code, now));
  EXPECT_FALSE(access.redeem(late, now + seconds(30)));
  EXPECT_FALSE(access.judge(code, Access::Way::header, now, kNow));  // a code is no token
}

TEST_F(AccessTest, AJwtSaysWhoAndWhat) {
  auto access = Access::open({"jwt", folder, "HS256", write("key", kSecret + "\n")}).value();
  const auto plain = access.judge(jwt(claims()), Access::Way::header, now, kNow).value();
  EXPECT_EQ(plain.user, "ann");
  EXPECT_FALSE(plain.admin);
  EXPECT_FALSE(plain.limited);
  EXPECT_TRUE(access.judge(jwt(claims(R"(,"scope":"admin")")), Access::Way::header, now, kNow)->admin);
  const auto limited = access.judge(jwt(claims(R"(,"channels":["missions","pilot:*"])")), Access::Way::header, now, kNow).value();
  EXPECT_TRUE(limited.may_use("missions"));
  EXPECT_TRUE(limited.may_use("pilot:1"));
  EXPECT_FALSE(limited.may_use("audit"));
  EXPECT_FALSE(access.judge(jwt(claims(R"(,"channels":[])")), Access::Way::header, now, kNow)->may_use("missions"));
}

TEST_F(AccessTest, ABadJwtIsRefusedWhateverIsWrongWithIt) {
  auto access = JwtVerifier::from_key_file("HS256", write("key", kSecret)).value();
  const auto good = jwt(claims());
  ASSERT_TRUE(access.verify(good, kNow));
  const std::string bad[] = {
      "", "a", "a.b", "a.b.c", good.substr(0, good.size() - 1), good + "=", good + ".x", "." + good,
      jwt(claims(), R"({"alg":"none"})"), jwt(claims(), R"({"alg":"HS512"})"), jwt(claims(), R"({"alg":"RS256"})"), jwt(claims(), R"({"typ":"JWT"})"),
      jwt(claims(), R"({"alg":"HS256","crit":["x"]})"), jwt(claims(), "[]"), jwt(claims(), R"({"alg":"HS256"})", std::string(32, 'x')),
      jwt(R"({"sub":"ann"})"), jwt(R"({"sub":"ann","exp":"1800000060"})"), jwt(R"({"sub":"ann","exp":1799999999})"), jwt(R"({"sub":"ann","exp":1800000000})"),
      jwt(R"({"sub":"ann","exp":1e300})"), jwt(R"({"sub":"ann","exp":-1})"), jwt(R"({"exp":1800000060})"), jwt(R"({"sub":"","exp":1800000060})"),
      jwt(R"({"sub":7,"exp":1800000060})"), jwt(R"({"sub":"a b","exp":1800000060})"), jwt(R"({"sub":")" + std::string(129, 'a') + R"(","exp":1800000060})"),
      jwt(claims(R"(,"nbf":1800000001)")), jwt(claims(R"(,"nbf":"x")")), jwt(claims(R"(,"scope":"root")")), jwt(claims(R"(,"scope":1)")),
      jwt(claims(R"(,"channels":"missions")")), jwt(claims(R"(,"channels":[1])")), jwt("not json"), std::string(9000, 'a')};
  for (const auto& token : bad) {
    const auto verdict = access.verify(token, kNow);
    ASSERT_FALSE(verdict) << token;
    EXPECT_EQ(verdict.error().code, Code::token_required) << token;
  }
  auto flipped = good;
  flipped[good.find('.') + 3] = flipped[good.find('.') + 3] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(access.verify(flipped, kNow));
}

TEST_F(AccessTest, TheKeyDecidesTheAlgorithm) {
  const KeyPair pair;
  const auto file = write("public.pem", pair.pem());
  const auto verifier = JwtVerifier::from_key_file("RS256", file).value();
  const auto signed_part = base64url_encode(R"({"alg":"RS256"})") + "." + base64url_encode(claims());
  EXPECT_TRUE(verifier.verify(signed_part + "." + base64url_encode(pair.sign(signed_part)), kNow));
  // The public key used as a secret: the classic confusion.
  EXPECT_FALSE(verifier.verify(jwt(claims(), R"({"alg":"HS256"})", pair.pem()), kNow));
  EXPECT_FALSE(verifier.verify(jwt(claims(), R"({"alg":"RS256"})", pair.pem()), kNow));
  EXPECT_FALSE(verifier.verify(signed_part + "." + base64url_encode(pair.sign(signed_part + "x")), kNow));
}

TEST_F(AccessTest, WeakKeysAreRefusedAtStart) {
  EXPECT_FALSE(JwtVerifier::from_key_file("HS256", write("short", std::string(31, 'x') + "\n")));
  EXPECT_FALSE(JwtVerifier::from_key_file("HS256", folder / "missing"));
  EXPECT_FALSE(JwtVerifier::from_key_file("RS256", write("none.pem", "nothing")));
  EXPECT_FALSE(JwtVerifier::from_key_file("HS256", write("public.pem", KeyPair().pem())));  // anybody may know it
  EXPECT_FALSE(JwtVerifier::from_key_file("none", write("any", kSecret)));
  EXPECT_EQ(Access::open({"jwt", folder, "ES256", folder / "any"}).error().code, Code::bad_configuration);
  EXPECT_EQ(Access::open({"password", folder, "", ""}).error().code, Code::bad_configuration);
}

TEST(Base64Url, HasOneTextForOneValue) {
  for (const std::string bytes : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfc"}) EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  for (const char* text : {"YQ==", "Y", "YR", "Y+", "Y/", "Y Q"}) EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace bpyd::transport
