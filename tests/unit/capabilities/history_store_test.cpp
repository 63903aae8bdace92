// SPDX-License-Identifier: MIT
// The database of snapshots: what goes in comes out, whatever else was deleted, damaged or of another version.
#include "history/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include "bpyd/io/files.hpp"
#include "bpyd/io/pack.hpp"
#include "history/archive.hpp"
#include "history/index.hpp"
#include "temp_dir.hpp"

namespace bpyd::history {
namespace {

namespace fs = std::filesystem;
using Mode = io::Database::Mode;

StoredFile script(const std::string& name, const std::string& text) { return {"game/" + name, std::make_shared<const std::string>(text), {}}; }

/// A story that changes at random, and what it was.
class Draft {
 public:
  explicit Draft(unsigned seed) : random_(seed) {
    for (int i = 0; i < 4; ++i) edit();
  }
  std::vector<StoredFile> edit() {
    const std::string name = "f" + std::to_string(random_() % 6) + ".rpy";
    switch (random_() % 8) {
      case 0: files_.erase(name); break;
      case 1: files_[name] = {"game/" + name, nullptr, "permission denied"}; break;
      default: {
        auto& file = files_[name];
        std::string text = file.text ? *file.text : "label " + name.substr(0, 2) + ":\n";
        text.insert(text.size() / 2, "    \"line " + std::to_string(random_() % 1000) + "\"\n");
        file = script(name, text);
      }
    }
    std::vector<StoredFile> all;
    for (const auto& [key, file] : files_) all.push_back(file);
    return all;
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }

 private:
  std::mt19937 random_;
  std::map<std::string, StoredFile> files_;
};

SnapshotRow row_of(std::vector<StoredFile>& files, std::int64_t taken) {
  SnapshotRow row;
  row.taken = taken;
  row.generator = "test";
  row.words = taken * 10;
  row.summary = {"It is " + std::to_string(taken) + "\x01 \"now\""};
  print_files(files, row);
  return row;
}

bool same_files(const std::vector<StoredFile>& a, const std::vector<StoredFile>& b) {
  return std::ranges::equal(a, b, [](const StoredFile& x, const StoredFile& y) {
    return x.file == y.file && x.problem == y.problem && (x.text == nullptr) == (y.text == nullptr) && (!x.text || *x.text == *y.text);
  });
}

class HistoryStore : public testing::Test {
 protected:
  std::unique_ptr<Store> open() {
    auto store = Store::open(dir_.path(), Mode::write);
    EXPECT_TRUE(store) << store.error().message;
    return *std::move(store);
  }
  std::int64_t add(Store& store, std::vector<StoredFile> files, std::int64_t taken, const std::string& name = {}) {
    auto row = row_of(files, taken);
    row.name = name;
    const auto id = write<std::int64_t>(store, [&] { return store.add(row, files); });
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or(0);
  }
  template <class T>
  static Result<T> write(Store& store, const std::function<Result<T>()>& work) {
    return store.write<T>(Store::Sync::never, work);
  }
  static Result<SnapshotRow> change(Store& store, std::int64_t id, const std::optional<std::string>& name, std::optional<bool> pinned) {
    return write<SnapshotRow>(store, [&] { return store.change(id, name, pinned); });
  }
  static Result<bool> remove(Store& store, std::int64_t id) {
    return write<bool>(store, [&]() -> Result<bool> {
      const auto ok = store.remove(id);
      return ok ? Result<bool>(true) : std::unexpected(ok.error());
    });
  }
  static std::vector<std::int64_t> retain(Store& store, std::int64_t keep, std::int64_t before, std::int64_t most) {
    return *write<std::vector<std::int64_t>>(store, [&] { return store.retain(keep, before, most); });
  }
  fs::path file() const { return Store::file_of(dir_.path()); }
  test::TempDir dir_;
};

TEST_F(HistoryStore, GivesBackWhatWasKeptWhateverWasDeletedMeanwhile) {
  auto store = open();
  Draft draft(11);
  std::map<std::int64_t, std::vector<StoredFile>> model;
  for (int i = 0; i < 600; ++i) {
    auto files = draft.edit();
    model[add(*store, files, i + 1)] = files;
    if (draft.number() % 3 == 0) {
      auto victim = std::next(model.begin(), draft.number() % model.size());
      if (draft.number() % 4 == 0) victim = std::prev(model.end());
      ASSERT_TRUE(remove(*store, victim->first));
      model.erase(victim);
    }
    if (i % 200 == 199) store = open();
  }
  for (const auto& [id, files] : model) {
    const auto row = store->find(std::to_string(id));
    ASSERT_TRUE(row) << row.error().message;
    const auto read = store->files_of(*row);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(same_files(files, *read)) << id;
    EXPECT_EQ(row->words, row->taken * 10);
  }
  const auto list = store->list({});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->total, std::ssize(model));
  for (const auto& [id, files] : std::map(model)) ASSERT_TRUE(remove(*store, id));
  auto raw = io::Database::open(file(), Mode::read);
  ASSERT_TRUE(raw);
  EXPECT_EQ(*raw->number("SELECT count(*) FROM spans"), 0);
  EXPECT_EQ(*raw->number("SELECT count(*) FROM texts"), 0) << "texts that nobody needs stay behind";
}

TEST_F(HistoryStore, NumbersAreNeverGivenTwice) {
  auto store = open();
  Draft draft(1);
  const auto first = add(*store, draft.edit(), 1);
  ASSERT_TRUE(remove(*store, first));
  EXPECT_GT(add(*store, draft.edit(), 2), first);
  EXPECT_EQ(remove(*store, first).error().code, Code::snapshot_not_found);
}

TEST_F(HistoryStore, KeepsNamesApart) {
  auto store = open();
  Draft draft(2);
  const auto first = add(*store, draft.edit(), 1, "beta");
  const auto second = add(*store, draft.edit(), 2);
  EXPECT_EQ(store->find("beta")->id, first);
  EXPECT_EQ(change(*store, second, "beta", std::nullopt).error().code, Code::name_taken);
  auto files = draft.edit();
  auto row = row_of(files, 3);
  row.name = "beta";
  EXPECT_EQ(write<std::int64_t>(*store, [&] { return store->add(row, files); }).error().code, Code::name_taken);
  EXPECT_EQ(store->list({})->total, 2);
  ASSERT_TRUE(change(*store, first, "", true));
  EXPECT_TRUE(store->find(std::to_string(first))->pinned);
  EXPECT_TRUE(change(*store, second, "beta", std::nullopt));
}

TEST_F(HistoryStore, OldOnesGoButNoneWithANameOrAPin) {
  auto store = open();
  Draft draft(3);
  std::vector<std::int64_t> ids;
  for (int i = 1; i <= 10; ++i) ids.push_back(add(*store, draft.edit(), i, i == 2 ? "kept" : ""));
  ASSERT_TRUE(change(*store, ids[2], std::nullopt, true));
  EXPECT_EQ(retain(*store, 5, 0, 100), (std::vector<std::int64_t>{ids[0], ids[3], ids[4]}));
  EXPECT_EQ(store->list({})->total, 7);
  EXPECT_EQ(retain(*store, 0, 8, 1), (std::vector<std::int64_t>{ids[5]})) << "at most one";
  EXPECT_EQ(retain(*store, 0, 1000, 100), (std::vector<std::int64_t>{ids[6], ids[7], ids[8]})) << "the newest stays";
  EXPECT_EQ(store->list({})->total, 3);
}

TEST_F(HistoryStore, ChoosesPointsEvenly) {
  auto store = open();
  Draft draft(4);
  for (int i = 1; i <= 101; ++i) add(*store, draft.edit(), i);
  const auto points = store->points(11);
  ASSERT_TRUE(points);
  EXPECT_EQ(points->total, 101);
  ASSERT_EQ(points->rows.size(), 11U);
  EXPECT_EQ(points->rows.front().taken, 1);
  EXPECT_EQ(points->rows.back().taken, 101);
  EXPECT_EQ(points->rows[5].taken, 51);
  EXPECT_EQ(store->points(2)->rows.size(), 2U);
  EXPECT_EQ(store->points(1000)->rows.size(), 101U);
}

TEST_F(HistoryStore, AnOlderFileBecomesOfThisVersion) {
  Draft draft(5);
  const auto files = draft.edit();
  add(*open(), files, 1, "old");
  const std::string second = "DROP INDEX snapshot_plain; CREATE INDEX snapshot_kept ON snapshots(pinned, taken); PRAGMA user_version=2";
  const std::string first = "DROP INDEX snapshot_plain; DROP INDEX span_texts; PRAGMA user_version=1";
  for (const auto& back : {second, first}) {
    {
      auto raw = io::Database::open(file(), Mode::write);
      ASSERT_TRUE(raw->exec(back));
    }
    auto store = open();
    const auto row = store->find("old");
    ASSERT_TRUE(row);
    EXPECT_TRUE(same_files(files, *store->files_of(*row)));
    auto raw = io::Database::open(file(), Mode::read);
    EXPECT_EQ(*raw->number("PRAGMA user_version"), 3);
    EXPECT_EQ(*raw->number("SELECT count(*) FROM sqlite_master WHERE name IN ('span_texts', 'snapshot_plain')"), 2);
    EXPECT_EQ(*raw->number("SELECT count(*) FROM sqlite_master WHERE name='snapshot_kept'"), 0);
  }
}

daemon::Snapshot story(const std::string& text) {
  auto sources = std::make_shared<daemon::StorySources>();
  sources->files.push_back({"game/script.rpy", std::make_shared<const std::string>(text), {}});
  daemon::Snapshot made;
  made.stats = analysis::Analyzer().analyze(sources->files, sources->resources);
  made.sources = std::move(sources);
  return made;
}

class HistoryArchive : public HistoryStore {
 protected:
  Outcome<Taken> take(const std::string& text, const std::string& origin = "analysis") {
    TakeOrder order;
    order.snapshot = std::make_shared<const daemon::Snapshot>(story(text));
    order.origin = origin;
    order.taken = ++now_;
    return archive_.take(dir_.path(), order, {});
  }
  std::size_t set_aside() const {
    return static_cast<std::size_t>(std::ranges::count_if(fs::directory_iterator(dir_.path() / ".branchpy"), [](const fs::directory_entry& entry) {
      const auto name = entry.path().filename().string();
      return name.contains(".damaged-") && !name.ends_with("-wal");
    }));
  }
  Archive archive_;
  std::int64_t now_ = 0;
};

TEST_F(HistoryArchive, FoldsWhatSaysTheSame) {
  EXPECT_TRUE(take("label start:\n    \"Hello.\"\n").result->created);
  EXPECT_FALSE(take("label start:\n    \"Hello.\"\n").result->created);
  EXPECT_FALSE(take("# A comment.\nlabel start:\n\n    \"Hello.\"  # and another\n").result->created) << "comments are no story";
  EXPECT_TRUE(take("# A comment.\nlabel start:\n\n    \"Hello.\"\n", "request").result->created) << "who asks gets these very bytes";
  const auto other = take("label start:\n    \"Hallo.\"\n");
  EXPECT_TRUE(other.result->created);
  EXPECT_EQ(other.result->row.summary, (std::vector<std::string>{"Edited: game/script.rpy"}));
  EXPECT_TRUE(take("label start:\n    \"Hello.\"\n").result->created) << "back again is a change too";
}

TEST_F(HistoryArchive, RecallsTheReportAsItWas) {
  const std::string text = "label start:\n    menu:\n        \"Left\":\n            jump left\n        \"Right\":\n            pass\nlabel left:\n    return\n";
  const auto id = take(text).result->row.id;
  take("label start:\n    \"Other.\"\n");
  Archive fresh;
  const auto recalled = fresh.recall(dir_.path(), std::to_string(id), {});
  ASSERT_TRUE(recalled.result) << recalled.result.error().message;
  EXPECT_EQ(analysis::stats2_to_json((*recalled.result)->stats), analysis::stats2_to_json(story(text).stats));
  EXPECT_EQ(fresh.recall(dir_.path(), "99", {}).result.error().code, Code::snapshot_not_found);
}

TEST_F(HistoryArchive, ACommentThatFoldsIsNotInTheReportOfWhatWasKept) {
  const std::string text = "label start:\n    \"Hello.\"\n";
  const auto id = take(text).result->row.id;
  ASSERT_FALSE(take("# One line more.\n" + text).result->created);
  const auto recalled = archive_.recall(dir_.path(), std::to_string(id), {});
  ASSERT_TRUE(recalled.result);
  EXPECT_EQ((*recalled.result)->stats.counts.lines, 2);
}

TEST_F(HistoryArchive, KeepsTheReportOfAnotherAnalyzer) {
  daemon::Snapshot foreign = story("label start:\n    \"Hello.\"\n");
  foreign.sources = nullptr;
  const auto text = analysis::stats2_to_json(foreign.stats);
  TakeOrder order;
  order.snapshot = std::make_shared<const daemon::Snapshot>(std::move(foreign));
  ASSERT_TRUE(archive_.take(dir_.path(), order, {}).result);
  const auto recalled = Archive().recall(dir_.path(), "newest", {});
  ASSERT_TRUE(recalled.result) << recalled.result.error().message;
  EXPECT_EQ(analysis::stats2_to_json((*recalled.result)->stats), text);
}

TEST_F(HistoryArchive, TheIndexSaysWhatDiffsAskFor) {
  const auto told = story("label start:\n    menu:\n        \"Left\":\n            jump left\n        \"Right\":\n            jump nowhere\nlabel left:\n    \"Some words.\"\n    return\n").stats;
  const auto read = stats_of_index(index_of(told));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(analysis::diff(told, *read).empty());
  EXPECT_TRUE(analysis::diff(*read, told).empty());
  ASSERT_EQ(read->diagnostics.size(), told.diagnostics.size());
  EXPECT_TRUE(std::ranges::equal(read->diagnostics, told.diagnostics, [](const auto& a, const auto& b) { return a.id == b.id && a.file == b.file && a.line == b.line && a.message == b.message; }));
  for (const auto* bad : {"[", "[1]\n", "[\"label\"]\n", "{}\n", "[\"problem\",\"x\",\"y\",\"z\",\"4\",\"m\"]\n", "\n"}) EXPECT_FALSE(stats_of_index(bad)) << bad;
}

/// Whatever happens to the file: the next snapshot is kept, what can be read is still there, and the rest was said to be lost.
TEST_F(HistoryArchive, ADamagedFileIsSetAsideAndWhatCanBeReadIsRescued) {
  std::mt19937 random(17);
  for (int round = 0; round < 45; ++round) {
    fs::remove_all(dir_.path() / ".branchpy");
    std::vector<std::int64_t> ids;
    {
      Archive writing;
      for (int i = 0; i < 40; ++i) {
        TakeOrder order;
        order.snapshot = std::make_shared<const daemon::Snapshot>(story("label start:\n" + [&] {
          std::string lines;
          for (int line = 0; line < 40; ++line) lines += "    \"Words " + std::to_string(random() % 100000) + " of round.\"\n";
          return lines;
        }()));
        order.taken = ++now_;
        ids.push_back(writing.take(dir_.path(), order, {}).result->row.id);
      }
    }
    ASSERT_FALSE(fs::exists(file().string() + "-wal")) << "closed in order";
    auto bytes = *io::read_file(file(), 1U << 28U);
    const bool cut = round % 3 == 0;
    if (cut) {
      bytes.resize(random() % bytes.size());
    } else {
      const int flips = round % 3 == 1 ? 1 : 50;
      for (int i = 0; i < flips; ++i) bytes[random() % bytes.size()] ^= static_cast<char>(1U << (random() % 8));
    }
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
    Archive archive;
    TakeOrder order;
    order.snapshot = std::make_shared<const daemon::Snapshot>(story("label start:\n    \"After all that.\"\n"));
    order.taken = ++now_;
    const auto taken = archive.take(dir_.path(), order, {});
    ASSERT_TRUE(taken.result) << "round " << round << ": " << taken.result.error().message;
    EXPECT_TRUE(taken.result->created);
    EXPECT_TRUE(archive.recall(dir_.path(), "newest", {}).result);
    if (taken.broken) {
      EXPECT_TRUE(fs::exists(taken.broken->set_aside)) << round;
      EXPECT_FALSE(taken.broken->message.empty());
    }
    std::int64_t readable = 0;
    for (const auto id : ids) {
      const auto recalled = archive.recall(dir_.path(), std::to_string(id), {});
      readable += recalled.result ? 1 : 0;
      if (!recalled.result) { EXPECT_TRUE(recalled.result.error().code == Code::database || recalled.result.error().code == Code::snapshot_not_found) << recalled.result.error().message; }
    }
    if (round % 3 == 1) {
      EXPECT_GE(readable, 1) << "a flip in one text costs those that build on it, at most 32";
    }
  }
}

TEST_F(HistoryArchive, AFileOfANewerVersionIsLeftAlone) {
  take("label start:\n    \"Hello.\"\n");
  archive_.forget(dir_.path());
  {
    auto raw = io::Database::open(file(), Mode::write);
    ASSERT_TRUE(raw->exec("PRAGMA user_version=1000"));
  }
  const auto taken = take("label start:\n    \"Other.\"\n");
  ASSERT_FALSE(taken.result);
  EXPECT_EQ(taken.result.error().code, Code::database);
  EXPECT_TRUE(taken.result.error().message.contains("newer bpyd")) << taken.result.error().message;
  EXPECT_FALSE(taken.broken);
  EXPECT_EQ(set_aside(), 0U);
}

TEST_F(HistoryArchive, AFileThatWasTakenAwayIsMadeAnew) {
  take("label start:\n    \"Hello.\"\n");
  fs::remove_all(dir_.path() / ".branchpy");
  EXPECT_TRUE(take("label start:\n    \"Hello.\"\n").result->created) << "not written into a file that nobody sees";
  EXPECT_TRUE(Archive().recall(dir_.path(), "newest", {}).result);
}

TEST_F(HistoryArchive, NowhereToWriteIsSaidPlainly) {
  std::ofstream(dir_.path() / ".branchpy") << "a file where the folder should be";
  const auto taken = take("label start:\n    \"Hello.\"\n");
  ASSERT_FALSE(taken.result);
  EXPECT_EQ(taken.result.error().code, Code::disk_full);
  EXPECT_FALSE(taken.broken);
  fs::remove(dir_.path() / ".branchpy");
  EXPECT_TRUE(take("label start:\n    \"Hello.\"\n").result) << "once it can be written to, it is";
}

TEST(Pack, IsSmallAndExact) {
  std::string base;
  for (int i = 0; i < 2000; ++i) base += "    \"Line " + std::to_string(i * i) + "\"\n";
  std::string text = base;
  text.insert(1000, "    \"One line more.\"\n");
  const auto packed = io::pack(text, base);
  EXPECT_LT(packed.size(), 200U);
  EXPECT_EQ(*io::unpack(packed, base, 1U << 20U), text);
  EXPECT_EQ(*io::unpack(io::pack(""), {}, 10), "");
  EXPECT_FALSE(io::unpack(packed, base, 100));
  EXPECT_FALSE(io::unpack("no frame", {}, 100));
  EXPECT_FALSE(io::unpack(packed.substr(0, packed.size() / 2), base, 1U << 20U));
}

}  // namespace
}  // namespace bpyd::history
