// SPDX-License-Identifier: MIT
// A history.db that comes with somebody else's project, or that a fault left behind.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "bpyd/io/files.hpp"
#include "bpyd/io/pack.hpp"
#include "history/archive.hpp"
#include "temp_dir.hpp"

namespace bpyd::history {
namespace {

namespace fs = std::filesystem;
using Mode = io::Database::Mode;

SnapshotPtr story(const std::string& text) {
  auto sources = std::make_shared<daemon::StorySources>();
  sources->files.push_back({"game/other.rpy", std::make_shared<const std::string>("label other:\n    \"Never edited, and long enough to be worth a flip of its own.\"\n"), {}});
  sources->files.push_back({"game/script.rpy", std::make_shared<const std::string>(text), {}});
  auto made = std::make_shared<daemon::Snapshot>();
  made->stats = analysis::Analyzer().analyze(sources->files, sources->resources);
  made->sources = std::move(sources);
  return made;
}

std::string text_of(int number) { return "label start:\n    \"This is number " + std::to_string(number) + ".\"\n"; }

class HistoryHostile : public testing::Test {
 protected:
  Outcome<Taken> take(Archive& archive, int number, const std::string& origin = "analysis") {
    TakeOrder order;
    order.snapshot = story(text_of(number));
    order.origin = origin;
    order.taken = ++now_;
    return archive.take(root(), order, {});
  }
  /// So many snapshots, in a file that is closed.
  void keep(int count) {
    Archive archive;
    for (int i = 0; i < count; ++i) ASSERT_TRUE(take(archive, i).result);
  }
  void sql(const std::string& text) {
    auto raw = io::Database::open(file(), Mode::write);
    ASSERT_TRUE(raw);
    const auto done = raw->exec(text);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::size_t readable(Archive& archive, std::int64_t from, std::int64_t to) {
    std::size_t count = 0;
    for (auto id = from; id <= to; ++id) count += archive.recall(root(), std::to_string(id), {}).result ? 1 : 0;
    return count;
  }
  const fs::path& root() const { return dir_.path(); }
  fs::path file() const { return Store::file_of(root()); }
  test::TempDir dir_;
  std::int64_t now_ = 0;
};

TEST_F(HistoryHostile, TextsThatAreNotThere) {
  for (const auto* fault : {"UPDATE spans SET text=0", "UPDATE spans SET text=NULL", "UPDATE spans SET text=-1", "UPDATE spans SET text=999", "UPDATE texts SET base=id", "DELETE FROM texts",
                            "UPDATE spans SET text=NULL, problem='x' WHERE file=(SELECT id FROM files WHERE file=':resources')", "UPDATE files SET file=file || 'x'", "DELETE FROM spans"}) {
    fs::remove_all(root() / ".branchpy");
    keep(3);
    sql(fault);
    Archive archive;
    (void)archive.recall(root(), "1", {});
    EXPECT_TRUE(take(archive, 100).result) << fault;
    EXPECT_TRUE(take(archive, 101).result) << fault;
    EXPECT_TRUE(Archive().recall(root(), "newest", {}).result) << fault;
  }
}

TEST_F(HistoryHostile, NumbersThatNobodyCounted) {
  for (const auto* fault : {"UPDATE snapshots SET taken=9223372036854775807", "UPDATE snapshots SET taken=-9223372036854775807", "UPDATE snapshots SET errors=9223372036854775807, warnings=9223372036854775807"}) {
    fs::remove_all(root() / ".branchpy");
    keep(3);
    sql(fault);
    Archive archive;
    const auto listed = archive.with<RowList>(root(), Archive::Need::what_there_is, {}, [](Store& store) { return store.list({}); });
    EXPECT_TRUE(!listed.result || listed.result->total == 0) << fault;
    EXPECT_TRUE(take(archive, 100).result) << fault;
  }
}

TEST_F(HistoryHostile, AViewThatNeverEnds) {
  keep(1);
  sql("DROP TABLE snapshots; CREATE VIEW snapshots AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS id FROM c");
  Archive archive;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(take(archive, 100).result);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(HistoryHostile, PipesAndLinksAreNotFollowed) {
  fs::create_directory(root() / ".branchpy");
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  Archive archive;
  EXPECT_EQ(take(archive, 1).result.error().code, Code::disk_full);
  EXPECT_EQ(Store::open_to_read(root()).error().code, Code::disk_full);
  fs::remove(file());
  const auto foreign = root() / "foreign.sqlite";
  {
    auto raw = io::Database::open(foreign, Mode::write);
    ASSERT_TRUE(raw->exec("CREATE TABLE letters(text); INSERT INTO letters VALUES('dear')"));
  }
  const auto bytes = *io::read_file(foreign, 1U << 20U);
  fs::create_symlink(foreign, file());
  EXPECT_FALSE(take(archive, 1).result);
  EXPECT_FALSE(archive.recall(root(), "1", {}).result);
  fs::remove(file());
  fs::create_symlink(root() / "not-there", file());
  EXPECT_FALSE(take(archive, 1).result);
  EXPECT_FALSE(fs::exists(root() / "not-there"));
  fs::remove(file());
  fs::copy_file(foreign, file());
  const auto taken = take(archive, 1);
  ASSERT_FALSE(taken.result);
  EXPECT_TRUE(taken.result.error().message.contains("another program")) << taken.result.error().message;
  EXPECT_FALSE(taken.broken);
  EXPECT_EQ(*io::read_file(foreign, 1U << 20U), bytes);
}

TEST_F(HistoryHostile, ASmallTextThatUnpacksToAGreatOne) {
  keep(2);
  {
    auto raw = io::Database::open(file(), Mode::write);
    const auto bomb = io::pack(std::string(100U << 20U, '['));
    auto update = raw->prepare("UPDATE texts SET base=NULL, data=? WHERE id IN (SELECT text FROM spans)");
    ASSERT_TRUE(update->bind_bytes(1, bomb).run());
  }
  Archive archive;
  EXPECT_TRUE(take(archive, 100).result);
  EXPECT_FALSE(archive.recall(root(), "1", {}).result);
}

TEST_F(HistoryHostile, ADamagedTextThatNobodyEditsIsFoundWhenTheFileIsOpened) {
  keep(5);
  sql("UPDATE texts SET data=zeroblob(length(data)) WHERE id=(SELECT text FROM spans JOIN files ON files.id=spans.file WHERE files.file='game/other.rpy')");
  Archive archive;
  const auto taken = take(archive, 100);
  ASSERT_TRUE(taken.result);
  ASSERT_TRUE(taken.broken);
  EXPECT_TRUE(fs::exists(taken.broken->set_aside));
  EXPECT_TRUE(Archive().recall(root(), std::to_string(taken.result->row.id), {}).result) << "what is acknowledged can be read";
  EXPECT_GT(taken.result->row.id, 5) << "numbers are not given again";
}

TEST_F(HistoryHostile, RescueFindsWhatStandsBehindGaps) {
  keep(3);
  sql("UPDATE snapshots SET id=id+300000; UPDATE spans SET first=first+300000, last=CASE WHEN last=9223372036854775807 THEN last ELSE last+300000 END; "
      "UPDATE snapshots SET sum=1 WHERE id=300003; UPDATE sqlite_sequence SET seq=300003 WHERE name='snapshots'");
  Archive archive;
  const auto taken = take(archive, 100);
  ASSERT_TRUE(taken.result) << taken.result.error().message;
  ASSERT_TRUE(taken.broken);
  EXPECT_EQ(taken.broken->rescued, 2);
  EXPECT_EQ(readable(archive, 300001, 300002), 2U);
  EXPECT_EQ(taken.result->row.id, 300004);
}

/// The files as they lie when the daemon is killed at each step of a rescue.
TEST_F(HistoryHostile, ARescueThatWasKilledIsFinishedOrBegunAgain) {
  keep(4);
  const auto whole = *io::read_file(file(), 1U << 28U);
  const auto put = [](const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; };
  const auto damaged = [&] {
    put(file(), whole);
    sql("UPDATE snapshots SET sum=1 WHERE id=4");
  };
  damaged();
  put(file().string() + ".rescue", "half of it");  // killed while it copied
  {
    Archive archive;
    EXPECT_EQ(take(archive, 100).broken->rescued, 3);
    EXPECT_EQ(readable(archive, 1, 3), 3U);
  }
  EXPECT_FALSE(fs::exists(file().string() + ".rescue"));
  damaged();
  put(file().string() + ".rescued", whole);  // killed before the damaged one was moved
  {
    Archive archive;
    EXPECT_EQ(readable(archive, 1, 4), 4U);
  }
  fs::remove(file());
  put(file().string() + ".rescued", whole);  // killed before the rescued one took its place
  {
    Archive archive;
    EXPECT_EQ(readable(archive, 1, 4), 4U);
    EXPECT_TRUE(take(archive, 200).result->created);
  }
  EXPECT_FALSE(fs::exists(file().string() + ".rescued"));
}

TEST_F(HistoryHostile, AFileThatWasReplacedIsReadAnew) {
  keep(1);
  Archive archive;
  ASSERT_EQ((*archive.recall(root(), "1", {}).result)->stats.counts.words, story(text_of(0))->stats.counts.words);
  const auto other = root() / "elsewhere";
  fs::create_directories(other);
  {
    Archive there;
    TakeOrder order;
    order.snapshot = story("label start:\n    \"Short.\"\n");
    ASSERT_TRUE(there.take(other, order, {}).result);
  }
  fs::rename(Store::file_of(other), file());
  EXPECT_EQ((*archive.recall(root(), "1", {}).result)->stats.counts.words, story("label start:\n    \"Short.\"\n")->stats.counts.words);
}

TEST_F(HistoryHostile, TwoWhoKeepOneProjectKeepItOnce) {
  Archive one, two;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(take(one, i).result->created);
    EXPECT_FALSE(take(two, i).result->created);
  }
  EXPECT_EQ(readable(two, 1, 10), 10U);
}

TEST_F(HistoryHostile, AnUnclosedFileIsNotToldAsAShorterOneWhereItsLogCannotBeRead) {
  Archive open;
  ASSERT_TRUE(take(open, 1).result);
  const auto copy = root() / "copy";
  fs::create_directories(copy / ".branchpy");
  fs::copy_file(file(), Store::file_of(copy));
  fs::copy_file(file().string() + "-wal", Store::file_of(copy).string() + "-wal");
  EXPECT_TRUE(Store::open_to_read(copy)) << "where it can be written to, the log is read";
  const auto frozen = Store::open_file(Store::file_of(copy), Mode::frozen);
  EXPECT_TRUE(!frozen || !(*frozen)->newest() || !*(*frozen)->newest()) << "this is what must not be told";
}

}  // namespace
}  // namespace bpyd::history
