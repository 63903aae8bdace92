// SPDX-License-Identifier: MIT
// What the listener believes, and what changed since.
#include "told.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bpyd::io {
namespace {

using Kind = ChangeKind;
using Changes = std::vector<FileChange>;

class ToldTest : public testing::Test {
 protected:
  std::optional<Kind> see(const std::string& file, std::uint64_t print, Tick tick, bool racy = false, bool written = true) {
    return finished(told.update(file, FileKey{print, racy}, {written, false}, tick, tick));
  }
  std::optional<Kind> finished(std::optional<Kind> kind) {
    told.finish();
    return kind;
  }
  std::optional<Kind> miss(const std::string& file, Tick tick, Tick recently) { return finished(told.update(file, std::nullopt, {true, true}, tick, recently)); }
  Changes since(std::optional<Tick> tick, std::size_t offset = 0, std::size_t limit = 100) {
    Changes changes;
    total = told.since(tick, offset, limit, changes);
    return changes;
  }
  ToldFiles told;
  std::int64_t total = 0;
};

TEST_F(ToldTest, TellsWhatDiffers) {
  EXPECT_EQ(see("game/a.rpy", 1, 2), Kind::created);
  EXPECT_EQ(see("game/a.rpy", 1, 3), std::nullopt);
  EXPECT_EQ(see("game/a.rpy", 2, 3), Kind::modified);
  EXPECT_EQ(miss("game/a.rpy", 4, 4), Kind::removed);
  EXPECT_EQ(miss("game/a.rpy", 5, 5), std::nullopt);
  EXPECT_EQ(told.size(), 0U);
}

TEST_F(ToldTest, TrustsNoFingerprintThatWasTakenTooSoon) {
  see("a", 1, 2, true);
  EXPECT_EQ(see("a", 1, 3, false, false), std::nullopt) << "only its attributes were touched";
  EXPECT_EQ(see("a", 1, 3), Kind::modified);
  EXPECT_EQ(see("a", 1, 4), std::nullopt);
}

TEST_F(ToldTest, TellsAgainOfWhatCameAndWentRightAfterItWasGone) {
  see("a", 1, 2);
  EXPECT_EQ(miss("a", 3, 2), Kind::removed);
  EXPECT_EQ(miss("a", 4, 2), Kind::removed) << "told just now: a reader may have met it since";
  EXPECT_EQ(miss("a", 9, 8), std::nullopt);
  EXPECT_EQ(miss("never", 9, 0), std::nullopt);
}

TEST_F(ToldTest, TellsAgainOfWhatWasAwayRightAfterItWasTold) {
  see("a", 1, 2);
  EXPECT_EQ(told.update("a", FileKey{1, false}, {true, true}, 3, 1), Kind::modified);
  EXPECT_EQ(told.update("a", FileKey{1, false}, {true, true}, 9, 8), std::nullopt) << "nobody reads that late";
  EXPECT_EQ(told.update("a", FileKey{1, false}, {true, false}, 9, 1), std::nullopt) << "it was not away";
}

TEST_F(ToldTest, AnswersWhatChangedSince) {
  see("game/a.rpy", 1, 1);
  see("game/b.rpy", 1, 1);
  see("game/b.rpy", 2, 2);
  see("game-notes.txt", 1, 3);
  miss("game/a.rpy", 4, 4);
  EXPECT_EQ(since(3), (Changes{{"game/a.rpy", Kind::removed}}));
  EXPECT_EQ(since(1), (Changes{{"game-notes.txt", Kind::created}, {"game/a.rpy", Kind::removed}, {"game/b.rpy", Kind::modified}}));
  EXPECT_EQ(since(4), Changes{});
  EXPECT_EQ(since(std::nullopt), (Changes{{"game-notes.txt", Kind::created}, {"game/b.rpy", Kind::created}}));
  EXPECT_EQ(since(1, 1, 1), (Changes{{"game/a.rpy", Kind::removed}}));
  EXPECT_EQ(total, 3);
}

TEST_F(ToldTest, SaysWhenItCannotRemember) {
  for (Tick tick = 1; tick <= ToldFiles::kMostGone + 1; ++tick) {
    see("f" + std::to_string(tick), 1, tick);
    miss("f" + std::to_string(tick), tick, tick);
  }
  EXPECT_FALSE(told.reaches_back_to(0));
  EXPECT_TRUE(told.reaches_back_to(1));
  EXPECT_EQ(since(1, 0, 20'000).size(), ToldFiles::kMostGone);
}

TEST_F(ToldTest, TakesManyFilesOfOneFolderInOneBatch) {
  for (int i = 0; i < 1000; ++i) told.update("d/f" + std::to_string(i * 7 % 1000), FileKey{1, false}, {}, 2, 2);
  told.finish();
  for (int i = 0; i < 1000; i += 2) told.update("d/f" + std::to_string(i), std::nullopt, {}, 3, 3);
  for (int i = 0; i < 10; ++i) told.update("d/g" + std::to_string(i), FileKey{1, false}, {}, 3, 3);
  told.finish();
  EXPECT_EQ(told.size(), 510U);
  EXPECT_TRUE(std::ranges::is_sorted(told.in("d"), {}, &ToldFile::name));
  EXPECT_EQ(told.in("d").size(), 510U);
  EXPECT_EQ(told.find("d/f2"), nullptr);
  EXPECT_NE(told.find("d/f3"), nullptr);
  EXPECT_EQ(since(2, 0, 2000).size(), 510U);
}

TEST_F(ToldTest, KnowsWhatWentLatelyBeneathAFolder) {
  for (const char* file : {"a/x", "a/c/x", "a-b/x", "a0/x", "x", "a/old"}) see(file, 1, 1);
  miss("a/old", 2, 2);
  for (const char* file : {"a/x", "a/c/x", "a-b/x", "a0/x", "x"}) miss(file, 3, 3);
  const auto gone = [&](const std::string& folder) {
    std::vector<std::string> files;
    told.each_gone_beneath(folder, 2, [&](const std::string& file) { files.push_back(file); });
    return files;
  };
  EXPECT_EQ(gone("a"), (std::vector<std::string>{"a/x", "a/c/x"}));
  EXPECT_EQ(gone("a/c"), std::vector<std::string>{"a/c/x"});
  EXPECT_EQ(gone("").size(), 5U);
  EXPECT_EQ(gone("b"), std::vector<std::string>{});
}

TEST_F(ToldTest, KnowsFoldersApartFromNamesLikeThem) {
  for (const char* file : {"a/x", "a-b/x", "a0/x", "a/c/x", "x"}) see(file, 1, 1);
  std::vector<std::string> beneath;
  told.each_beneath("a", [&](const std::string& file) { beneath.push_back(file); });
  EXPECT_EQ(beneath, (std::vector<std::string>{"a/x", "a/c/x"}));
  EXPECT_EQ(told.folders_in(""), (std::vector<std::string>{"a", "a-b", "a0"}));
  EXPECT_EQ(told.folders_in("a"), std::vector<std::string>{"c"});
}

}  // namespace
}  // namespace bpyd::io
