// SPDX-License-Identifier: MIT
// A worker's result, waited for by a coroutine.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "bpyd/runtime/signal.hpp"
#include "bpyd/runtime/workers.hpp"

namespace bpyd::runtime {

/// Runs `job` on a worker; resumes on the loop with what it gave. It must not throw. Loop thread only.
template <class T>
Task<T> on_worker(Loop& loop, Workers& workers, std::function<T(std::stop_token)> job) {
  struct State {
    explicit State(Loop& on) : done(on) {}
    Signal done;
    std::optional<T> result;
  };
  auto state = std::make_shared<State>(loop);
  workers.then<T>(std::move(job), [state](T result) {
    state->result = std::move(result);
    state->done.fire();
  });
  while (!state->result) {
    auto waiting = state->done.wait();
    co_await std::move(waiting);
  }
  co_return *std::move(state->result);
}

}  // namespace bpyd::runtime
