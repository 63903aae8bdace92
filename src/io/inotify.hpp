// SPDX-License-Identifier: MIT
// The one inotify instance: which watch belongs to which folder of which watcher.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bpyd/io/watcher.hpp"
#include "crawl.hpp"

namespace bpyd::io {

/// Hears of events in the folders it added. Folders are relative to its root.
class InotifyClient {
 public:
  virtual ~InotifyClient() = default;
  virtual void on_event(const std::string& folder, std::uint32_t mask, const std::string& name) = 0;
  virtual void on_overflow() = 0;
};

/// Loop thread only.
class WatchService::Inotify : public std::enable_shared_from_this<WatchService::Inotify> {
 public:
  explicit Inotify(runtime::Loop& loop);

  [[nodiscard]] bool works() const { return open_; }
  /// Empty when the folder is watched (or gone again); else why not, with the remedy.
  std::string add(InotifyClient& client, const std::filesystem::path& root, const std::string& folder);
  void remove_beneath(InotifyClient& client, const std::string& folder);
  void remove_all(InotifyClient& client) { remove_beneath(client, ""); }
  [[nodiscard]] std::vector<std::string> folders(const InotifyClient& client) const;
  void overflow();
  void close();

 private:
  struct Place {
    InotifyClient* client;
    std::string folder;
    bool operator==(const Place&) const = default;
  };
  void read_when_ready();
  void drain();
  void deliver(int watch, std::uint32_t mask, const std::string& name);

  boost::asio::posix::stream_descriptor stream_;
  std::map<int, std::vector<Place>> places_;                      ///< two roots may share a folder
  std::map<InotifyClient*, std::map<std::string, int>> watches_;  ///< folder → watch
  std::array<char, 64 * 1024> buffer_{};
  bool open_ = false, waiting_ = false;
};

std::optional<std::pair<std::uint64_t, std::uint64_t>> folder_identity(const std::filesystem::path& root, const std::string& folder);

}  // namespace bpyd::io
