// SPDX-License-Identifier: MIT
// What a save changed, in words.
#include <gtest/gtest.h>

#include "bpyd/analysis/diff.hpp"
#include "told.hpp"

namespace bpyd::analysis {
namespace {

using Texts = std::vector<std::string>;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

StoryDiff after(const std::string& from, const std::string& to) {
  return diff(told(kStory), told(replaced(kStory, from, to)));
}

TEST(Diff, SaysNothingWhenNothingOfTheStoryChanged) {
  EXPECT_TRUE(diff(told(kStory), told(kStory)).empty());
  EXPECT_TRUE(after("Splash, splash.", "Splish.").empty()) << "dialogue is no structure";
  EXPECT_TRUE(diff({}, {}).empty());
}

TEST(Diff, TellsOfAChoiceThatCame) {
  const auto changed =
      after("        \"Home\":\n", "        \"Ask her later\":\n            jump lake\n        \"Home\":\n");
  EXPECT_EQ(changed.choices_gained.size(), 1u);
  EXPECT_EQ(changed.summary.at(0), "Choice “Ask her later” added in label ask");
  EXPECT_EQ(changed.paths.at(0).change, "changed");
}

TEST(Diff, TellsOfAChoiceThatWent) {
  const auto changed = after("        \"Ask again\" if points < 3:\n            jump ask\n", "");
  EXPECT_EQ(changed.choices_lost.size(), 1u);
  EXPECT_EQ(changed.summary.at(0), "Choice “Ask again” removed from label ask");
}

TEST(Diff, TellsOfAChoiceThatReadsAnew) {
  EXPECT_EQ(after("To the lake", "To the sea").summary.at(0),
            "Choice “To the lake” in label ask now reads “To the sea”");
}

TEST(Diff, TellsOfLabelsAndEndings) {
  const auto added =
      after("        \"Home\":\n            return\n", "        \"Home\":\n            jump home\n");
  EXPECT_EQ(added.labels_added, Texts{});
  const auto whole =
      diff(told(kStory), told(replaced(kStory, "            return\nlabel lake",
                                       "            jump home\nlabel home:\n    return\nlabel lake")));
  EXPECT_EQ(whole.labels_added, Texts{"home"});
  EXPECT_EQ(whole.endings_gained, Texts{"home"});
  EXPECT_EQ(whole.endings_lost, Texts{"ask"});
  EXPECT_EQ(whole.summary.at(0), "Label home added");
  EXPECT_EQ(whole.summary.at(1), "The story can now end in label home");
  EXPECT_EQ(whole.summary.at(2), "The story no longer ends in label ask");
}

TEST(Diff, TellsWhatNothingLeadsToAnyMore) {
  const auto changed = after("    call swim from _swim\n", "");
  EXPECT_EQ(changed.labels_unreachable, Texts{"swim"});
  EXPECT_EQ(changed.summary.at(0), "Nothing leads to label swim any more");
}

TEST(Diff, StaysShort) {
  std::string text = "label start:\n    menu:\n";
  for (int i = 0; i < 50; ++i) text += "        \"choice " + std::to_string(i) + "\":\n            pass\n";
  const auto changed = diff(told("label start:\n    return\n"), told(text));
  ASSERT_EQ(changed.summary.size(), 20u);
  EXPECT_EQ(changed.summary.back(), "… and 33 more changes");
  EXPECT_EQ(changed.choices_gained.size(), 50u);
}

}  // namespace
}  // namespace bpyd::analysis
