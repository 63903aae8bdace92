// SPDX-License-Identifier: MIT
// The watcher on a real tree: save styles of editors, folders that come and go, storms.
#include "bpyd/io/watcher.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <random>
#include <set>

#include "temp_dir.hpp"

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;
using test::TempDir;
using test::write_file;
namespace fs = std::filesystem;

constexpr milliseconds kPatience{10000};

/// Everything told, and what a listener believes the tree to be.
class Told {
 public:
  void take(const ChangeSet& set) {
    sets.push_back(set);
    for (const auto& change : set.changes) {
      if (change.kind == ChangeKind::removed) believed.erase(change.file);
      else believed.insert(change.file);
    }
  }
  std::vector<ChangeSet> sets;
  std::set<std::string> believed;
};

class WatcherTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    write_file(dir / "game/script.rpy", "label start:\n");
    write_file(dir / "game/other.rpy", "label other:\n");
  }
  void watch() {
    options.force_polling = GetParam();
    options.poll_interval = milliseconds(20);
    watcher = service.watch(dir.path(), options, {[this](const ChangeSet& set) { told.take(set); }});
    ASSERT_TRUE(loop.run_until([this] { return watcher->status().ready; }, kPatience));
    for (const auto& entry : fs::recursive_directory_iterator(dir.path())) {
      if (entry.is_regular_file()) told.believed.insert(fs::relative(entry.path(), dir.path()).string());
    }
  }
  /// Waits for the first set, then until a sentinel written afterwards is told: whatever else the
  /// save would cause has come by then.
  std::vector<ChangeSet> sets_after_quiet() {
    EXPECT_TRUE(loop.run_until([this] { return !told.sets.empty(); }, kPatience));
    write_file(dir / "sentinel", std::to_string(++sentinel));
    EXPECT_TRUE(loop.run_until([this] { return told.sets.back().changes.back().file == "sentinel"; }, kPatience));
    auto sets = std::exchange(told.sets, {});
    EXPECT_EQ(sets.back().changes.size(), 1U) << "the sentinel comes alone";
    sets.pop_back();
    return sets;
  }
  void expect_one(const std::string& file, ChangeKind kind) {
    const auto sets = sets_after_quiet();
    ASSERT_EQ(sets.size(), 1U);
    EXPECT_EQ(sets[0].changes, (std::vector<FileChange>{{file, kind}}));
  }

  TempDir dir;
  WatchOptions options;
  runtime::Loop loop;
  runtime::Workers workers{loop, 2};
  WatchService service{loop, workers};
  Told told;
  std::unique_ptr<Watcher> watcher;
  int sentinel = 0;
};

TEST_P(WatcherTest, TellsAnInPlaceWriteOnce) {
  watch();
  write_file(dir / "game/script.rpy", "label start:\n    return\n");
  expect_one("game/script.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, TellsATemporaryRenamedOverOnce) {
  watch();
  write_file(dir / "game/script.rpy.new123", "label start:\n    return\n");
  fs::rename(dir / "game/script.rpy.new123", dir / "game/script.rpy");
  expect_one("game/script.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, TellsVimsBackupDanceOnce) {
  watch();
  fs::rename(dir / "game/script.rpy", dir / "game/script.rpy~");
  write_file(dir / "game/script.rpy", "label start:\n    \"vim\"\n");
  fs::remove(dir / "game/script.rpy~");
  expect_one("game/script.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, TellsDeleteAndRecreateAsOneModification) {
  watch();
  fs::remove(dir / "game/script.rpy");
  write_file(dir / "game/script.rpy", "label start:\n    \"again\"\n");
  expect_one("game/script.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, TellsNewAndRemovedFiles) {
  watch();
  write_file(dir / "game/new.rpy", "x");
  expect_one("game/new.rpy", ChangeKind::created);
  fs::remove(dir / "game/new.rpy");
  expect_one("game/new.rpy", ChangeKind::removed);
}

TEST_P(WatcherTest, IgnoresWhatIsNoPartOfTheStory) {
  watch();
  for (const char* name : {"game/script.rpyc", "game/saves/1.save", "game/cache/x", ".git/index", "game/.script.rpy.swp", "game/a~", ".branchpy/stats2.json"}) {
    write_file(dir / name, "x");
  }
  write_file(dir / "game/script.rpy", "label start:\n    pass\n");
  expect_one("game/script.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, FindsFilesInAFolderMovedIn) {
  TempDir elsewhere;
  write_file(elsewhere / "chapter/one.rpy", "1");
  write_file(elsewhere / "chapter/deep/two.rpy", "2");
  watch();
  fs::rename(elsewhere / "chapter", dir / "game/chapter");
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/chapter/deep/two.rpy") && told.believed.contains("game/chapter/one.rpy"); }, kPatience));
  told.sets.clear();
  write_file(dir / "game/chapter/deep/two.rpy", "changed");
  expect_one("game/chapter/deep/two.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, TellsEveryFileOfAFolderRenamedAway) {
  write_file(dir / "game/chapter/one.rpy", "1");
  write_file(dir / "game/chapter/two.rpy", "2");
  watch();
  fs::rename(dir / "game/chapter", dir / "game/part");
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/part/one.rpy") && told.believed.contains("game/part/two.rpy") &&
                                          !told.believed.contains("game/chapter/one.rpy") && !told.believed.contains("game/chapter/two.rpy"); }, kPatience));
}

TEST_P(WatcherTest, SurvivesTheRootGoingAwayAndComingBack) {
  watch();
  fs::rename(dir.path(), dir.path().string() + ".away");
  EXPECT_TRUE(loop.run_until([&] { return told.believed.empty(); }, kPatience));
  EXPECT_TRUE(watcher->status().degraded);
  fs::rename(dir.path().string() + ".away", dir.path());
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/script.rpy"); }, kPatience));
  EXPECT_FALSE(watcher->status().degraded);
  told.sets.clear();
  write_file(dir / "game/script.rpy", "label start:\n    pass\n");
  expect_one("game/script.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, DoesNotFollowALoopOfLinks) {
  fs::create_directory_symlink("..", dir / "game/loop");
  watch();
  EXPECT_LE(watcher->status().folders, 3);
  write_file(dir / "game/script.rpy", "label start:\n    pass\n");
  EXPECT_TRUE(loop.run_until([&] { return !told.sets.empty(); }, kPatience));
}

TEST_P(WatcherTest, NeverCallsBackOnceDestroyed) {
  watch();
  write_file(dir / "game/script.rpy", "label start:\n    pass\n");
  watcher.reset();
  bool later = false;
  const auto timer = loop.after(milliseconds(150), [&] { later = true; });
  EXPECT_TRUE(loop.run_until([&] { return later; }, kPatience));
  EXPECT_TRUE(told.sets.empty());
}

TEST_P(WatcherTest, TellsExactlyTheDifferenceAfterAnOverflow) {
  if (GetParam()) GTEST_SKIP() << "polling loses no events";
  watch();
  write_file(dir / "game/script.rpy", "label start:\n    pass\n");
  write_file(dir / "game/new.rpy", "x");
  fs::remove(dir / "game/other.rpy");
  service.simulate_overflow();
  ASSERT_TRUE(loop.run_until([this] { return !told.sets.empty(); }, kPatience));
  ASSERT_EQ(told.sets.size(), 1U);
  EXPECT_TRUE(told.sets[0].rescanned);
  EXPECT_EQ(told.sets[0].changes, (std::vector<FileChange>{{"game/new.rpy", ChangeKind::created}, {"game/other.rpy", ChangeKind::removed}, {"game/script.rpy", ChangeKind::modified}}));
}

/// What is there, by path, with each file's content.
std::map<std::string, std::string> tree_of(const fs::path& root) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) tree[fs::relative(entry.path(), root).string()] = test::slurp(entry.path());
  }
  return tree;
}

/// One random operation on a small set of names, folders among them.
void disturb(const fs::path& root, std::mt19937& random) {
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const auto folder = root / "game" / (pick(3) == 0 ? "" : "d" + std::to_string(pick(3)));
  const auto file = folder / ("f" + std::to_string(pick(6)) + ".rpy");
  std::error_code error;
  switch (pick(7)) {
    case 0: case 1: fs::create_directories(folder, error); write_file(file, std::to_string(random())); break;
    case 2: fs::create_directories(folder, error); write_file(folder / "t.new", std::to_string(random())); fs::rename(folder / "t.new", file, error); break;
    case 3: fs::remove(file, error); break;
    case 4: fs::rename(file, folder / ("f" + std::to_string(pick(6)) + ".rpy"), error); break;
    case 5: if (folder != root / "game" / "") fs::rename(folder, root / "game" / ("d" + std::to_string(pick(3))), error); break;
    default: if (folder != root / "game" / "") fs::remove_all(folder, error); break;
  }
}

TEST_P(WatcherTest, ConvergesToTheTreeAfterARandomStorm) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    watch();
    std::mt19937 random(seed);
    for (int i = 0; i < 300; ++i) {
      disturb(dir.path(), random);
      if (i % 7 == 0) loop.run_until([] { return false; }, milliseconds(1));
    }
    const auto tree = tree_of(dir.path());
    std::set<std::string> there;
    for (const auto& [file, text] : tree) there.insert(file);
    EXPECT_TRUE(loop.run_until([&] { return told.believed == there; }, kPatience)) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, WatcherTest, testing::Bool(), [](const auto& mode) { return mode.param ? "Polling" : "Inotify"; });

}  // namespace
}  // namespace bpyd::io
