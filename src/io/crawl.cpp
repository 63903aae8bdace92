// SPDX-License-Identifier: MIT
// One walk over a tree, folders before their content.
#include "crawl.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <vector>

#include "bpyd/io/files.hpp"

namespace bpyd::io {
namespace {

FileIdentity identity_of(const struct stat& info) {
  return {info.st_ino, info.st_size, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_mode};
}

}  // namespace

std::string beneath(const std::string& folder, const std::string& name) { return folder.empty() ? name : folder + "/" + name; }

std::optional<FileIdentity> identify(const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) < 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return identity_of(info);
}

void crawl(const std::filesystem::path& root, const std::string& folder, const IgnoreList& ignore, FileTable& files,
           std::set<std::pair<std::uint64_t, std::uint64_t>>& entered, const std::function<bool(const std::string&)>& enter) {
  std::vector<std::string> open{folder};
  while (!open.empty()) {
    const std::string at = std::move(open.back());
    open.pop_back();
    const auto path = at.empty() ? root : root / at;
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
    struct stat info{};
    if (!fd || ::fstat(fd.get(), &info) < 0 || !entered.emplace(info.st_dev, info.st_ino).second || !enter(at)) continue;
    DIR* listing = ::fdopendir(::dup(fd.get()));
    if (listing == nullptr) continue;
    while (const dirent* entry = ::readdir(listing)) {
      const std::string name(entry->d_name);
      if (name == "." || name == "..") continue;
      struct stat item{};
      if (::fstatat(fd.get(), name.c_str(), &item, 0) < 0) continue;
      if (S_ISDIR(item.st_mode)) {
        if (!ignore.folder(name)) open.push_back(beneath(at, name));
      } else if (S_ISREG(item.st_mode) && !ignore.file(name)) {
        files[beneath(at, name)] = identity_of(item);
      }
    }
    ::closedir(listing);
  }
}

}  // namespace bpyd::io
