// SPDX-License-Identifier: MIT
// File systems that are mounted over or within a watched root: inotify says nothing of them.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <map>
#include <string>

#include "bpyd/io/watcher.hpp"

namespace bpyd::io {

/// Loop thread only. Waits for the kernel to say that the table of mounts changed; costs nothing meanwhile.
class WatchService::Mounts : public std::enable_shared_from_this<WatchService::Mounts> {
 public:
  explicit Mounts(runtime::Loop& loop) : stream_(loop.context()) {}

  /// Calls `changed` whenever a mount at, above or below `root` came or went.
  void add(const void* who, std::filesystem::path root, std::function<void()> changed);
  void remove(const void* who) { roots_.erase(who); }
  void close();

 private:
  struct Root {
    std::filesystem::path path;
    std::function<void()> changed;
    std::string mounts;  ///< the lines that concern it
  };
  void wait();
  void compare();

  boost::asio::posix::stream_descriptor stream_;
  std::map<const void*, Root> roots_;
  bool open_ = false, waiting_ = false;
};

/// The lines of a mountinfo text whose mount point is `root`, above it or below it.
std::string mounts_of(const std::string& mountinfo, const std::filesystem::path& root);

/// The kind of network file system `path` lies on ("nfs"), where changes made elsewhere give no
/// kernel event; empty: a local one.
std::string network_file_system(const std::filesystem::path& path);

}  // namespace bpyd::io
