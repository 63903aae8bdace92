// SPDX-License-Identifier: MIT
// The table of mounts, and what kind of file system a folder is on.
#include "mounts.hpp"

#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "bpyd/io/files.hpp"

namespace bpyd::io {
namespace {

constexpr const char* kTable = "/proc/self/mountinfo";

/// mountinfo writes blanks and backslashes as \ooo.
std::string unescape(const std::string& text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size()) {
      plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

bool at_or_above(const std::string& upper, const std::string& lower) {
  return upper == "/" || lower == upper || lower.starts_with(upper + "/");
}

/// Files below /proc have no size: read until the end.
std::string read_table() {
  const Descriptor fd(::open(kTable, O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16384> buffer;
  for (ssize_t got = 0; fd && (got = ::read(fd.get(), buffer.data(), buffer.size())) > 0;) text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

}  // namespace

std::string mounts_of(const std::string& mountinfo, const std::filesystem::path& root) {
  std::string concerned;
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, inside, point;
    fields >> id >> parent >> device >> inside >> point;
    point = unescape(point);
    if (at_or_above(point, root.string()) || at_or_above(root.string(), point)) concerned += line + "\n";
  }
  return concerned;
}

void WatchService::Mounts::add(const void* who, std::filesystem::path root, std::function<void()> changed) {
  auto mounts = mounts_of(read_table(), root);
  roots_[who] = {std::move(root), std::move(changed), std::move(mounts)};
  if (!open_) {
    const int fd = ::open(kTable, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;  // no /proc: mounts are not seen
    stream_.assign(fd);
    open_ = true;
  }
  wait();
}

void WatchService::Mounts::close() {
  boost::system::error_code ignored;
  stream_.close(ignored);
  open_ = false;
}

void WatchService::Mounts::wait() {
  if (waiting_ || !open_) return;
  waiting_ = true;
  stream_.async_wait(boost::asio::posix::stream_descriptor::wait_error, [self = shared_from_this()](const boost::system::error_code& error) {
    self->waiting_ = false;
    if (error) return;
    self->compare();
    self->wait();
  });
}

void WatchService::Mounts::compare() {
  const auto table = read_table();
  std::vector<const void*> concerned;
  for (auto& [who, root] : roots_) {
    auto mounts = mounts_of(table, root.path);
    if (mounts == root.mounts) continue;
    root.mounts = std::move(mounts);
    concerned.push_back(who);
  }
  for (const auto* who : concerned) {  // a call may remove roots
    const auto root = roots_.find(who);
    if (root == roots_.end()) continue;
    const auto changed = root->second.changed;
    changed();
  }
}

std::string network_file_system(const std::filesystem::path& path) {
  struct statfs info{};
  if (::statfs(path.c_str(), &info) < 0) return {};
  static const std::map<std::uint32_t, std::string> kinds{{0x6969, "nfs"}, {0x517b, "smb"}, {0xff534d42, "cifs"}, {0xfe534d42, "smb2"}, {0x01021997, "9p"},
                                                          {0x65735546, "fuse"}, {0x5346414f, "afs"}, {0x73757245, "coda"}, {0x00c36400, "ceph"},
                                                          {0x786f4256, "vboxsf"}, {0x0bd00bd0, "lustre"}, {0x7c7c6673, "prl_fs"}};
  const auto found = kinds.find(static_cast<std::uint32_t>(info.f_type));
  return found == kinds.end() ? std::string() : found->second;
}

}  // namespace bpyd::io
