// SPDX-License-Identifier: MIT
// Watching folders: one logical save is one change set, what it says is true, and after everything
// it has said the listener knows the tree. Kernel events only say where to look; what is told is
// the difference between the tree and what was told before.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/runtime/loop.hpp"
#include "bpyd/runtime/workers.hpp"

namespace bpyd::io {

enum class ChangeKind : std::uint8_t { created, modified, removed };

struct FileChange {
  std::string file;  ///< relative to the root, printable UTF-8
  ChangeKind kind = ChangeKind::modified;
  bool operator==(const FileChange&) const = default;
};

struct ChangeSet {
  std::vector<FileChange> changes;  ///< in order of folder, then name; each file once
  bool rescanned = false;           ///< events were lost; found by looking again
  std::string clock_before, clock;  ///< the moments before and after these changes; see Watcher::since
};

struct WatcherStatus {
  std::string mode = "off";  ///< inotify, polling, mixed (the kernel watches some, the rest is polled) or off
  bool ready = false;        ///< the first look at the tree is done
  bool degraded = false;     ///< what is told may come late, or some of it is not known
  std::string reason;        ///< why, with the remedy; may be set without `degraded`
  std::int64_t files = 0, folders = 0;
  std::int64_t watches = 0;  ///< of the kernel's
  std::int64_t polled = 0;   ///< folders that are looked at every poll interval
  std::int64_t rescans = 0;  ///< looks at the whole tree after the first
  bool operator==(const WatcherStatus&) const = default;
};

struct WatchOptions {
  std::chrono::milliseconds settle{5};               ///< quiet time after a whole save; 0: told at once
  std::chrono::milliseconds settle_incomplete{100};  ///< after a deletion, or a write not closed yet
  std::vector<std::string> ignore;                   ///< lines in gitignore syntax, after the defaults
  bool force_polling = false;
  std::chrono::milliseconds poll_interval{2000};
};

/// What changed since a clock.
struct Since {
  std::string clock;  ///< to ask from the next time
  bool fresh = false;  ///< the clock is not of this watcher (a restart) or too old: `changes` is all there is
  std::vector<FileChange> changes;  ///< in order of folder, then name: a page of them
  std::int64_t total = 0;
};

/// One watched root. Loop thread only. Once stopped or destroyed it never calls back.
class Watcher {
 public:
  virtual ~Watcher() = default;
  [[nodiscard]] virtual WatcherStatus status() const = 0;
  /// "c:" <16 hex digits, new with every watcher> ":" <number of change sets told>.
  [[nodiscard]] virtual std::string clock() const = 0;
  /// `changes` from the `offset`th on, at most `limit`. A file that came and went since is told as
  /// removed. bad_value when `clock` is no clock at all.
  [[nodiscard]] virtual Result<Since> since(std::string_view clock, std::size_t offset, std::size_t limit) const = 0;
  /// Calls `done` when all that was written before this call has been told, or the watcher was stopped.
  virtual void sync(std::function<void()> done) = 0;
  virtual void stop() = 0;
};

/// `on_status` is called when the status changed in more than its counts; the first time when it is ready.
struct WatchListener {
  std::function<void(const ChangeSet&)> on_change;
  std::function<void()> on_status = [] {};
};

/// All watchers of the daemon, on one inotify instance (R27). Loop thread only; outlives its
/// watchers. Costs nothing while nothing happens.
class WatchService {
 public:
  WatchService(runtime::Loop& loop, runtime::Workers& workers);
  ~WatchService();
  WatchService(const WatchService&) = delete;
  WatchService& operator=(const WatchService&) = delete;

  /// Never fails: what cannot be watched is polled, and status() says so. Small trees are ready at
  /// once, large ones are looked at on a worker.
  [[nodiscard]] std::unique_ptr<Watcher> watch(std::filesystem::path root, WatchOptions options, WatchListener listener);

  /// Behaves as if the kernel had lost events, for tests.
  void simulate_overflow();

  class Inotify;
  class Mounts;

 private:
  runtime::Loop& loop_;
  runtime::Workers& workers_;
  std::shared_ptr<Inotify> inotify_;
  std::shared_ptr<Mounts> mounts_;
};

/// What is ignored before WatchOptions::ignore.
const std::vector<std::string>& default_ignores();
/// Why these lines cannot be used as ignores: the first that can never match, with the reason.
Result<void> check_ignores(const std::vector<std::string>& lines);

}  // namespace bpyd::io
