// SPDX-License-Identifier: MIT
// Child processes that can neither outlive their welcome nor inherit what is ours (R14).
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/runtime/loop.hpp"

namespace bpyd::io {

struct ProcessSpec {
  std::vector<std::string> argv;       ///< argv[0] is looked up in PATH; never a shell
  std::filesystem::path cwd;
  std::string input;                   ///< what it reads; empty: nothing
  std::vector<std::string> extra_env;  ///< "NAME=value", besides PATH, HOME, LANG and the like
  std::chrono::seconds time_limit{120};
  std::size_t output_limit = 8u << 20; ///< of each stream; the rest is read and dropped
};

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when killed
  bool timed_out = false;
  bool truncated = false;
  std::string out, err;
};

/// At most four children at once, 64 waiting. Loop thread only.
class ProcessRunner {
 public:
  using Done = std::function<void(Result<ProcessResult>)>;

  explicit ProcessRunner(runtime::Loop& loop);
  ~ProcessRunner();
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;

  /// `done` is called once, later, on the loop: child_process when it cannot be started,
  /// too_often when too many wait.
  void run(ProcessSpec spec, Done done);
  /// Ends all children now and forgets who waits; no `done` is called any more.
  void kill_all();

  class Child;

 private:
  void start(ProcessSpec spec, Done done);
  void ended(const std::shared_ptr<Child>& child);

  runtime::Loop& loop_;
  std::set<std::shared_ptr<Child>> children_;
  std::deque<std::pair<ProcessSpec, Done>> waiting_;
};

}  // namespace bpyd::io
