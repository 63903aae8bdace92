// SPDX-License-Identifier: MIT
// Beneath a folder: by the kernel's own rule, or step by step where it has none.
#include "beneath.hpp"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <ranges>
#include <vector>

#include "bpyd/core/strings.hpp"

namespace bpyd::io {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

Descriptor refused(int number) {
  errno = number;
  return Descriptor();
}

/// The parts still to go, and the open folders that lead to where we are.
class Walk {
 public:
  Walk(int top, const std::string& relative, int flags) : top_(top), flags_(flags) {
    if (relative.size() >= PATH_MAX) fail_with(ENAMETOOLONG);
    else put_first(relative);
  }

  Descriptor run() {
    while (!failed_ && !rest_.empty()) {
      const auto name = std::move(rest_.front());
      rest_.pop_front();
      if (name == ".") continue;
      if (name == "..") {
        if (way_.empty()) return refused(EXDEV);
        way_.pop_back();
        continue;
      }
      if (auto end = step(name); end || failed_) return end;
    }
    return failed_ ? Descriptor() : Descriptor(::openat(here(), ".", flags_ | O_CLOEXEC));
  }

 private:
  [[nodiscard]] int here() const { return way_.empty() ? top_ : way_.back().get(); }

  Descriptor fail_with(int number) {
    failed_ = true;
    return refused(number);
  }

  /// One part: a folder is entered, a link replaced by what it says, and a file the end.
  Descriptor step(const std::string& name) {
    Descriptor found(::openat(here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!found || ::fstat(found.get(), &info) < 0) return fail_with(errno);
    if (S_ISLNK(info.st_mode)) return follow(found.get());
    if (S_ISDIR(info.st_mode)) {
      way_.push_back(std::move(found));
      return Descriptor();
    }
    if (!rest_.empty() || folder_wanted_) return fail_with(ENOTDIR);
    Descriptor end(::openat(here(), name.c_str(), flags_ | O_NOFOLLOW | O_CLOEXEC));
    failed_ = !end;
    return end;
  }

  Descriptor follow(int link) {
    if (++links_ > kMostLinks) return fail_with(ELOOP);
    std::array<char, PATH_MAX> target{};
    const auto size = ::readlinkat(link, "", target.data(), target.size());
    if (size < 0) return fail_with(errno);
    if (size == 0) return fail_with(ENOENT);
    put_first(std::string(target.data(), static_cast<std::size_t>(size)));
    return Descriptor();
  }

  void put_first(const std::string& path) {
    if (path.starts_with('/')) fail_with(EXDEV);
    folder_wanted_ = folder_wanted_ || (rest_.empty() && path.ends_with('/'));
    for (auto& part : split(path, '/') | std::views::reverse) rest_.push_front(std::move(part));
  }

  const int top_, flags_;
  std::deque<std::string> rest_;
  std::vector<Descriptor> way_;
  int links_ = 0;
  bool folder_wanted_ = false, failed_ = false;
};

}  // namespace

Descriptor open_beneath_by_steps(int top, const std::string& relative, int flags) { return Walk(top, relative, flags).run(); }

Descriptor open_beneath(int top, const std::string& relative, int flags) {
  static std::atomic<bool> kernel_can{true};
  if (!kernel_can) return open_beneath_by_steps(top, relative, flags);
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* path = relative.empty() ? "." : relative.c_str();
  long fd = -1;
  for (int tries = 64; tries > 0; --tries) {
    fd = ::syscall(SYS_openat2, top, path, &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {  // EPERM is how some sandboxes say the same
    if (errno == ENOSYS) kernel_can = false;
    return open_beneath_by_steps(top, relative, flags);
  }
  return Descriptor(static_cast<int>(fd));
}

}  // namespace bpyd::io
