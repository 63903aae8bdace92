// SPDX-License-Identifier: MIT
// One walk over a tree, folders before their content.
#include "crawl.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bpyd/io/files.hpp"
#include "inotify_mask.hpp"
#include "links.hpp"

namespace bpyd::io {
namespace {

struct CloseDir {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

class Crawler {
 public:
  explicit Crawler(CrawlTask task) : task_(std::move(task)) { std::ranges::reverse(task_.todo); }

  Crawl run(std::size_t budget, const std::stop_token& stop) {
    Crawl result;
    result.deep = task_.deep;
    while (!task_.todo.empty() && seen_ < budget && !stop.stop_requested()) {
      const auto path = std::move(task_.todo.back());
      task_.todo.pop_back();
      result.folders.push_back(visit(path));
    }
    std::ranges::reverse(task_.todo);
    result.todo = std::move(task_.todo);
    return result;
  }

 private:
  CrawledFolder visit(const std::string& path) {
    CrawledFolder folder;
    folder.path = path;
    const auto full = path.empty() ? task_.root : task_.root / path;
    ++seen_;
    if (task_.inotify >= 0) {
      folder.watch = ::inotify_add_watch(task_.inotify, full.c_str(), kFolderMask);
      if (folder.watch < 0) folder.watch_error = errno;
    }
    Descriptor fd(::open(full.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
    struct stat info{};
    if (!fd || ::fstat(fd.get(), &info) < 0) {
      folder.error = errno;
      return folder;
    }
    folder.id = {info.st_dev, info.st_ino};
    const int copy = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, CloseDir> listing(copy < 0 ? nullptr : ::fdopendir(copy));
    if (!listing) {
      folder.error = errno;
      if (copy >= 0) ::close(copy);
      return folder;
    }
    list(fd.get(), listing.get(), folder);
    return folder;
  }

  void list(int fd, DIR* listing, CrawledFolder& folder) {
    for (errno = 0; const dirent* entry = ::readdir(listing); errno = 0) {
      const std::string name(entry->d_name);
      if (name == "." || name == "..") continue;
      ++seen_;
      take(fd, name, entry->d_type, folder);
    }
    if (errno != 0) folder.error = errno;
    std::ranges::sort(folder.files, {}, &ToldFile::name);
    folder.files.shrink_to_fit();
    if (!task_.deep) return;
    for (const auto& name : folder.folders) task_.todo.push_back(beneath(folder.path, name));
  }

  void take(int fd, const std::string& name, unsigned char type, CrawledFolder& folder) {
    const auto path = beneath(folder.path, name);
    if (type == DT_DIR) {
      if (!task_.ignore->ignored(path, true)) folder.folders.push_back(name);
      return;
    }
    if (type != DT_REG && type != DT_LNK && type != DT_UNKNOWN) return;
    struct stat info{};
    if (type == DT_REG && task_.ignore->ignored(path, false)) return;
    if (::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) < 0) return;
    if (S_ISLNK(info.st_mode)) return take_link(path, name, folder);
    if (S_ISDIR(info.st_mode)) {
      if (!task_.ignore->ignored(path, true)) folder.folders.push_back(name);
    } else if (S_ISREG(info.st_mode) && !task_.ignore->ignored(path, false)) {
      add_file(name, info, folder);
    }
  }

  void take_link(const std::string& path, const std::string& name, CrawledFolder& folder) {
    const bool as_file = !task_.ignore->ignored(path, false), as_folder = !task_.ignore->ignored(path, true);
    if (!as_file && !as_folder) return;
    folder.links.push_back(name);
    const auto target = open_link(task_.root, path, 0);
    struct stat info{};
    if (!target || ::fstat(target.get(), &info) < 0) return;
    if (S_ISREG(info.st_mode) && as_file) add_file(name, info, folder);
    if (S_ISDIR(info.st_mode) && as_folder && may_enter_link(task_.root, path)) folder.folders.push_back(name);
  }

  static void add_file(const std::string& name, const struct stat& info, CrawledFolder& folder) {
    const auto key = key_of(info);
    ToldFile file;
    file.name = name;
    file.print = key.print;
    file.racy = key.racy;
    folder.files.push_back(std::move(file));
  }

  CrawlTask task_;
  std::size_t seen_ = 0;
};

}  // namespace

Crawl crawl(CrawlTask task, std::size_t budget, const std::stop_token& stop) { return Crawler(std::move(task)).run(budget, stop); }

}  // namespace bpyd::io
