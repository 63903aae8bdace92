// SPDX-License-Identifier: MIT
// Walking game/ beneath the root.
#include "bpyd/io/source_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "bpyd/core/strings.hpp"
#include "scripts.hpp"

namespace bpyd::io {
namespace {

constexpr int kDeepest = 64;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

bool ends_as(std::string_view name, std::string_view ending) {
  return name.size() > ending.size() && std::ranges::equal(name.substr(name.size() - ending.size()), ending, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
         });
}

}  // namespace

bool may_bring_images(std::string_view file) {
  static constexpr std::string_view kEndings[] = {".png", ".jpg", ".jpeg", ".webp", ".avif", ".svg", ".webm", ".mp4", ".mkv", ".ogv", ".rpa", ".rpyc", "_ren.py"};
  return !file.starts_with('.') && std::ranges::any_of(kEndings, [&](std::string_view ending) { return ends_as(file, ending); });
}

struct SourceTree::Walk {
  const std::stop_token& stop;
  std::map<std::string, Known> found;
  std::set<std::pair<std::uint64_t, std::uint64_t>> folders;  ///< by device and inode: loops end here
  std::vector<std::string> resources;
};

void SourceTree::take(Walk& walk, const std::string& relative) {
  Known known;
  known.row.file = printable_utf8(relative);
  const auto fd = root_.open_beneath(relative, 0);
  struct stat info{};
  if (!fd || ::fstat(fd->get(), &info) < 0) {
    known.row.problem = fd ? relative + " cannot be read" : fd.error().message;
  } else {
    known.identity = {info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
    const auto before = known_.find(relative);
    if (before != known_.end() && before->second.row.text && before->second.identity == known.identity) {
      known.row = before->second.row;
    } else if (auto text = read_descriptor(fd->get(), known.row.file, kFileLimit)) {
      known.row.text = std::make_shared<const std::string>(*std::move(text));
    } else {
      known.row.problem = text.error().message;
    }
  }
  walk.found.emplace(relative, std::move(known));
}

void SourceTree::visit(Walk& walk, const std::string& folder, int depth) {
  if (walk.stop.stop_requested()) return;
  auto fd = root_.open_beneath(folder, O_DIRECTORY);
  struct stat info{};
  const bool fresh = depth <= kDeepest && fd && ::fstat(fd->get(), &info) == 0 && walk.folders.emplace(info.st_dev, info.st_ino).second;
  const int copy = fresh ? ::fcntl(fd->get(), F_DUPFD_CLOEXEC, 0) : -1;
  DIR* listing = copy >= 0 ? ::fdopendir(copy) : nullptr;
  if (listing == nullptr && copy >= 0) ::close(copy);
  if (listing == nullptr) {
    walk.resources.push_back(folder + "/");
    return;
  }
  std::vector<std::string> folders;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string name(entry->d_name);
    if (name == "." || name == "..") continue;
    struct stat item{};
    // Through the link: a linked script counts, and open_beneath refuses one that leads out.
    const bool known = ::fstatat(fd->get(), name.c_str(), &item, 0) == 0;
    if (known && S_ISDIR(item.st_mode)) {
      if (!skipped_folder(name)) folders.push_back(name);
      else if (folder.starts_with("game/images") && !name.starts_with('.')) walk.resources.push_back(folder + "/" + name + "/");
    } else if (is_script(name)) {
      take(walk, folder + "/" + name);
    } else if (may_bring_images(name)) {
      walk.resources.push_back(folder + "/" + name);
    }
  }
  ::closedir(listing);
  std::ranges::sort(folders);
  for (const auto& name : folders) visit(walk, folder + "/" + name, depth + 1);
}

Result<std::vector<ScannedFile>> SourceTree::scan(const std::stop_token& stop) {
  if (const auto game = root_.open_beneath("game", O_DIRECTORY); !game) {
    const bool inside = root_.path().filename() == "game";
    return fail(Code::project_not_found, printable_utf8(root_.path().string()) + " has no game/ folder",
                inside ? "Name its parent: " + printable_utf8(root_.path().parent_path().string()) : "Name the folder of a Ren'Py project, the one that holds game/");
  }
  Walk walk{stop, {}, {}, {}};
  visit(walk, "game", 0);
  if (stop.stop_requested()) return fail(Code::wrong_state, "The scan was stopped");
  known_ = std::move(walk.found);
  std::erase_if(walk.resources, [&](const std::string& file) {
    return file.ends_with(".rpyc") && known_.contains(file.substr(0, file.size() - 1));
  });
  for (auto& file : walk.resources) file = printable_utf8(file);
  std::ranges::sort(walk.resources);
  resources_ = std::move(walk.resources);
  std::vector<ScannedFile> files;
  files.reserve(known_.size());
  for (const auto& [relative, known] : known_) files.push_back(known.row);
  return files;
}

}  // namespace bpyd::io
