// SPDX-License-Identifier: MIT
// The worker pool: plain threads over a queue.
#include "bpyd/runtime/workers.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace bpyd::runtime {

struct Workers::Pool {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::deque<std::function<void(const std::stop_token&)>> queue;
  std::vector<std::jthread> threads;  // last: joined before the queue goes

  void serve(const std::stop_token& stop) {
    for (;;) {
      std::function<void(const std::stop_token&)> work;
      {
        std::unique_lock lock(mutex);
        if (!wake.wait(lock, stop, [this] { return !queue.empty(); })) return;
        work = std::move(queue.front());
        queue.pop_front();
      }
      work(stop);
    }
  }
};

Workers::Workers(Loop& loop, unsigned threads) : loop_(loop), threads_(threads) {}
Workers::~Workers() {
  if (!pool_) return;
  for (auto& thread : pool_->threads) thread.request_stop();  // all of them, before one is waited for
}

void Workers::submit(std::function<void(const std::stop_token&)> work) {
  if (!pool_) {
    pool_ = std::make_unique<Pool>();
    for (unsigned i = 0; i < threads_; ++i) {
      pool_->threads.emplace_back([pool = pool_.get()](const std::stop_token& stop) { pool->serve(stop); });
    }
  }
  ++in_flight_;
  {
    const std::scoped_lock lock(pool_->mutex);
    pool_->queue.push_back(std::move(work));
  }
  pool_->wake.notify_one();
}

void Workers::finish(std::function<void()> on_loop) {
  loop_.post([this, on_loop = std::move(on_loop)] {
    --in_flight_;
    on_loop();
  });
}

}  // namespace bpyd::runtime
