// SPDX-License-Identifier: MIT
// The loop, its timers, workers and the bus.
#include "bpyd/runtime/loop.hpp"

#include <gtest/gtest.h>

#include "bpyd/runtime/bus.hpp"
#include "bpyd/runtime/signal.hpp"
#include "bpyd/runtime/workers.hpp"

namespace bpyd::runtime {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kPatience{5000};

TEST(Loop, RunsHooksAfterAllThatIsReady) {
  Loop loop;
  std::string order;
  loop.at_turn_end([&] { order += order.ends_with('|') ? "" : "|"; });
  loop.post([&] { order += 'a'; });
  loop.post([&] { order += 'b'; });
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(order.substr(0, 3), "ab|");
}

TEST(Timer, NeverFiresOnceDestroyed) {
  Loop loop;
  bool early = false, late = false;
  auto gone = loop.after(milliseconds(1), [&] { early = true; });
  gone.reset();
  const auto stays = loop.after(milliseconds(5), [&] { late = true; });
  EXPECT_TRUE(loop.run_until([&] { return late; }, kPatience));
  EXPECT_FALSE(early);
}

TEST(Timer, MayDestroyItselfWhileItFires) {
  Loop loop;
  int fired = 0;
  std::unique_ptr<Timer> timer = loop.every(milliseconds(1), [&] {
    if (++fired == 3) timer.reset();
  });
  EXPECT_TRUE(loop.run_until([&] { return fired == 3; }, kPatience));
}

TEST(Workers, BringResultsBackToTheLoop) {
  Loop loop;
  Workers workers(loop, 2);
  int sum = 0;
  for (int i = 1; i <= 10; ++i) {
    workers.then<int>([i](const std::stop_token&) { return i; }, [&](int value) {
      EXPECT_TRUE(loop.on_loop_thread());
      sum += value;
    });
  }
  EXPECT_EQ(workers.in_flight(), 10U);
  EXPECT_TRUE(loop.run_until([&] { return workers.in_flight() == 0; }, kPatience));
  EXPECT_EQ(sum, 55);
}

TEST(Bus, QueuesWhatAListenerPublishesBehindTheEventInHand) {
  Bus bus;
  std::string order;
  bus.listen<int>([&](int value) {
    order += std::to_string(value);
    if (value == 1) bus.publish(2);
  });
  bus.listen<int>([&](int value) { order += "b" + std::to_string(value); });
  bus.publish(1);
  EXPECT_EQ(order, "1b12b2");
}

Task<void> wait_on(Signal& signal, int& woken) {
  auto waiting = signal.wait();
  co_await std::move(waiting);
  ++woken;
}

TEST(Signal, WakesAllWhoWait) {
  Loop loop;
  Signal signal(loop);
  int woken = 0;
  for (int i = 0; i < 3; ++i) spawn(loop, wait_on(signal, woken), [](const char*) { FAIL(); });
  loop.post([&] { loop.post([&] { signal.fire(); }); });
  EXPECT_TRUE(loop.run_until([&] { return woken == 3; }, kPatience));
}

}  // namespace
}  // namespace bpyd::runtime
