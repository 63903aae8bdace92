// SPDX-License-Identifier: MIT
// Where computing happens that takes longer than a millisecond.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "bpyd/core/error.hpp"
#include "bpyd/runtime/loop.hpp"

namespace bpyd::runtime {

/// What becomes of a job that has not begun when the pool is to end: what only computes is dropped, what
/// puts something on the disk is done first.
enum class Job : std::uint8_t { computes, keeps };

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

  /// Runs `job` on a worker, then `done(result)` on the loop. What a job throws is its failure where T is a
  /// Result; elsewhere it is logged, and `done` is not called.
  template <class T>
  void then(std::function<T(std::stop_token)> job, std::function<void(T)> done, Job kind = Job::computes) {
    submit(kind, [this, job = std::move(job), done = std::move(done)](const std::stop_token& stop) {
      std::shared_ptr<T> result;
      try {
        result = std::make_shared<T>(job(stop));
      } catch (const std::exception& exception) {
        auto error = thrown(exception);
        if constexpr (std::is_constructible_v<T, std::unexpected<Error>>) result = std::make_shared<T>(std::unexpected(std::move(error)));
      }
      finish([result, done] {
        if (result) done(std::move(*result));
      });
    });
  }

  /// The end: running jobs are asked to stop, and what waits to be kept is done here and now. Nothing is
  /// waited for.
  void keep_what_waits();

  [[nodiscard]] unsigned threads() const { return threads_; }
  /// Jobs queued or running.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

 private:
  void submit(Job kind, std::function<void(const std::stop_token&)> work);
  void finish(std::function<void()> on_loop);
  /// Logs it.
  static Error thrown(const std::exception& exception);

  struct Pool;
  Loop& loop_;
  unsigned threads_;
  std::unique_ptr<Pool> pool_;
  std::size_t in_flight_ = 0;
};

}  // namespace bpyd::runtime
