// SPDX-License-Identifier: MIT
// Following links beneath a root.
#include "links.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace bpyd::io {
namespace {

constexpr int kMostLinks = 3;

}  // namespace

Descriptor open_link(const std::filesystem::path& root, const std::string& path, int flags) {
  const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return Descriptor();
  return open_beneath(top.get(), path, flags | O_PATH);  // close() of an O_PATH descriptor leaves errno alone
}

bool may_enter_link(const std::filesystem::path& root, const std::string& path) {
  const auto target = open_link(root, path, O_DIRECTORY);
  struct stat end{};
  if (!target || ::fstat(target.get(), &end) < 0) return false;
  int links = 0;
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto upper = path.substr(0, at);  // "" is the root itself
    struct stat info{};
    if (::stat((root / upper).c_str(), &info) < 0) return false;
    if (info.st_dev == end.st_dev && info.st_ino == end.st_ino) return false;
    if (::lstat((root / upper).c_str(), &info) == 0 && S_ISLNK(info.st_mode) && !upper.empty()) ++links;
    at = path.find('/', at == 0 ? 0 : at + 1);
  }
  return links < kMostLinks;
}

}  // namespace bpyd::io
