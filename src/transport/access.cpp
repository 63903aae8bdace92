// SPDX-License-Identifier: MIT
// Secrets are kept and compared as digests, so that a comparison takes the same time whatever
// was presented.
#include "access.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace bpyd::transport {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMostWrong = 10;
constexpr std::chrono::seconds kWrongWindow{10};
constexpr std::chrono::seconds kCodeLife{30};
constexpr std::chrono::hours kPageLife{24};
constexpr std::size_t kMostCodes = 64, kMostPages = 512;

std::string new_secret() {
  std::array<unsigned char, kSecretBytes> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("the system gives no random bytes");
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string digest_of(std::string_view secret) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

bool same(const std::string& a, const std::string& b) { return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

/// A new file of its own in a folder nobody else may enter (R7).
Result<void> write_secret(const std::filesystem::path& file, const std::string& secret) {
  const auto unusable = [&](const std::string& why) {
    return fail(Code::disk_full, "The token cannot be written to " + file.string() + ": " + why, "The profile's folder must be yours alone: chmod 700 " + file.parent_path().string());
  };
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return unusable(std::strerror(errno));
  struct stat about {};
  std::string why;
  int fd = -1;
  if (::fstat(folder, &about) < 0 || about.st_uid != ::geteuid() || (about.st_mode & 077U) != 0) {
    why = "others may enter the folder";
  } else {
    const auto name = file.filename();
    ::unlinkat(folder, name.c_str(), 0);  // of one that was killed
    fd = ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    const auto line = secret + "\n";
    if (fd < 0 || ::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) why = std::strerror(errno);
  }
  if (fd >= 0) ::close(fd);
  ::close(folder);
  if (!why.empty()) return unusable(why);
  return {};
}

}  // namespace

Result<Access> Access::open(AccessOptions options) {
  Access access;
  access.mode_ = options.mode;
  if (options.mode == "none") return access;
  if (options.mode == "token") {
    const auto token = new_secret();
    access.file_ = options.profile_dir / "token";
    access.token_digest_ = digest_of(token);
    if (auto ok = write_secret(access.file_, token); !ok) return std::unexpected(ok.error());
    return access;
  }
  if (options.mode != "jwt") return fail(bpyd::Code::bad_configuration, "auth '" + options.mode + "' is not known", "Use none, token or jwt");
  auto jwt = JwtVerifier::from_key_file(options.jwt_algorithm, options.jwt_key);
  if (!jwt) return std::unexpected(jwt.error());
  access.jwt_ = *std::move(jwt);
  return access;
}

Result<protocol::Grant> Access::recognise(std::string_view presented, Way way, SteadyTime now, std::int64_t epoch_seconds) const {
  const auto digest = digest_of(presented);
  const auto page = std::ranges::find_if(pages_, [&](const PageToken& each) { return each.way == way && same(each.digest, digest); });
  if (page != pages_.end()) {
    const bool over = now >= page->until || (page->grant.expires != 0 && epoch_seconds >= page->grant.expires);
    if (!over) return page->grant;
    return fail(bpyd::Code::token_required, "This page's time is over", "Open it anew: bpyd open");
  }
  if (way == Way::cookie) return fail(bpyd::Code::token_required, "The cookie is not of this daemon's run", "Open the page anew: bpyd open");
  if (jwt_) return jwt_->verify(presented, epoch_seconds);
  if (same(token_digest_, digest)) return protocol::Grant{};
  return fail(bpyd::Code::token_required, "The token is not this daemon's", "It is in the profile's folder, and new on every start");
}

Result<protocol::Grant> Access::judge(std::string_view presented, Way way, SteadyTime now, std::int64_t epoch_seconds) {
  if (!required()) return protocol::Grant{};
  if (presented.empty()) return fail(bpyd::Code::token_required, "This daemon asks for a token",
                                      "Programs send the one in the profile's folder as X-BranchPy-Token; `bpyd open` prints a link that lets a browser in");
  auto grant = recognise(presented, way, now, epoch_seconds);
  if (grant) return grant;
  while (!wrong_.empty() && now - wrong_.front() >= kWrongWindow) wrong_.pop_front();
  if (wrong_.size() >= kMostWrong) return fail(bpyd::Code::too_often, "Too many wrong tokens", "Wait ten seconds");
  wrong_.push_back(now);
  return grant;
}

std::string Access::make_code(SteadyTime now, protocol::Grant grant) {
  const auto code = new_secret();
  codes_.push_back({digest_of(code), std::move(grant), now + kCodeLife});
  if (codes_.size() > kMostCodes) codes_.pop_front();
  return code;
}

std::string Access::new_page_token(const protocol::Grant& grant, Way way, SteadyTime now) {
  const auto token = new_secret();
  pages_.push_back({digest_of(token), grant, way, now + kPageLife});
  if (way == Way::cookie) pages_.back().grant.admin = false;  // it may only read (R8)
  if (pages_.size() > kMostPages) pages_.pop_front();
  return token;
}

std::optional<Access::PageKeys> Access::redeem(std::string_view code, SteadyTime now) {
  const auto digest = digest_of(code);
  const auto found = std::ranges::find_if(codes_, [&](const Code& each) { return same(each.digest, digest); });
  if (found == codes_.end()) return std::nullopt;
  Code used = std::move(*found);
  codes_.erase(found);
  if (now >= used.until) return std::nullopt;
  return PageKeys{new_page_token(used.grant, Way::cookie, now), new_page_token(used.grant, Way::header, now)};
}

void Access::close() {
  if (!file_.empty()) ::unlink(file_.c_str());
  file_.clear();
}

}  // namespace bpyd::transport
