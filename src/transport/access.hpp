// SPDX-License-Identifier: MIT
// Tokens: the daemon's own (R7), JSON Web Tokens, and one-time links for pages (R8).
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/error.hpp"
#include "bpyd/protocol/grant.hpp"
#include "jwt.hpp"

namespace bpyd::transport {

struct AccessOptions {
  std::string mode = "none";  ///< none, token or jwt
  std::filesystem::path profile_dir;
  std::string jwt_algorithm;
  std::filesystem::path jwt_key;
};

/// Loop thread only.
class Access {
 public:
  /// In token mode the token is made here, in `<profile_dir>/token`, new on every start.
  static Result<Access> open(AccessOptions options);

  [[nodiscard]] bool required() const { return mode_ != "none"; }
  /// What a token is worth depends on how it came: a cookie travels by itself, and to every port of the host.
  enum class Way : std::uint8_t { header, cookie };
  /// What the bearer may do. token_required for a missing or wrong one, too_often when there have
  /// been too many wrong ones lately; a right one always passes.
  Result<protocol::Grant> judge(std::string_view presented, Way way, SteadyTime now, std::int64_t epoch_seconds);

  /// A code for a page's address: good once, for 30 seconds.
  std::string make_code(SteadyTime now, protocol::Grant grant);
  /// What a page gets for its code, with the grant that the code was made with: a cookie that may read, so
  /// that the page and its pictures load, and a token that it sends as a header. Good for a day.
  struct PageKeys {
    std::string cookie, token;
  };
  /// Nothing for a code that is no longer good.
  std::optional<PageKeys> redeem(std::string_view code, SteadyTime now);

  /// Takes the token file away.
  void close();

 private:
  struct Code {
    std::string digest;
    protocol::Grant grant;
    SteadyTime until;
  };
  struct PageToken {
    std::string digest;
    protocol::Grant grant;
    Way way;
    SteadyTime until;
  };
  [[nodiscard]] Result<protocol::Grant> recognise(std::string_view presented, Way way, SteadyTime now, std::int64_t epoch_seconds) const;
  std::string new_page_token(const protocol::Grant& grant, Way way, SteadyTime now);

  std::string mode_ = "none";
  std::filesystem::path file_;
  std::string token_digest_;
  std::optional<JwtVerifier> jwt_;
  std::deque<Code> codes_;
  std::deque<PageToken> pages_;
  std::deque<SteadyTime> wrong_;  ///< of the last ten seconds
};

}  // namespace bpyd::transport
