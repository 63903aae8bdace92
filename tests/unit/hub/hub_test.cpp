// SPDX-License-Identifier: MIT
// The hub with sinks that only remember.
#include "bpyd/hub/hub.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bpyd/hub/doors.hpp"

namespace bpyd::hub {
namespace {

class FakeSink final : public Sink {
 public:
  void wake() override { ++woken; }
  void ping() override { ++pings; }
  void close(protocol::CloseCode code, std::string_view) override { closed = static_cast<int>(code); }
  int woken = 0, pings = 0, closed = 0;
};

/// What waits in the client's outbox, as texts.
std::vector<std::string> texts(Client& client) {
  std::vector<std::string> list;
  while (!client.outbox.empty()) {
    iovec piece{};
    client.outbox.gather({&piece, 1});
    const std::string frame(static_cast<const char*>(piece.iov_base), piece.iov_len);
    list.push_back(frame.substr(frame[1] == 126 ? 4 : 2));
    client.outbox.consume(piece.iov_len);
  }
  return list;
}

class HubTest : public testing::Test {
 protected:
  Client& join(HubLimits limits = {}) {
    if (!hub) hub = std::make_unique<Hub>(loop, limits);
    Client& client = hub->attach(sinks.emplace_back(), "/ws");
    client.open();
    return client;
  }
  runtime::Loop loop;
  std::unique_ptr<Hub> hub;
  std::deque<FakeSink> sinks;
};

TEST_F(HubTest, NumbersEventsPerChannelAndSharesOneFrame) {
  Client& a = join();
  Client& b = join();
  ASSERT_TRUE(hub->subscribe(a, "watch"));
  ASSERT_TRUE(hub->subscribe(b, "watch"));
  ASSERT_TRUE(hub->subscribe(b, "watch"));  // twice is harmless
  EXPECT_EQ(hub->publish("watch", {{"type", "x"}}), 2U);
  EXPECT_EQ(hub->publish("watch", {{"type", "y"}}), 2U);
  EXPECT_EQ(hub->publish("other", {{"type", "z"}}), 0U);
  iovec of_a{}, of_b{};
  a.outbox.gather({&of_a, 1});
  b.outbox.gather({&of_b, 1});
  EXPECT_EQ(of_a.iov_base, of_b.iov_base);
  const auto got = texts(a);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(nlohmann::json::parse(got[0])["seq"], 1);
  EXPECT_EQ(nlohmann::json::parse(got[1])["seq"], 2);
  EXPECT_EQ(nlohmann::json::parse(got[1])["channel"], "watch");
}

TEST_F(HubTest, ForgetsAClientAndItsSubscriptions) {
  Client& a = join();
  ASSERT_TRUE(hub->subscribe(a, "pilot:1"));
  EXPECT_EQ(hub->channels("pilot:"), (std::vector<std::string>{"pilot:1"}));
  hub->detach(a);
  EXPECT_TRUE(hub->channels("pilot:").empty());
  EXPECT_EQ(hub->publish("pilot:1", {{"type", "x"}}), 0U);
}

TEST_F(HubTest, RefusesBadNamesAndTooManySubscriptions) {
  HubLimits limits;
  limits.subscriptions = 2;
  Client& a = join(limits);
  EXPECT_EQ(hub->subscribe(a, "").error().code, Code::bad_value);
  EXPECT_EQ(hub->subscribe(a, "a b").error().code, Code::bad_value);
  EXPECT_EQ(hub->subscribe(a, std::string(129, 'x')).error().code, Code::bad_value);
  ASSERT_TRUE(hub->subscribe(a, "1"));
  ASSERT_TRUE(hub->subscribe(a, "2"));
  EXPECT_EQ(hub->subscribe(a, "3").error().code, Code::too_often);
}

TEST_F(HubTest, ClosesAReaderThatDoesNotReadAndServesTheOthers) {
  HubLimits limits;
  limits.outbox = {4, 1u << 20};
  Client& slow = join(limits);
  Client& quick = join(limits);
  ASSERT_TRUE(hub->subscribe(slow, "c"));
  ASSERT_TRUE(hub->subscribe(quick, "c"));
  for (int i = 0; i < 6; ++i) {
    hub->publish("c", {{"n", i}});
    EXPECT_EQ(texts(quick).size(), 1U);
  }
  EXPECT_EQ(sinks[0].closed, 1013);
  EXPECT_EQ(sinks[1].closed, 0);
  EXPECT_TRUE(slow.outbox.empty());
}

TEST_F(HubTest, ToldOnceThenClosedWhenAClientFloods) {
  HubLimits limits;
  limits.messages_per_second = 1;
  limits.message_burst = 3;
  limits.refusals_before_close = 5;
  Client& a = join(limits);
  int admitted = 0;
  for (int i = 0; i < 20; ++i) admitted += hub->admit(a) ? 1 : 0;
  EXPECT_EQ(admitted, 3);
  EXPECT_EQ(sinks[0].closed, 1008);
  EXPECT_EQ(texts(a).size(), 1U);
}

TEST_F(HubTest, PingsEveryHeartbeatAndClosesTheSilent) {
  HubLimits limits;
  limits.heartbeat = std::chrono::milliseconds(20);
  Client& talkative = join(limits);
  join(limits);
  EXPECT_TRUE(loop.run_until([&] { hub->heard(talkative); return sinks[1].closed != 0; }, std::chrono::seconds(5)));
  EXPECT_EQ(sinks[1].closed, 1001);
  EXPECT_EQ(sinks[0].closed, 0);
  EXPECT_GT(sinks[0].pings, 0);
}

TEST(Outbox, KeepsAHalfWrittenFrameWhenTheRestIsDropped) {
  Outbox box({10, 1000});
  ASSERT_TRUE(box.push(std::make_shared<const std::string>("first")));
  ASSERT_TRUE(box.push(std::make_shared<const std::string>("second")));
  box.consume(2);
  box.drop_unstarted();
  iovec piece{};
  ASSERT_EQ(box.gather({&piece, 1}), 1U);
  EXPECT_EQ(std::string(static_cast<const char*>(piece.iov_base), piece.iov_len), "rst");
  EXPECT_EQ(box.bytes(), 3U);
}

struct Refusal {
  const char* text;
  const char* code;
};

TEST_F(HubTest, AnswersEveryBadMessageWithAnErrorAndStaysOpen) {
  Client& a = join();
  Door door;
  door.path = "/ws";
  door.messages.emplace("ok", Message{"ok", "", nullptr, [](Client&, const nlohmann::json&) { return Result<void>(); }});
  const Refusal table[] = {{"", "BPY-1004"}, {"nonsense", "BPY-1004"}, {"[]", "BPY-1004"}, {"{}", "BPY-1001"},
                           {R"({"type":1})", "BPY-1002"}, {R"({"type":"nope"})", "BPY-1005"}, {"\xff", "BPY-1004"}};
  for (const auto& row : table) {
    dispatch(door, *hub, a, row.text);
    const auto got = texts(a);
    ASSERT_EQ(got.size(), 1U) << row.text;
    EXPECT_EQ(nlohmann::json::parse(got[0])["code"], row.code) << row.text;
  }
  dispatch(door, *hub, a, R"({"type":"ok"})");
  EXPECT_TRUE(a.outbox.empty());
  EXPECT_EQ(sinks[0].closed, 0);
}

}  // namespace
}  // namespace bpyd::hub
