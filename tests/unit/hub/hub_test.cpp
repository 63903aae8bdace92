// SPDX-License-Identifier: MIT
// The hub with sinks that only remember.
#include "bpyd/hub/hub.hpp"
#include "drain.hpp"

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

/// What waits in the client's outbox, as texts: taken off as a quick reader would.
std::vector<std::string> texts(Client& client) {
  const auto bytes = drain(client);
  std::vector<std::string> list;
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t size = static_cast<unsigned char>(bytes[at + 1]), head = 2;
    if (size == 126) {
      size = static_cast<unsigned char>(bytes[at + 2]) * 256U + static_cast<unsigned char>(bytes[at + 3]);
      head = 4;
    }
    list.push_back(bytes.substr(at + head, size));
    at += head + size;
  }
  return list;
}

class HubTest : public testing::Test {
 protected:
  Client& join(HubLimits limits = {}) {
    make(limits);
    return come({"/ws"});
  }
  Client& come(Introduction introduction) {
    Client& client = hub->attach(sinks.emplace_back(), std::move(introduction));
    client.open();
    return client;
  }
  void make(HubLimits limits = {}) {
    if (!hub) hub = std::make_unique<Hub>(loop, limits, metrics);
  }
  std::size_t publish(std::string_view channel, std::string_view data = "{}") {
    const auto done = hub->publish(channel, {"x", data});
    return done ? done->subscribers : 99;
  }
  runtime::Loop loop;
  runtime::Metrics metrics;
  std::unique_ptr<Hub> hub;
  std::deque<FakeSink> sinks;
};

TEST_F(HubTest, NumbersEventsPerChannelAndSharesOneFrame) {
  Client& a = join();
  Client& b = join();
  ASSERT_TRUE(hub->subscribe(a, "watch"));
  ASSERT_TRUE(hub->subscribe(b, "watch"));
  ASSERT_TRUE(hub->subscribe(b, "watch"));  // twice is harmless
  EXPECT_EQ(publish("watch"), 2U);
  EXPECT_EQ(publish("watch"), 2U);
  EXPECT_EQ(publish("other"), 0U);
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
  EXPECT_EQ(publish("pilot:1"), 0U);
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
    publish("c");
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
  Outbox box;
  protocol::FrameArena one, other;
  ASSERT_TRUE(box.push(one.raw("first"), {10, 1000}));
  ASSERT_TRUE(box.push(other.raw("second"), {10, 1000}));
  box.consume(2);
  box.drop_unstarted();
  iovec piece{};
  ASSERT_EQ(box.gather({&piece, 1}), 1U);
  EXPECT_EQ(std::string(static_cast<const char*>(piece.iov_base), piece.iov_len), "rst");
  EXPECT_EQ(box.bytes(), 3U);
}

TEST(Outbox, JoinsFramesThatLieOneBehindTheOther) {
  Outbox box;
  protocol::FrameArena arena;
  ASSERT_TRUE(box.push(arena.raw("one"), {10, 1000}));
  ASSERT_TRUE(box.push(arena.raw("two"), {10, 1000}));
  std::array<iovec, 4> pieces{};
  EXPECT_EQ(box.gather(pieces), 1U);
  EXPECT_EQ(pieces[0].iov_len, 6U);
  EXPECT_EQ(box.messages(), 2U);
  EXPECT_FALSE(box.push(arena.raw("x"), {2, 1000}));
  EXPECT_FALSE(box.push(arena.raw("x"), {9, 6}));
  box.consume(6);
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(box.messages(), 0U);
}

TEST_F(HubTest, WildcardsReachChannelsOfBeforeAndLaterAndDeliverOnce) {
  Client& a = join();
  publish("pilot:1");
  ASSERT_TRUE(hub->subscribe(a, "pilot:1"));
  ASSERT_TRUE(hub->subscribe(a, "pilot:*"));
  ASSERT_TRUE(hub->subscribe(a, "*"));
  EXPECT_EQ(publish("pilot:1"), 1U);
  EXPECT_EQ(publish("pilot:2"), 1U);
  EXPECT_EQ(publish("other"), 1U);
  EXPECT_EQ(texts(a).size(), 3U);
  hub->unsubscribe(a, "*");
  EXPECT_EQ(publish("other"), 0U);
  hub->unsubscribe(a, "pilot:1");
  EXPECT_EQ(publish("pilot:1"), 1U);  // the pattern still covers it
  hub->unsubscribe(a, "pilot:*");
  EXPECT_EQ(publish("pilot:1"), 0U);
}

TEST_F(HubTest, AUsersChannelIsTheirsAlone) {
  Client& ann = join();
  Client& ann_again = join();
  Client& bob = join();
  ASSERT_TRUE(hub->identify(ann, "ann"));
  ASSERT_TRUE(hub->identify(ann_again, "ann"));
  ASSERT_TRUE(hub->subscribe(bob, "*"));
  EXPECT_EQ(hub->subscribe(bob, "user:ann").error().code, Code::scope_too_small);
  EXPECT_EQ(hub->subscribe(bob, "user:*").error().code, Code::scope_too_small);
  EXPECT_EQ(publish("user:ann"), 2U);
  EXPECT_TRUE(texts(bob).empty());
  EXPECT_EQ(hub->users(), 1U);
  EXPECT_TRUE(hub->channels().empty());  // not shown to anybody
}

TEST_F(HubTest, ALimitedTokenHearsItsChannelsOnly) {
  make();
  protocol::Grant grant{false, "ann", {"missions", "pilot:*"}, true};
  Client& a = come({"/ws", {}, false, grant});
  EXPECT_TRUE(hub->subscribe(a, "missions"));
  EXPECT_TRUE(hub->subscribe(a, "pilot:1"));
  EXPECT_TRUE(hub->subscribe(a, "pilot:*"));
  EXPECT_EQ(hub->subscribe(a, "audit").error().code, Code::scope_too_small);
  EXPECT_EQ(hub->subscribe(a, "*").error().code, Code::scope_too_small);
  EXPECT_EQ(hub->subscribe(a, "mission*").error().code, Code::scope_too_small);
}

TEST_F(HubTest, SpellsTheSameEventThreeWays) {
  make();
  Client& flat = come({"/ws"});
  Client& brain = come({"/ws/connect", {Spelling::brain, false}});
  Client& wrapped = come({"/", {Spelling::envelope, false}});
  for (Client* client : {&flat, &brain, &wrapped}) ASSERT_TRUE(hub->subscribe(*client, "m"));
  ASSERT_TRUE(hub->publish("m", {"t", R"({"z":1,"a":2})"}));
  ASSERT_TRUE(hub->publish("m", {"own", R"({"p":1})", true}));
  const auto as_flat = texts(flat), as_brain = texts(brain), as_envelope = texts(wrapped);
  EXPECT_TRUE(as_flat[0].starts_with(R"({"type":"t","data":{"z":1,"a":2},"channel":"m","seq":1,"ts":"20)")) << as_flat[0];
  EXPECT_TRUE(as_flat[1].starts_with(R"({"type":"own","p":1,"channel":"m","seq":2,"ts":"20)")) << as_flat[1];
  EXPECT_TRUE(as_brain[0].starts_with(R"({"type":"t","channel":"m","data":{"z":1,"a":2},"timestamp":1)")) << as_brain[0];
  EXPECT_TRUE(as_brain[0].ends_with(R"(,"seq":1})")) << as_brain[0];
  EXPECT_TRUE(as_envelope[0].starts_with(R"({"type":"event","event":"t","data":{"z":1,"a":2},"timestamp":"20)")) << as_envelope[0];
}

TEST_F(HubTest, TellsJoinsAndLeavesToThoseWhoAsked) {
  Client& a = join();
  Client& b = join();
  ASSERT_TRUE(hub->subscribe(a, "room:1"));
  EXPECT_EQ(hub->observe(a, "room:1").size(), 1U);
  ASSERT_TRUE(hub->subscribe(b, "room:1"));
  ASSERT_TRUE(hub->subscribe(b, "room:1"));
  const auto id = b.connection_id;
  hub->detach(b);
  const auto told = texts(a);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(nlohmann::json::parse(told[0])["type"], "join");
  EXPECT_EQ(nlohmann::json::parse(told[1])["type"], "leave");
  EXPECT_EQ(nlohmann::json::parse(told[1])["connection_id"], id);
}

TEST_F(HubTest, PublishersWaitForAReaderButOnlySoLong) {
  HubLimits limits;
  limits.outbox = {8, 1u << 20};
  limits.publisher_patience = std::chrono::milliseconds(20);
  Client& slow = join(limits);
  ASSERT_TRUE(hub->subscribe(slow, "c"));
  for (int i = 0; i < 4; ++i) publish("c");
  ASSERT_TRUE(hub->congested());
  bool resumed = false;
  hub->when_clear([&] { resumed = true; });
  EXPECT_TRUE(loop.run_until([&] { return resumed; }, std::chrono::seconds(5)));
  EXPECT_FALSE(hub->congested());  // it holds nobody any more, though it has read nothing
  texts(slow);
  hub->drained(slow);
  for (int i = 0; i < 4; ++i) publish("c");
  EXPECT_TRUE(hub->congested());  // it read: it counts again
  texts(slow);
  hub->drained(slow);
  EXPECT_FALSE(hub->congested());
}

struct Refusal {
  const char* text;
  const char* code;
};

TEST_F(HubTest, AnswersEveryBadMessageWithAnErrorAndStaysOpen) {
  Client& a = join();
  Door door("/ws", protocol::Scope::read);
  Message fine(protocol::Scope::read);
  fine.handler = [](const Call&) { return Result<void>(); };
  door.messages.emplace("ok", std::move(fine));
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

// Who may call is said, or it does not compile.
static_assert(!std::is_default_constructible_v<protocol::Route> && !std::is_constructible_v<protocol::Route, protocol::Method, std::string>);
static_assert(!std::is_default_constructible_v<Door> && !std::is_constructible_v<Door, std::string>);
static_assert(!std::is_default_constructible_v<Message>);

}  // namespace
}  // namespace bpyd::hub
