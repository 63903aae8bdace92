// SPDX-License-Identifier: MIT
// The loop and its timers, on Asio.
#include "bpyd/runtime/loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>

#include "bpyd/core/log.hpp"

namespace bpyd::runtime {
namespace {

/// More than this many handlers in one turn, or longer, would starve the writers.
constexpr int kTurnLimit = 512;
constexpr std::chrono::milliseconds kTurnTime{2};

/// The callback outlives neither the handle nor itself: both share the state, the handle clears it.
struct TimerState {
  explicit TimerState(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
  std::function<void()> work;
  std::chrono::milliseconds period{0};
};

void arm(const std::shared_ptr<TimerState>& state) {
  state->timer.async_wait([state](const boost::system::error_code& error) {
    if (error || !state->work) return;
    if (state->period.count() > 0) {
      state->timer.expires_at(state->timer.expiry() + state->period);
      arm(state);
    }
    const auto work = state->work;  // the work may destroy its own timer
    work();
  });
}

class AsioTimer final : public Timer {
 public:
  explicit AsioTimer(std::shared_ptr<TimerState> state) : state_(std::move(state)) {}
  ~AsioTimer() override {
    state_->work = nullptr;
    state_->timer.cancel();
  }

 private:
  std::shared_ptr<TimerState> state_;
};

std::unique_ptr<Timer> start(boost::asio::io_context& context, std::chrono::milliseconds delay,
                             std::chrono::milliseconds period, std::function<void()> work) {
  auto state = std::make_shared<TimerState>(context);
  state->work = std::move(work);
  state->period = period;
  state->timer.expires_after(delay);
  arm(state);
  return std::make_unique<AsioTimer>(std::move(state));
}

}  // namespace

Loop::Loop() : keep_running_(context_.get_executor()) {}
Loop::~Loop() = default;

void Loop::turn_rest() {
  const auto until = std::chrono::steady_clock::now() + kTurnTime;
  for (int ran = 0; ran < kTurnLimit && context_.poll_one() > 0; ++ran) {
    if (std::chrono::steady_clock::now() >= until) break;
  }
  for (const auto& hook : hooks_) hook();
}

/// Handlers answer for what they throw; this is the net below them: one turn is lost, not the daemon (R30).
void Loop::run() {
  thread_ = std::this_thread::get_id();
  while (!stopping_) {
    try {
      if (context_.run_one() == 0) return;
      turn_rest();
    } catch (const std::exception& exception) {
      log::write(log::Level::error, "runtime", "loop.exception", exception.what());
    }
  }
}

bool Loop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  thread_ = std::this_thread::get_id();
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    context_.run_one_until(deadline);
    turn_rest();
  }
  return true;
}

void Loop::stop() {
  post([this] { stopping_ = true; });
}

void Loop::post(std::function<void()> work) { boost::asio::post(context_, std::move(work)); }

std::unique_ptr<Timer> Loop::after(std::chrono::milliseconds delay, std::function<void()> work) {
  return start(context_, delay, {}, std::move(work));
}

std::unique_ptr<Timer> Loop::every(std::chrono::milliseconds period, std::function<void()> work) {
  return start(context_, period, period, std::move(work));
}

bool Loop::on_loop_thread() const {
  return thread_ == std::thread::id{} || thread_ == std::this_thread::get_id();
}

}  // namespace bpyd::runtime
