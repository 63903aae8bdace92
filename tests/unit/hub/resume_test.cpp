// SPDX-License-Identifier: MIT
// From the log to live: no gap, no double.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"
#include "bpyd/hub/hub.hpp"
#include "drain.hpp"

namespace bpyd::hub {
namespace {

class QuietSink final : public Sink {
 public:
  void wake() override {}
  void ping() override {}
  void close(protocol::CloseCode code, std::string_view) override { closed = static_cast<int>(code); }
  int closed = 0;
};

/// Reads at most `most` messages' worth of runs; their numbers.
std::vector<std::int64_t> read_some(Hub& hub, Client& client) {
  const auto bytes = drain(client);
  hub.drained(client);
  std::vector<std::int64_t> seen;
  for (std::size_t at = 0; (at = bytes.find("\"seq\":", at)) != std::string::npos; ++at) seen.push_back(std::atoll(bytes.c_str() + at + 6));
  return seen;
}

class ResumeTest : public testing::Test {
 protected:
  ResumeTest() : folder(std::filesystem::temp_directory_path() / ("bpyd-resume-" + random_hex(6))) { start(); }
  ~ResumeTest() override {
    stop();
    std::filesystem::remove_all(folder);
  }
  /// A daemon's end: the loop goes with its hub.
  void stop() {
    hub.reset();
    log.reset();
    workers_.reset();
    loop_.reset();
  }
  void start(ChannelPolicy policy = {{"*"}, {}}) {
    stop();
    loop_ = std::make_unique<runtime::Loop>();
    workers_ = std::make_unique<runtime::Workers>(*loop_, 1);
    runtime::EventLogOptions options;
    options.folder = folder;
    options.segment_bytes = 16384;
    options.total_bytes = 65536;
    log = runtime::EventLog::open(*loop_, *workers_, options).value();
    HubLimits limits;
    limits.outbox = {64, 1u << 20};
    hub = std::make_unique<Hub>(*loop_, limits, metrics);
    hub->keep(*log, std::move(policy));
  }
  Client& come() {
    Client& client = hub->attach(sinks.emplace_back(), {"/ws"});
    client.open();
    return client;
  }
  void publish(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(hub->publish("m", {"t", "{}"}));
  }
  /// Everything up to number `last`.
  std::vector<std::int64_t> read_until(Client& client, std::int64_t last) {
    std::vector<std::int64_t> all;
    loop_->run_until([&] {
      for (const auto seq : read_some(*hub, client)) all.push_back(seq);
      if (!all.empty() && all.back() >= last) return true;
      loop_->post([] {});
      return false;
    }, std::chrono::seconds(10));
    return all;
  }
  static std::vector<std::int64_t> range(std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> list;
    for (; from <= to; ++from) list.push_back(from);
    return list;
  }

  std::filesystem::path folder;
  std::unique_ptr<runtime::Loop> loop_;
  std::unique_ptr<runtime::Workers> workers_;
  runtime::Metrics metrics;
  std::unique_ptr<runtime::EventLog> log;
  std::unique_ptr<Hub> hub;
  std::deque<QuietSink> sinks;
};

TEST_F(ResumeTest, ReplaysWhatWasMissedThenGoesLive) {
  publish(300);
  Client& a = come();
  const auto subscribed = hub->subscribe(a, "m", Since{log->epoch(), 20});
  ASSERT_TRUE(subscribed);
  EXPECT_EQ(subscribed->recovered, true);
  publish(5);  // while it catches up
  EXPECT_EQ(read_until(a, 305), range(21, 305));
  publish(2);
  EXPECT_EQ(read_until(a, 307), range(306, 307));
}

TEST_F(ResumeTest, GoesOnAfterARestartUnderTheSameEpoch) {
  publish(10);
  const auto epoch = log->epoch();
  start();
  EXPECT_EQ(log->epoch(), epoch);
  publish(10);
  Client& a = come();
  ASSERT_EQ(hub->subscribe(a, "m", Since{epoch, 5})->recovered, true);
  EXPECT_EQ(read_until(a, 20), range(6, 20));
}

TEST_F(ResumeTest, SaysSoWhenItCannot) {
  publish(10);
  EXPECT_EQ(hub->subscribe(come(), "m", Since{"0123456789abcdef", 5})->recovered, false);
  EXPECT_EQ(hub->subscribe(come(), "m", Since{log->epoch(), 11})->recovered, false);
  EXPECT_EQ(hub->subscribe(come(), "m", Since{log->epoch(), 10})->recovered, true);
  publish(2000);  // the oldest segments go
  ASSERT_GT(log->oldest("m"), 5);
  Client& a = come();
  EXPECT_EQ(hub->subscribe(a, "m", Since{log->epoch(), 5})->recovered, false);
  publish(1);
  EXPECT_EQ(read_until(a, 2011), range(2011, 2011));  // live all the same
}

TEST_F(ResumeTest, ASlowReaderIsCaughtUpFromTheLog) {
  Client& a = come();
  ASSERT_TRUE(hub->subscribe(a, "m"));
  publish(500);  // far beyond its queue
  EXPECT_EQ(sinks[0].closed, 0);
  EXPECT_EQ(read_until(a, 500), range(1, 500));
  publish(3);
  EXPECT_EQ(read_until(a, 503), range(501, 503));
  EXPECT_EQ(hub->subscribers("m"), 1U);
  hub->detach(a);
  EXPECT_EQ(hub->subscribers("m"), 0U);
}

TEST_F(ResumeTest, ASyncedEventIsToldBehindTheDisk) {
  start({{"*"}, {"m"}});
  Client& a = come();
  ASSERT_TRUE(hub->subscribe(a, "m"));
  int done = 0;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(hub->publish("m", {"t", "{}"}, [&](bool kept) { done += kept ? 1 : 0; }));
  EXPECT_TRUE(a.outbox.empty());
  EXPECT_EQ(hub->view("m").seq, 0);
  EXPECT_EQ(read_until(a, 3), range(1, 3));
  EXPECT_EQ(done, 3);
  EXPECT_LE(log->stats().syncs, 2U);  // one for the first, one for all who came meanwhile
}

TEST_F(ResumeTest, AnEpochOfTheProcessNamesChannelsThatAreNotLogged) {
  start({{"other"}, {}});
  publish(3);
  EXPECT_EQ(hub->view("m").epoch, hub->epoch());
  EXPECT_NE(hub->epoch(), log->epoch());
  EXPECT_EQ(hub->subscribe(come(), "m", Since{hub->epoch(), 3})->recovered, true);
  EXPECT_EQ(hub->subscribe(come(), "m", Since{hub->epoch(), 2})->recovered, false);
}

}  // namespace
}  // namespace bpyd::hub
