// SPDX-License-Identifier: MIT
// Analyses of one project: at most one runs, what comes meanwhile is merged, the newest wins.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bpyd/daemon/services.hpp"
#include "bpyd/io/state_file.hpp"
#include "bpyd/io/watcher.hpp"

namespace bpyd::watch {

/// Loop thread only; the work itself runs on a worker or in a child process.
class Runner : public std::enable_shared_from_this<Runner> {
 public:
  using Done = std::function<void(const io::ChangeSet& saved)>;

  /// `done` is called after each analysis, when the project holds its result.
  Runner(daemon::Services& services, std::shared_ptr<daemon::Project> project, Done done);
  ~Runner();

  /// Runs now, or once more after the run in hand.
  void request(const io::ChangeSet& saved);
  /// No further result is taken in.
  void stop();
  [[nodiscard]] bool resting() const { return !running_; }
  /// The clock before the oldest change that is not told yet; empty: all are.
  [[nodiscard]] const std::string& untold_from() const { return running_ && !saved_.clock_before.empty() ? saved_.clock_before : pending_.clock_before; }
  /// Calls `then` once, when the run in hand and those that wait behind it have ended (or stop() was called).
  void when_rested(std::function<void()> then) { rested_.push_back(std::move(then)); }
  /// Nothing runs, and the newest report is on the disk.
  [[nodiscard]] bool idle() const { return !running_ && report_->idle(); }

 private:
  struct Sources;
  void run();
  void run_builtin();
  void run_external(const daemon::AnalyzerConfig& config);
  void take(Result<std::shared_ptr<daemon::Snapshot>> result);
  void note_failure(const Error& failure);

  daemon::Services& services_;
  std::shared_ptr<daemon::Project> project_;
  Done done_;
  std::shared_ptr<Sources> sources_;  ///< parsed files between runs; one worker job at a time
  std::shared_ptr<io::StateFile> report_;  ///< .branchpy/stats2.json, written after the result was told
  io::ChangeSet saved_, pending_;
  std::vector<std::function<void()>> rested_;
  bool running_ = false, again_ = false, stopped_ = false;
};

}  // namespace bpyd::watch
