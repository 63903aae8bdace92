// SPDX-License-Identifier: MIT
// The one inotify instance: which watch belongs to which folder of which watcher.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/io/watcher.hpp"

namespace bpyd::io {

struct InotifyEvent {
  int watch = -1;
  std::uint32_t mask = 0;
  std::string_view name;  ///< empty: the watched folder itself
};

/// A watcher that holds watches.
class InotifyClient {
 public:
  virtual ~InotifyClient() = default;
  virtual void on_event(const InotifyEvent& event) = 0;
  /// Events were lost.
  virtual void on_overflow() = 0;
  /// Everything that was queued has been handed on.
  virtual void on_drained() = 0;
};

/// Loop thread only. Watches are set by crawls, on any thread, with descriptor(); who takes the
/// crawl's result in says with hold() whose they are. An event of a watch that nobody holds goes to all
/// clients that await() some: it may be theirs before they know.
class WatchService::Inotify : public std::enable_shared_from_this<WatchService::Inotify> {
 public:
  explicit Inotify(runtime::Loop& loop);

  /// -1: the kernel gave none.
  [[nodiscard]] int descriptor() const { return fd_; }
  /// What can be done about that.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  void hold(int watch, InotifyClient& client);
  /// Gives a watch back; the kernel's goes with its last holder.
  void release(int watch, InotifyClient& client);
  /// Gives a watch back that nobody holds (a crawl's whose client went).
  void drop(int watch);
  /// A crawl for this client is under way, or no longer.
  void await(InotifyClient& client, bool under_way);
  void forget(InotifyClient& client);

  /// Reads and hands on all that is queued now; false when that is being done already.
  bool drain();
  void overflow();
  void close();

 private:
  void read_when_ready();
  bool read_all();
  void deliver();

  struct Queued {
    int watch;
    std::uint32_t mask;
    std::uint32_t name_at, name_size;
  };
  boost::asio::posix::stream_descriptor stream_;
  int fd_ = -1;
  std::string refusal_;
  std::unordered_map<int, std::vector<InotifyClient*>> holders_;  ///< two roots may share a folder
  std::set<InotifyClient*> clients_, awaiting_;
  std::array<char, 64 * 1024> buffer_{};
  std::vector<Queued> queue_;
  std::string names_;
  bool waiting_ = false, draining_ = false;
};

}  // namespace bpyd::io
