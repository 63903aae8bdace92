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
  explicit Crawler(CrawlTask task) : task_(std::move(task)), top_(::open(task_.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), top_error_(errno) {
    std::ranges::reverse(task_.todo);
  }

  Crawl run(std::size_t budget, const std::stop_token& stop) {
    Crawl result;
    result.deep = task_.deep;
    budget_ = budget;
    while (!task_.todo.empty() && seen_ < budget_ && !stop.stop_requested()) {
      auto path = std::move(task_.todo.back());
      task_.todo.pop_back();
      auto folder = visit(path);
      if (spent_) task_.todo.push_back(std::move(path));  // in the midst of it: begun anew later
      else result.folders.push_back(std::move(folder));
    }
    std::ranges::reverse(task_.todo);
    result.todo = std::move(task_.todo);
    return result;
  }

 private:
  CrawledFolder visit(const std::string& path) {
    CrawledFolder folder;
    folder.path = path;
    ++seen_;
    const Descriptor fd = open(folder);
    if (!fd) return folder;
    watch(fd.get(), folder);
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

  /// Never out of the root, and not in a circle: a link may have taken the folder's place.
  Descriptor open(CrawledFolder& folder) {
    if (!top_) {
      folder.error = top_error_;
      return Descriptor();
    }
    auto fd = open_beneath(top_.get(), folder.path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (!fd) folder.error = errno;
    struct stat info{};
    const bool known = fd ? ::fstat(fd.get(), &info) == 0 : ::stat((task_.root / folder.path).c_str(), &info) == 0;
    if (known) folder.id = {info.st_dev, info.st_ino};
    const bool link = !folder.path.empty() && ::lstat((task_.root / folder.path).c_str(), &info) == 0 && S_ISLNK(info.st_mode);
    if (!link || may_enter_link(task_.root, folder.path)) return fd;
    folder.error = ELOOP;
    return Descriptor();
  }

  /// The folder that was opened, whatever its path leads to by now.
  void watch(int fd, CrawledFolder& folder) const {
    if (task_.inotify < 0) return;
    folder.watch = ::inotify_add_watch(task_.inotify, ("/proc/self/fd/" + std::to_string(fd)).c_str(), kFolderMask);
    if (folder.watch < 0 && errno == ENOENT) folder.watch = ::inotify_add_watch(task_.inotify, (task_.root / folder.path).c_str(), kFolderMask);  // no /proc
    if (folder.watch < 0) folder.watch_error = errno;
  }

  void list(int fd, DIR* listing, CrawledFolder& folder) {
    for (errno = 0; const dirent* entry = ::readdir(listing); errno = 0) {
      const std::string name(entry->d_name);
      if (name == "." || name == "..") continue;
      if (++seen_ > budget_) {
        spent_ = true;
        return;
      }
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
    if (type == DT_REG && task_.ignore->ignored(path, false)) return;
    const auto clock = file_clock();
    struct stat info{};
    if (::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) < 0) return;
    if (S_ISLNK(info.st_mode)) return take_link(path, name, folder);
    if (S_ISDIR(info.st_mode)) {
      if (!task_.ignore->ignored(path, true)) folder.folders.push_back(name);
    } else if (S_ISREG(info.st_mode) && !task_.ignore->ignored(path, false)) {
      add_file(name, key_of(info, clock), folder);
    }
  }

  void take_link(const std::string& path, const std::string& name, CrawledFolder& folder) {
    const bool as_file = !task_.ignore->ignored(path, false), as_folder = !task_.ignore->ignored(path, true);
    if (!as_file && !as_folder) return;
    folder.links.push_back(name);
    const auto target = open_link(task_.root, path, 0);
    const auto clock = file_clock();
    struct stat info{};
    if (!target || ::fstat(target.get(), &info) < 0) return;
    if (S_ISREG(info.st_mode) && as_file) add_file(name, key_of(info, clock), folder);
    if (S_ISDIR(info.st_mode) && as_folder && may_enter_link(task_.root, path)) folder.folders.push_back(name);
  }

  static void add_file(const std::string& name, const FileKey& key, CrawledFolder& folder) {
    ToldFile file;
    file.name = name;
    file.print = key.print;
    file.racy = key.racy;
    folder.files.push_back(std::move(file));
  }

  CrawlTask task_;
  Descriptor top_;
  int top_error_;
  std::size_t seen_ = 0, budget_ = 0;
  bool spent_ = false;
};

}  // namespace

Crawl crawl(CrawlTask task, std::size_t budget, const std::stop_token& stop) { return Crawler(std::move(task)).run(budget, stop); }

}  // namespace bpyd::io
