// SPDX-License-Identifier: MIT
// The event log on a real disk: what is written, what survives, what damage costs.
#include "bpyd/runtime/event_log.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <limits>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/strings.hpp"
#include "log_line.hpp"

namespace bpyd::runtime {
namespace {

class EventLogTest : public testing::Test {
 protected:
  EventLogTest() : folder(std::filesystem::temp_directory_path() / ("bpyd-log-" + random_hex(6))) { open(); }
  ~EventLogTest() override {
    log.reset();
    std::filesystem::remove_all(folder);
  }
  void open() {
    log.reset();
    EventLogOptions options;
    options.folder = folder;
    options.segment_bytes = 8192;
    options.total_bytes = 40000;
    log = EventLog::open(loop, workers, options).value();
  }
  Result<void> append(std::string_view channel, std::int64_t seq) {
    const auto data = "{\"n\":" + std::to_string(seq) + "}";
    return log->append({channel, seq, now, "type \"quoted\"", seq % 2 == 0, seq % 3 == 0 ? "corr" : "", data});
  }
  struct Got {
    std::vector<std::int64_t> seqs;
    bool gap = false;
    std::string last_data, last_type;
  };
  Got read(std::string_view channel, std::int64_t after) {
    Got got;
    auto cursor = log->after(channel, after);
    const auto last = log->last(channel);
    while (cursor.next <= last && !got.gap) {
      got.gap = log->read(cursor, last, 7, [&](const LogEntry& entry) {
        got.seqs.push_back(entry.seq);
        got.last_data = entry.data;
        got.last_type = entry.type;
        EXPECT_EQ(entry.ts, now);
        EXPECT_EQ(entry.flat, entry.seq % 2 == 0);
        EXPECT_EQ(entry.correlation_id, entry.seq % 3 == 0 ? "corr" : "");
      }).gap;
    }
    return got;
  }
  [[nodiscard]] std::filesystem::path newest() const {
    std::filesystem::path last;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".jsonl" && entry.path() > last) last = entry.path();
    }
    return last;
  }
  std::string bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void rewrite(const std::filesystem::path& file, const std::string& text) { std::ofstream(file, std::ios::binary | std::ios::trunc) << text; }

  const std::int64_t now = epoch_millis_now();  // older ones would be retired by age
  std::filesystem::path folder;
  Loop loop;
  Workers workers{loop, 1};
  std::unique_ptr<EventLog> log;
};

TEST_F(EventLogTest, GivesBackWhatWasAppendedChannelByChannelOverRestarts) {
  for (std::int64_t seq = 1; seq <= 30; ++seq) {
    ASSERT_TRUE(append("a", seq));
    ASSERT_TRUE(append("b \"odd\" \u00fc", seq));
  }
  const auto epoch = log->epoch();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(log->last("a"), 30);
    EXPECT_EQ(log->last("unknown"), 0);
    const auto got = read("b \"odd\" \u00fc", 10);
    EXPECT_FALSE(got.gap);
    ASSERT_EQ(got.seqs.size(), 20U);
    EXPECT_EQ(got.seqs.front(), 11);
    EXPECT_EQ(got.last_data, "{\"n\":30}");
    EXPECT_EQ(got.last_type, "type \"quoted\"");
    open();
    EXPECT_EQ(log->epoch(), epoch);
  }
}

TEST_F(EventLogTest, DropsTheOldestSegmentsAndNeverGivesANumberTwice) {
  ASSERT_TRUE(append("rare", 1));
  for (std::int64_t seq = 1; seq <= 1000; ++seq) ASSERT_TRUE(append("busy", seq));
  EXPECT_LE(log->stats().bytes, 50000U);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(log->last("rare"), 1);  // its segment is gone, its number is not
    EXPECT_EQ(log->oldest("rare"), 2);
    EXPECT_TRUE(read("rare", 0).gap);
    EXPECT_GT(log->oldest("busy"), 1);
    EXPECT_TRUE(read("busy", 0).gap);
    const auto got = read("busy", log->oldest("busy") - 1);
    EXPECT_FALSE(got.gap);
    EXPECT_EQ(got.seqs.back(), 1000);
    EXPECT_EQ(static_cast<std::int64_t>(got.seqs.size()), 1000 - log->oldest("busy") + 1);
    open();
  }
}

TEST_F(EventLogTest, ReadsTheSameWithoutItsIndexFiles) {
  for (std::int64_t seq = 1; seq <= 300; ++seq) ASSERT_TRUE(append("a", seq));
  const auto oldest = log->oldest("a");
  log.reset();
  int removed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".index") removed += std::filesystem::remove(entry.path()) ? 1 : 0;
  }
  EXPECT_GT(removed, 0);
  open();
  EXPECT_EQ(log->oldest("a"), oldest);
  EXPECT_EQ(read("a", oldest - 1).seqs.size(), static_cast<std::size_t>(300 - oldest + 1));
}

// A pipe would keep the start waiting for ever, a link leads out, and an index may claim anything.
TEST_F(EventLogTest, WhatIsNoFileIsSetAside) {
  for (std::int64_t seq = 1; seq <= 300; ++seq) ASSERT_TRUE(append("a", seq));
  const auto oldest = log->oldest("a");
  log.reset();
  ASSERT_EQ(::mkfifo((folder / "0000009998.jsonl").c_str(), 0600), 0);
  std::filesystem::create_directory(folder / "0000009997.jsonl");
  std::filesystem::create_symlink(newest(), folder / "0000009999.jsonl");
  std::filesystem::remove(folder / "epoch");
  ASSERT_EQ(::mkfifo((folder / "epoch").c_str(), 0600), 0);
  std::filesystem::remove(folder / "open");
  std::filesystem::create_symlink("/dev/zero", folder / "open");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".index") rewrite(entry.path(), R"({"bytes":"many","newest":[],"channels":{}})");
  }
  open();
  EXPECT_EQ(log->oldest("a"), oldest);
  EXPECT_EQ(read("a", oldest - 1).seqs.size(), static_cast<std::size_t>(300 - oldest + 1));
  ASSERT_TRUE(append("a", 301));
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "0000009998.jsonl.odd"));
}

// Closed in order, a log does not tear: the number of a line that was told may be given again.
TEST_F(EventLogTest, CutsOffATornLastLineUnderANewEpoch) {
  for (std::int64_t seq = 1; seq <= 5; ++seq) ASSERT_TRUE(append("a", seq));
  const auto epoch = log->epoch();
  log.reset();
  const auto file = newest();
  const auto whole = bytes(file);
  rewrite(file, whole.substr(0, whole.size() - 10));
  open();
  EXPECT_NE(log->epoch(), epoch);
  EXPECT_EQ(log->last("a"), 4);
  EXPECT_TRUE(bytes(file).ends_with("}\n"));
  ASSERT_TRUE(append("a", 5));
  EXPECT_EQ(read("a", 0).seqs, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST_F(EventLogTest, AKilledDaemonsLogGoesOnAndADeadMachinesIsRenamed) {
  ASSERT_TRUE(append("a", 1));
  const auto epoch = log->epoch();
  const auto mark = folder / "open";
  const auto boot = bytes(mark);
  log.reset();
  EXPECT_FALSE(std::filesystem::exists(mark));  // closed in order
  rewrite(newest(), bytes(newest()) + "{\"crc\":\"0");
  rewrite(mark, boot);  // as if killed while it wrote
  open();
  EXPECT_EQ(log->epoch(), epoch);
  log.reset();
  rewrite(mark, "another-boot\n");
  open();
  EXPECT_NE(log->epoch(), epoch);
  EXPECT_EQ(log->last("a"), 1);
  const auto renamed = log->epoch();
  open();
  EXPECT_EQ(log->epoch(), renamed);  // once is enough
}

TEST_F(EventLogTest, ADamagedLineCostsItselfAndItsNumberIsNotGivenAgain) {
  for (std::int64_t seq = 1; seq <= 9; ++seq) ASSERT_TRUE(append("a", seq));
  log.reset();
  const auto file = newest();
  auto text = bytes(file);
  text[text.find("\"n\":4") + 4] = '7';  // a flipped bit in the middle
  text[text.find("\"n\":9") + 4] = '8';  // and in the last line
  rewrite(file, text);
  open();
  EXPECT_EQ(log->stats().damaged, 2U);
  const auto got = read("a", 0);
  EXPECT_TRUE(got.gap);
  EXPECT_EQ(got.seqs, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(read("a", 4).seqs, (std::vector<std::int64_t>{5, 6, 7, 8}));
  EXPECT_GE(log->last("a"), 9);
}

TEST_F(EventLogTest, ALostNewlineCostsTwoEvents) {
  for (std::int64_t seq = 1; seq <= 3; ++seq) ASSERT_TRUE(append("a", seq));
  log.reset();
  const auto file = newest();
  auto text = bytes(file);
  text[text.rfind('\n', text.size() - 2)] = ' ';
  rewrite(file, text);
  open();
  EXPECT_EQ(log->stats().damaged, 2U);
  EXPECT_GE(log->last("a"), 3);
}

TEST_F(EventLogTest, ANumberTooLargeToCountOnIsDamage) {
  ASSERT_TRUE(append("a", 1));
  log.reset();
  std::string text = bytes(newest());
  write_line(text, {"a", std::numeric_limits<std::int64_t>::max(), now, "t", false, {}, "{}"});
  write_carry(text, {{"a", std::numeric_limits<std::int64_t>::max()}});
  rewrite(newest(), text);
  open();
  EXPECT_EQ(log->stats().damaged, 1U);
  EXPECT_EQ(log->last("a"), 2);
  EXPECT_TRUE(append("a", 3));
}

TEST_F(EventLogTest, AFileThatCountsBackwardsGivesNoNumberTwice) {
  for (std::int64_t seq = 1; seq <= 5; ++seq) ASSERT_TRUE(append("a", seq));
  log.reset();
  std::string text = bytes(newest());
  write_line(text, {"a", 3, now, "t", false, {}, "{}"});
  rewrite(newest(), text);
  open();
  EXPECT_EQ(log->last("a"), 5);
  EXPECT_EQ(read("a", 0).seqs, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST_F(EventLogTest, AFullDiskRefusesWholeEventsAndGoesOnWhenThereIsRoom) {
  std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_TRUE(append("a", 1));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full{bytes(newest()).size() + 40, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &full);
  const auto refused = append("a", 2);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::disk_full);
  EXPECT_EQ(log->stats().write_errors, 1U);
  EXPECT_EQ(log->last("a"), 1);
  ASSERT_TRUE(append("a", 2));
  open();
  EXPECT_EQ(log->stats().damaged, 0U);
  EXPECT_EQ(read("a", 0).seqs, (std::vector<std::int64_t>{1, 2}));
}

TEST_F(EventLogTest, OneSyncServesAllWhoWait) {
  int done = 0;
  for (std::int64_t seq = 1; seq <= 50; ++seq) {
    ASSERT_TRUE(append("a", seq));
    log->when_synced([&](bool kept) { done += kept ? 1 : 0; });
  }
  EXPECT_TRUE(loop.run_until([&] { return done == 50; }, std::chrono::seconds(10)));
  EXPECT_LE(log->stats().syncs, 3U);
}

}  // namespace
}  // namespace bpyd::runtime
