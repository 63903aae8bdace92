// SPDX-License-Identifier: MIT
// Where computing happens that takes longer than a millisecond.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

#include "bpyd/runtime/loop.hpp"

namespace bpyd::runtime {

/// A small pool. A job gets values and a stop token, gives a value back, and touches no state.
/// The threads start with the first job, so that a resting daemon has one thread.
///
/// Thread: then() on the loop thread; jobs run on workers; results come back on the
/// loop thread. Destruction asks running jobs to stop and waits for them.
class Workers {
 public:
  Workers(Loop& loop, unsigned threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `job` on a worker, then `done(result)` on the loop. Neither may throw.
  template <class T>
  void then(std::function<T(std::stop_token)> job, std::function<void(T)> done) {
    submit([this, job = std::move(job), done = std::move(done)](const std::stop_token& stop) {
      auto result = std::make_shared<T>(job(stop));
      finish([result, done] { done(std::move(*result)); });
    });
  }

  [[nodiscard]] unsigned threads() const { return threads_; }
  /// Jobs queued or running.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

 private:
  void submit(std::function<void(const std::stop_token&)> work);
  void finish(std::function<void()> on_loop);

  struct Pool;
  Loop& loop_;
  unsigned threads_;
  std::unique_ptr<Pool> pool_;
  std::size_t in_flight_ = 0;
};

}  // namespace bpyd::runtime
