// SPDX-License-Identifier: MIT
// When a save is over, told with times as values.
#include "suspects.hpp"

#include <gtest/gtest.h>

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;

class SuspectsTest : public testing::Test {
 protected:
  static Suspects::Time at(int ms) { return Suspects::Time(std::chrono::hours(1)) + milliseconds(ms); }
  std::vector<std::string> taken(int ms, bool busy = false) {
    std::vector<std::string> files;
    for (const auto& due : suspects.take(at(ms), busy)) files.push_back(due.file);
    return files;
  }
  using Files = std::vector<std::string>;
  Suspects suspects{milliseconds(5), milliseconds(100)};
};

TEST_F(SuspectsTest, AWholeFileIsDueAfterTheSettleTime) {
  suspects.add("a", Hint::whole, at(0));
  EXPECT_EQ(suspects.next(false), at(5));
  EXPECT_EQ(taken(4), Files{});
  EXPECT_EQ(taken(5), Files{"a"});
  EXPECT_TRUE(suspects.empty());
}

TEST_F(SuspectsTest, ClosingAFileEndsTheWaitForIt) {
  suspects.add("a", Hint::incomplete, at(0));
  EXPECT_EQ(suspects.next(false), at(100));
  suspects.add("a", Hint::whole, at(1));
  EXPECT_EQ(suspects.next(false), at(6));
  EXPECT_EQ(taken(6), Files{"a"});
}

TEST_F(SuspectsTest, AttributesPutNothingOff) {
  suspects.add("a", Hint::whole, at(0));
  suspects.add("a", Hint::attributes, at(3));
  EXPECT_EQ(taken(8), Files{"a"});
}

TEST_F(SuspectsTest, AnOpenFileIsToldOnceASecond) {
  int told = 0;
  for (int ms = 0; ms < 5000; ms += 50) {
    suspects.add("log", Hint::incomplete, at(ms));
    told += static_cast<int>(taken(ms + 40).size());
  }
  EXPECT_GE(told, 4);
  EXPECT_LE(told, 5);
}

TEST_F(SuspectsTest, AFileThatIsSavedWithoutEndIsToldAllTheSame) {
  int told = 0;
  for (int ms = 0; ms < 5000; ms += 3) {
    suspects.add("save", Hint::whole, at(ms));
    told += static_cast<int>(taken(ms + 1).size());
  }
  EXPECT_GE(told, 4);
}

TEST_F(SuspectsTest, WhatIsPutBackComesTogetherWithItsSave) {
  suspects.add("a", Hint::incomplete, at(0));  // renamed to a backup
  suspects.add("a", Hint::whole, at(2));
  suspects.add("b", Hint::whole, at(4));
  EXPECT_EQ(taken(8), Files{});
  EXPECT_EQ(taken(9), (Files{"a", "b"}));
}

TEST_F(SuspectsTest, ABurstIsToldOnceItIsQuiet) {
  for (int i = 0; i < 200; ++i) suspects.add("f" + std::to_string(i), i % 2 == 0 ? Hint::whole : Hint::incomplete, at(i * 5));
  EXPECT_EQ(taken(1000), Files{});
  EXPECT_EQ(taken(1045).size(), 200U) << "what went is gone when a burst is over";
}

TEST_F(SuspectsTest, AStormIsToldInPieces) {
  std::size_t told = 0;
  for (int ms = 0; ms < 10'000; ms += 4) {
    suspects.add("f" + std::to_string(ms % 400), Hint::whole, at(ms));
    told += taken(ms).empty() ? 0 : 1;
  }
  EXPECT_GE(told, 5U);
}

TEST_F(SuspectsTest, ACheckoutUnderWayIsWaitedFor) {
  suspects.add("a", Hint::whole, at(0));
  EXPECT_EQ(taken(50, true), Files{});
  suspects.add("b", Hint::whole, at(60));
  EXPECT_EQ(taken(120, true), Files{});
  EXPECT_EQ(taken(160, true), (Files{"a", "b"}));
}

TEST_F(SuspectsTest, WithoutSettleTimeEachSaveIsDueAtOnce) {
  Suspects now{milliseconds(0), milliseconds(100)};
  for (int i = 0; i < 50; ++i) now.add("f" + std::to_string(i), Hint::whole, at(0));
  EXPECT_EQ(now.take(at(0), true).size(), 50U);
}

TEST_F(SuspectsTest, FindingAgainPutsNothingOff) {
  suspects.find("a", Hint::incomplete, at(0));
  suspects.find("a", Hint::incomplete, at(90));
  EXPECT_EQ(taken(100), Files{"a"});
}

TEST_F(SuspectsTest, KnowsWhatIsLeftFromAMoment) {
  suspects.add("a", Hint::incomplete, at(0));
  suspects.add("b", Hint::whole, at(10));
  EXPECT_TRUE(suspects.any_from(at(0)));
  EXPECT_EQ(taken(100), (Files{"a", "b"}));
  suspects.put_back({"a", true, false, at(0)}, at(120));
  EXPECT_TRUE(suspects.any_from(at(5))) << "put back, it is suspect since when it was";
  suspects.add("c", Hint::whole, at(115));
  EXPECT_EQ(taken(120), (Files{"a", "c"}));
  EXPECT_FALSE(suspects.any_from(at(200)));
}

}  // namespace
}  // namespace bpyd::io
