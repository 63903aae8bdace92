// SPDX-License-Identifier: MIT
// The watcher on a real tree: save styles of editors, folders that come and go, storms.
#include "bpyd/io/watcher.hpp"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

TEST_P(WatcherTest, TellsAgainOfWhatWasMetAndWentBeforeItsFolderWasWatched) {
  if (GetParam()) return;  // a poll only knows what it finds
  TempDir elsewhere;
  write_file(dir / "game/chapter/day/one.rpy", "1");
  options.settle = options.settle_incomplete = milliseconds(0);
  watch();
  for (const bool stays : {true, false}) {
    fs::rename(dir / "game/chapter", elsewhere / "chapter");
    ASSERT_TRUE(loop.run_until([&] { return !told.believed.contains("game/chapter/day/one.rpy"); }, kPatience));
    told.sets.clear();
    fs::rename(elsewhere / "chapter", dir / "game/chapter");
    told.believed.insert("game/chapter/day/one.rpy");  // who looks only now meets it
    if (stays) fs::remove(dir / "game/chapter/day/one.rpy");
    else fs::rename(dir / "game/chapter", elsewhere / "chapter");
    bool synced = false;
    watcher->sync([&] { synced = true; });
    ASSERT_TRUE(loop.run_until([&] { return synced; }, kPatience));
    EXPECT_FALSE(told.believed.contains("game/chapter/day/one.rpy")) << stays;
    if (stays) {
      write_file(dir / "game/chapter/day/one.rpy", "1");
      ASSERT_TRUE(loop.run_until([&] { return told.believed.contains("game/chapter/day/one.rpy"); }, kPatience));
    }
  }
}

TEST_P(WatcherTest, SurvivesTheRootGoingAwayAndComingBack) {
  watch();
  fs::rename(dir.path(), dir.path().string() + ".away");
  EXPECT_TRUE(loop.run_until([&] { return told.believed.empty(); }, kPatience));
  EXPECT_TRUE(watcher->status().degraded);
  fs::rename(dir.path().string() + ".away", dir.path());
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/script.rpy"); }, kPatience));
  EXPECT_FALSE(watcher->status().degraded) << watcher->status().reason;
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

TEST_P(WatcherTest, SeesExchangedFolders) {
  write_file(dir / "game/one/a.rpy", "1");
  write_file(dir / "game/two/b.rpy", "2");
  watch();
  ASSERT_EQ(::syscall(SYS_renameat2, AT_FDCWD, (dir / "game/one").c_str(), AT_FDCWD, (dir / "game/two").c_str(), RENAME_EXCHANGE), 0);
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/one/b.rpy") && told.believed.contains("game/two/a.rpy") && told.believed.size() == 4; }, kPatience));
  told.sets.clear();
  write_file(dir / "game/one/b.rpy", "changed");
  expect_one("game/one/b.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, FollowsLinksThatStayInside) {
  write_file(dir / "shared/lib.rpy", "1");
  fs::create_directory_symlink("../shared", dir / "game/lib");
  fs::create_symlink("../shared/lib.rpy", dir / "game/one.rpy");
  watch();
  write_file(dir / "shared/lib.rpy", "22");
  const std::set<std::string> all{"shared/lib.rpy", "game/lib/lib.rpy", "game/one.rpy"};
  std::set<std::string> changed;
  EXPECT_TRUE(loop.run_until([&] {
    for (const auto& set : std::exchange(told.sets, {})) {
      for (const auto& change : set.changes) changed.insert(change.file);
    }
    return changed == all;
  }, kPatience));
  fs::remove(dir / "game/lib");
  EXPECT_TRUE(loop.run_until([&] { return !told.believed.contains("game/lib/lib.rpy"); }, kPatience));
}

TEST_P(WatcherTest, LinksThatLeadOutAreLeftAlone) {
  TempDir elsewhere;
  write_file(elsewhere / "secret.rpy", "1");
  fs::create_directory_symlink(elsewhere.path(), dir / "game/out");
  watch();
  EXPECT_EQ(watcher->status().files, 2);
  write_file(elsewhere / "secret.rpy", "2");
  write_file(dir / "game/script.rpy", "changed");
  expect_one("game/script.rpy", ChangeKind::modified);
}

TEST_P(WatcherTest, AFolderMovedOutBehindALinkIsGone) {
  TempDir elsewhere;
  write_file(dir / "game/images/one.rpy", "1");
  watch();
  fs::rename(dir / "game/images", elsewhere / "images");
  fs::create_directory_symlink(elsewhere / "images", dir / "game/images");
  EXPECT_TRUE(loop.run_until([&] { return !told.believed.contains("game/images/one.rpy"); }, kPatience));
  EXPECT_EQ(watcher->status().files, 2);
}

TEST_P(WatcherTest, ALinkInTheFoldersPlaceLeadsNobodyOut) {
  TempDir elsewhere;
  for (int i = 0; i < 50; ++i) write_file(elsewhere / ("f" + std::to_string(i) + ".rpy"), "1");
  watch();
  fs::create_directory(dir / "game/x");
  fs::remove(dir / "game/x");
  fs::create_directory_symlink(elsewhere.path(), dir / "game/x");
  fs::create_directory(dir / "game/y");
  fs::remove(dir / "game/y");
  fs::create_directory_symlink("..", dir / "game/y");
  bool done = false;
  watcher->sync([&] { done = true; });
  ASSERT_TRUE(loop.run_until([&] { return done; }, kPatience));
  EXPECT_EQ(watcher->status().files, 2);
  EXPECT_EQ(watcher->status().folders, 2);
}

TEST_P(WatcherTest, ASyncSeesWhatChangedBehindLinks) {
  write_file(dir / "shared/lib.rpy", "1");
  fs::create_symlink("../shared/lib.rpy", dir / "game/one.rpy");
  watch();
  for (int round = 0; round < 5; ++round) {
    told.sets.clear();
    write_file(dir / "shared/lib.rpy", std::string(static_cast<std::size_t>(round) + 2, 'x'));
    bool done = false;
    watcher->sync([&] { done = true; });
    ASSERT_TRUE(loop.run_until([&] { return done; }, kPatience));
    std::set<std::string> changed;
    for (const auto& set : told.sets) {
      for (const auto& change : set.changes) changed.insert(change.file);
    }
    EXPECT_TRUE(changed.contains("game/one.rpy")) << round;
  }
}

TEST_P(WatcherTest, AChangeThatCouldNotBeSeenIsToldWhenItCan) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  write_file(dir / "game/sub/a.rpy", "1");
  fs::permissions(dir.path(), fs::perms(0755));
  ::setfsuid(65534);
  watch();
  ::setfsuid(0);
  write_file(dir / "game/sub/a.rpy", "22");
  fs::permissions(dir / "game", fs::perms(0));
  ::setfsuid(65534);
  EXPECT_TRUE(loop.run_until([&] { return watcher->status().degraded; }, kPatience));
  ::setfsuid(0);
  fs::permissions(dir / "game", fs::perms(0755));
  ::setfsuid(65534);
  EXPECT_TRUE(loop.run_until([&] {
    return std::ranges::any_of(told.sets, [](const ChangeSet& set) { return std::ranges::find(set.changes, FileChange{"game/sub/a.rpy", ChangeKind::modified}) != set.changes.end(); });
  }, kPatience));
  EXPECT_TRUE(loop.run_until([&] { return !watcher->status().degraded; }, kPatience)) << watcher->status().reason;
  ::setfsuid(0);
}

TEST_P(WatcherTest, MayBeDestroyedByItsListenerInTheMidstOfASync) {
  options.force_polling = GetParam();
  options.poll_interval = milliseconds(20);
  options.settle = milliseconds(0);
  watcher = service.watch(dir.path(), options, {[this](const ChangeSet&) { watcher.reset(); }});
  ASSERT_TRUE(loop.run_until([this] { return watcher->status().ready; }, kPatience));
  write_file(dir / "game/new.rpy", "x");
  bool done = false;
  watcher->sync([&] { done = true; });
  EXPECT_TRUE(loop.run_until([&] { return done && !watcher; }, kPatience)) << "who waits is told that it is over";
}

TEST_P(WatcherTest, NoticesThatAFolderAboveTheRootWasMoved) {
  const auto root = dir / "above/root";
  write_file(root / "game/script.rpy", "1");
  options.force_polling = GetParam();
  options.poll_interval = milliseconds(20);
  watcher = service.watch(root, options, {[this](const ChangeSet& set) { told.take(set); }});
  told.believed.insert("game/script.rpy");
  ASSERT_TRUE(loop.run_until([this] { return watcher->status().ready; }, kPatience));
  fs::rename(dir / "above", dir / "below");
  EXPECT_TRUE(loop.run_until([&] { return told.believed.empty(); }, kPatience));
  EXPECT_TRUE(watcher->status().degraded);
  fs::rename(dir / "below", dir / "above");
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/script.rpy"); }, kPatience));
}

TEST_P(WatcherTest, TellsNothingFalseOfWhatItMayNotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  write_file(dir / "game/chapter/one.rpy", "1");
  fs::permissions(dir.path(), fs::perms(0755));
  ::setfsuid(65534);  // this thread meets permissions from now on
  watch();
  const auto change_mode = [&](unsigned mode) {
    ::setfsuid(0);
    fs::permissions(dir / "game/chapter", fs::perms(mode));
    ::setfsuid(65534);
  };
  change_mode(0);
  EXPECT_TRUE(loop.run_until([&] { return watcher->status().degraded; }, kPatience));
  EXPECT_NE(watcher->status().reason.find("game/chapter cannot be read"), std::string::npos) << watcher->status().reason;
  ::setfsuid(0);
  write_file(dir / "game/chapter/one.rpy", "22");
  write_file(dir / "game/chapter/two.rpy", "2");
  ::setfsuid(65534);
  EXPECT_TRUE(told.believed.contains("game/chapter/one.rpy"));
  change_mode(0755);
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/chapter/two.rpy"); }, kPatience));
  EXPECT_TRUE(loop.run_until([&] { return !watcher->status().degraded; }, kPatience)) << watcher->status().reason;
  EXPECT_TRUE(std::ranges::none_of(told.sets, [](const ChangeSet& set) {
    return std::ranges::any_of(set.changes, [](const FileChange& change) { return change.kind == ChangeKind::removed; });
  }));
  ::setfsuid(0);
}

TEST_P(WatcherTest, ASyncComesAfterEverythingWrittenBefore) {
  watch();
  for (int round = 0; round < 20; ++round) {
    const auto folder = dir / "game" / ("d" + std::to_string(round));
    write_file(folder / "deep/new.rpy", "x");
    fs::remove(dir / "game" / ("d" + std::to_string(round - 1)) / "deep/new.rpy");
    bool done = false;
    watcher->sync([&] { done = true; });
    ASSERT_TRUE(loop.run_until([&] { return done; }, kPatience));
    EXPECT_TRUE(told.believed.contains("game/d" + std::to_string(round) + "/deep/new.rpy")) << round;
    EXPECT_FALSE(told.believed.contains("game/d" + std::to_string(round - 1) + "/deep/new.rpy")) << round;
  }
}

TEST_P(WatcherTest, AnswersWhatChangedSinceAClock) {
  watch();
  const auto before = watcher->clock();
  write_file(dir / "game/new.rpy", "x");
  fs::remove(dir / "game/other.rpy");
  bool done = false;
  watcher->sync([&] { done = true; });
  ASSERT_TRUE(loop.run_until([&] { return done; }, kPatience));
  const auto since = watcher->since(before, 0, 10);
  ASSERT_TRUE(since);
  EXPECT_FALSE(since->fresh);
  EXPECT_EQ(since->clock, told.sets.back().clock);
  EXPECT_EQ(since->changes, (std::vector<FileChange>{{"game/new.rpy", ChangeKind::created}, {"game/other.rpy", ChangeKind::removed}}));
  EXPECT_TRUE(watcher->since(since->clock, 0, 10)->changes.empty());
  EXPECT_TRUE(watcher->since("c:0123456789abcdef:1", 0, 10)->fresh) << "another watcher's";
  EXPECT_EQ(watcher->since("c:0123456789abcdef:1", 0, 10)->total, 2);
  for (const char* wrong : {"", "1", "c::", "c:0123456789abcdef:", "c:0123456789abcdef:x", "c:0123456789abcdef:-1", "c:0123456789abcdef:99999999999"}) {
    EXPECT_EQ(watcher->since(wrong, 0, 10).error().code, Code::bad_value) << wrong;
  }
}

TEST_P(WatcherTest, TakesIgnoresInGitignoreSyntax) {
  options.ignore = {"/game/drafts/*", "!/game/drafts/keep.rpy", "!saves/"};
  watch();
  for (const char* name : {"game/drafts/away.rpy", "game/drafts/keep.rpy", "game/saves/1.save"}) write_file(dir / name, "x");
  EXPECT_TRUE(loop.run_until([&] { return told.believed.contains("game/drafts/keep.rpy") && told.believed.contains("game/saves/1.save"); }, kPatience));
  EXPECT_FALSE(told.believed.contains("game/drafts/away.rpy"));
}

TEST_P(WatcherTest, ALargeTreeIsLookedAtOnAWorkerAndMissesNothingMeanwhile) {
  for (int i = 0; i < 3000; ++i) write_file(dir / ("game/d" + std::to_string(i % 30)) / ("f" + std::to_string(i) + ".rpy"), "x");
  options.force_polling = GetParam();
  options.poll_interval = milliseconds(50);
  watcher = service.watch(dir.path(), options, {[this](const ChangeSet& set) { told.take(set); }});
  EXPECT_FALSE(watcher->status().ready);
  fs::rename(dir / "game/d7", dir / "game/e7");
  write_file(dir / "game/d29/late.rpy", "x");
  ASSERT_TRUE(loop.run_until([this] { return watcher->status().ready; }, kPatience));
  bool done = false;
  watcher->sync([&] { done = true; });
  ASSERT_TRUE(loop.run_until([&] { return done; }, kPatience));
  EXPECT_EQ(watcher->status().files, 3003);
  EXPECT_EQ(watcher->since("c:0000000000000000:0", 0, 10'000)->total, 3003);
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
