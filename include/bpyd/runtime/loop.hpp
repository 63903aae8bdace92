// SPDX-License-Identifier: MIT
// The loop: one thread that owns everything mutable above runtime/.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace bpyd::runtime {

/// A cancellable one-shot. Destroying it cancels. Loop thread only.
class Timer {
 public:
  virtual ~Timer() = default;
};

/// Runs handlers on the thread that calls run().
///
/// A turn is: block for one handler, run all that became ready, then the end-of-turn hooks, in
/// the order they were added. Writers flush there, so that everything one turn produced for a
/// socket leaves in one system call.
///
/// Thread: post() and stop() from any thread; the rest on the loop thread. Outlives all users.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  boost::asio::io_context& context() { return context_; }

  /// Runs until stop().
  void run();
  /// Runs handlers until `done()` or the deadline; for tests and for shutdown. True when done.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);
  void stop();

  /// Queues `work` behind what is ready now.
  void post(std::function<void()> work);
  /// Calls `work` once after `delay` unless the timer is destroyed first.
  [[nodiscard]] std::unique_ptr<Timer> after(std::chrono::milliseconds delay, std::function<void()> work);
  /// Calls `work` every `period` until the timer is destroyed.
  [[nodiscard]] std::unique_ptr<Timer> every(std::chrono::milliseconds period, std::function<void()> work);

  void at_turn_end(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }

  /// For assertions: is this the thread that runs the loop (or has none run it yet)?
  [[nodiscard]] bool on_loop_thread() const;

 private:
  void turn_rest();

  // One thread runs it and alone touches its sockets and timers: only posting is locked.
  boost::asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::vector<std::function<void()>> hooks_;
  std::thread::id thread_{};
  bool stopping_ = false;
};

}  // namespace bpyd::runtime
