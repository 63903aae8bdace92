// SPDX-License-Identifier: MIT
// The worker pool: plain threads over a queue.
#include "bpyd/runtime/workers.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "bpyd/core/log.hpp"
#include "bpyd/runtime/crash.hpp"
#include "bpyd/runtime/failure.hpp"

namespace bpyd::runtime {

struct Workers::Pool {
  std::mutex mutex;
  std::condition_variable_any wake;
  struct Queued {
    Job kind;
    std::function<void(const std::stop_token&)> work;
  };
  std::deque<Queued> queue;
  std::vector<std::jthread> threads;  // last: joined before the queue goes

  void serve(const std::stop_token& stop) {
    for (;;) {
      Queued next;
      {
        std::unique_lock lock(mutex);
        if (!wake.wait(lock, stop, [this] { return !queue.empty(); })) return;
        next = std::move(queue.front());
        queue.pop_front();
      }
      if (next.kind == Job::keeps || !stop.stop_requested()) next.work(stop);
    }
  }
};

Workers::Workers(Loop& loop, unsigned threads) : loop_(loop), threads_(threads) {}
Workers::~Workers() {
  if (!pool_) return;
  for (auto& thread : pool_->threads) thread.request_stop();  // all of them, before one is waited for
}

void Workers::submit(Job kind, std::function<void(const std::stop_token&)> work) {
  if (!pool_) {
    pool_ = std::make_unique<Pool>();
    for (unsigned i = 0; i < threads_; ++i) {
      pool_->threads.emplace_back([pool = pool_.get()](const std::stop_token& stop) {
        const CrashStack stack;
        pool->serve(stop);
      });
    }
  }
  ++in_flight_;
  {
    const std::scoped_lock lock(pool_->mutex);
    pool_->queue.push_back({kind, std::move(work)});
  }
  pool_->wake.notify_one();
}

void Workers::keep_what_waits() {
  if (!pool_) return;
  for (auto& thread : pool_->threads) thread.request_stop();
  std::deque<Pool::Queued> waiting;
  {
    const std::scoped_lock lock(pool_->mutex);
    waiting.swap(pool_->queue);
  }
  for (const auto& next : waiting) {
    if (next.kind == Job::keeps) next.work(std::stop_token{});
  }
}

Error Workers::thrown(const std::exception& exception) {
  log::write(log::Level::error, "runtime", "worker.exception", exception.what());
  return error_of(exception, "Something went wrong inside bpyd");
}

void Workers::finish(std::function<void()> on_loop) {
  loop_.post([this, on_loop = std::move(on_loop)] {
    --in_flight_;
    on_loop();
  });
}

}  // namespace bpyd::runtime
