// SPDX-License-Identifier: MIT
// Watching a folder: one logical save is one change set, and what it says is true.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bpyd/runtime/loop.hpp"

namespace bpyd::io {

enum class ChangeKind : std::uint8_t { created, modified, removed };

struct FileChange {
  std::string file;  ///< relative to the root, printable UTF-8
  ChangeKind kind = ChangeKind::modified;
  bool operator==(const FileChange&) const = default;
};

struct ChangeSet {
  std::vector<FileChange> changes;  ///< in order of file
  bool rescanned = false;           ///< events were lost; found by looking again
};

struct WatcherStatus {
  std::string mode = "off";  ///< inotify, polling or off
  bool degraded = false;
  std::string reason;        ///< why, with the remedy
  std::int64_t directories = 0, files = 0;
};

struct WatchOptions {
  std::chrono::milliseconds settle{5};               ///< quiet time after a whole save
  std::chrono::milliseconds settle_incomplete{100};  ///< after a deletion, or a write not closed yet
  std::vector<std::string> ignore;                   ///< besides the defaults: "name", "*.x", "folder/"
  bool force_polling = false;
  std::chrono::milliseconds poll_interval{2000};
};

/// One watched root. Loop thread only. Once stopped or destroyed it never calls back.
class Watcher {
 public:
  using OnChange = std::function<void(const ChangeSet&)>;
  virtual ~Watcher() = default;
  [[nodiscard]] virtual WatcherStatus status() const = 0;
  virtual void stop() = 0;
};

/// All watchers of the daemon, on one inotify instance (R27). Loop thread only; outlives its
/// watchers. Costs nothing while nothing happens.
class WatchService {
 public:
  explicit WatchService(runtime::Loop& loop);
  ~WatchService();
  WatchService(const WatchService&) = delete;
  WatchService& operator=(const WatchService&) = delete;

  /// Never fails: what cannot be watched is polled, and status() says so.
  [[nodiscard]] std::unique_ptr<Watcher> watch(std::filesystem::path root, WatchOptions options, Watcher::OnChange on_change);

  /// Behaves as if the kernel had lost events, for tests.
  void simulate_overflow();

  class Inotify;

 private:
  runtime::Loop& loop_;
  std::shared_ptr<Inotify> inotify_;
};

}  // namespace bpyd::io
