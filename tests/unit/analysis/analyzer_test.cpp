// SPDX-License-Identifier: MIT
// Files in: what is kept between calls, what is unreadable, what creators registered.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "told.hpp"

namespace bpyd::analysis {
namespace {

TEST(Analyzer, ParsesOnlyWhatChanged) {
  Analyzer analyzer;
  auto files =
      sources({{"game/a.rpy", "label start:\n    jump b\n"}, {"game/b.rpy", "label b:\n    return\n"}});
  analyzer.analyze(files);
  EXPECT_EQ(analyzer.parsed_last_time(), 2u);
  analyzer.analyze(files);
  EXPECT_EQ(analyzer.parsed_last_time(), 0u);
  files[1].text = std::make_shared<const std::string>("label b:\n    \"x\"\n    return\n");
  EXPECT_EQ(analyzer.analyze(files).counts.dialogue, 1);
  EXPECT_EQ(analyzer.parsed_last_time(), 1u);
  files[0].text = std::make_shared<const std::string>(*files[0].text);
  analyzer.analyze(files);
  EXPECT_EQ(analyzer.parsed_last_time(), 0u) << "the same bytes elsewhere in memory";
  files.pop_back();
  EXPECT_EQ(analyzer.analyze(files).diagnostics.at(0).id, "missing-label");
}

TEST(Analyzer, ParsesAnewWhenAStatementIsRegistered) {
  Analyzer analyzer;
  auto files = sources(
      {{"game/a.rpy", "\n"}, {"game/b.rpy", "label start:\n    part one:\n        \"x\"\n    return\n"}});
  EXPECT_EQ(analyzer.analyze(files).diagnostics.at(0).id, "unknown-statement");
  files[0].text = std::make_shared<const std::string>(
      "python early:\n    renpy.register_statement(\"part\", block=\"script\", next=f)\n");
  const auto stats = analyzer.analyze(files);
  EXPECT_EQ(analyzer.parsed_last_time(), 2u);
  EXPECT_TRUE(stats.diagnostics.empty());
  EXPECT_EQ(stats.counts.dialogue, 1);
}

/// Edits a story by a random line of a kind at a random place.
std::string edited(std::string text, std::mt19937& random) {
  static const std::vector<std::string> kLines = {
      "    \"Something is said.\"\n",
      "    $ points += 1\n",
      "    $ key = True\n",
      "    jump b\n",
      "    call c\n",
      "    return\n",
      "    menu:\n        \"x\":\n            jump d\n        \"y\" if key:\n            pass\n",
      "label d:\n",
      "    if points > 2:\n        \"many\"\n",
      "label e:\n    jump expression next\n",
      "default next = \"b\"\n",
      "    while points < 9:\n        $ points += 2\n",
      "screen s:\n    textbutton \"t\" action Jump(\"e\")\n",
      "    call screen s\n",
      "    $ renpy.quit()\n",
      "    who \"?\"\n"};
  const auto at = text.find('\n', random() % text.size());
  if (random() % 4 == 0 && at != std::string::npos) {  // take a line away instead
    const auto end = text.find('\n', at + 1);
    if (end != std::string::npos && end - at > 1) return text.erase(at, end - at);
  }
  return text.insert(at == std::string::npos ? 0 : at + 1, kLines[random() % kLines.size()]);
}

/// The first place where two texts differ, with what stands around it; empty: nowhere.
std::string difference(const std::string& a, const std::string& b) {
  if (a == b) return {};
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  const auto from = at < 300 ? 0 : at - 300;
  return a.substr(from, 400) + "\n=== or ===\n" + b.substr(from, 400);
}

// Whatever was kept from before, a report is the one that a fresh analyzer makes.
TEST(Analyzer, SaysAfterAnyEditsWhatAFreshOneSays) {
  std::mt19937 random(11);
  for (int story = 0; story < 30; ++story) {
    std::vector<std::pair<std::string, std::string>> files = {
        {"game/a.rpy", "default points = 0\ndefault key = False\nlabel start:\n    \"Hello.\"\n    jump b\n"},
        {"game/b.rpy",
         "label b:\n    menu:\n        \"on\":\n            jump c\n        \"out\":\n            return\n"},
        {"game/c.rpy", "label c:\n    if points > 1:\n        $ key = True\n    return\n"}};
    Analyzer kept;
    for (int edit = 0; edit < 25; ++edit) {
      auto& text = files[random() % files.size()].second;
      text = edited(text, random);
      Analyzer fresh;
      ASSERT_EQ(difference(stats2_to_json(kept.analyze(sources(files))),
                           stats2_to_json(fresh.analyze(sources(files)))),
                "")
          << files[0].second << "---\n"
          << files[1].second << "---\n"
          << files[2].second;
    }
  }
}

TEST(Analyzer, SharesTheRowsOfFilesThatStayed) {
  Analyzer analyzer;
  auto files =
      sources({{"game/a.rpy", "label start:\n    jump b\n"}, {"game/b.rpy", "label b:\n    return\n"}});
  const auto before = analyzer.analyze(files);
  files[1].text = std::make_shared<const std::string>("label b:\n    \"x\"\n    return\n");
  const auto after = analyzer.analyze(files);
  EXPECT_EQ(before.labels.pieces().at(0), after.labels.pieces().at(0));
  EXPECT_NE(before.labels.pieces().at(1), after.labels.pieces().at(1));
  EXPECT_TRUE(before.paths.same(after.paths)) << "nothing to choose has changed";
}

TEST(Analyzer, TakesAModuleIntoTheStoryWhenCodeLoadsIt) {
  const std::string part = "label two:\n    return\nlabel three\n";
  const auto told_with = [&](const std::string& init) {
    Analyzer analyzer;
    return analyzer.analyze(
        sources({{"game/a.rpy", init + "label start:\n    jump two\n"}, {"game/parts/b.rpym", part}}));
  };
  const auto loaded = told_with("init python:\n    renpy.load_module(\"parts/b\")\n");
  EXPECT_EQ(loaded.paths[0].ending, "two");
  EXPECT_EQ(loaded.labels.size(), 3u);
  const auto apart = told_with("");
  EXPECT_EQ(apart.labels.size(), 1u);
  EXPECT_EQ(apart.files.size(), 2u);
  ASSERT_EQ(apart.diagnostics.size(), 2u);
  EXPECT_EQ(apart.diagnostics[0].id, "missing-label");
  EXPECT_EQ(apart.diagnostics[1].id, "missing-colon") << "read all the same";
}

TEST(Analyzer, GivesTheSameInAnyOrderOfFiles) {
  auto files = sources({{"game/a.rpy", "label start:\n    jump b\n"},
                        {"game/tl/x.rpy", "define y = 1\n"},
                        {"game/b.rpy", "label b:\n    return\n"}});
  Analyzer one;
  const auto first = stats2_to_json(one.analyze(files));
  std::swap(files[0], files[2]);
  EXPECT_EQ(stats2_to_json(one.analyze(files)), first);
  Analyzer other;
  EXPECT_EQ(stats2_to_json(other.analyze(files)), first);
}

TEST(Analyzer, ReportsWhatItCannotReadAndServesTheRest) {
  Analyzer analyzer;
  auto files = sources({{"game/a.rpy", "label start:\n    return\n"}, {"game/options.txt", "no script"}});
  files.push_back({"game/b.rpy", nullptr, "Permission denied"});
  const auto stats = analyzer.analyze(files);
  ASSERT_EQ(stats.files.size(), 2u);
  EXPECT_EQ(stats.files[1].problem, "Permission denied");
  ASSERT_EQ(stats.diagnostics.size(), 1u);
  EXPECT_EQ(stats.diagnostics[0].id, "unreadable-file");
  EXPECT_EQ(stats.paths.size(), 1u);
}

TEST(Analyzer, SaysWhenThereIsNoStart) {
  const auto stats = told("label a:\n    return\nlabel b:\n    return\n");
  EXPECT_EQ(stats.entries, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(stats.paths.size(), 2u);
  EXPECT_EQ(stats.diagnostics.at(0).id, "no-start");
  EXPECT_TRUE(told("label start:\n    return\n").diagnostics.empty());
  EXPECT_TRUE(told("define config.x = 1\n").diagnostics.empty())
      << "a project without labels is no story yet";
}

TEST(Analyzer, HasNothingToSayAboutNothing) {
  Analyzer analyzer;
  const auto stats = analyzer.analyze({});
  EXPECT_TRUE(stats.paths.empty());
  EXPECT_TRUE(stats.diagnostics.empty());
  EXPECT_TRUE(stats2_from_json(stats2_to_json(stats)));
}

TEST(Analyzer, ReadsAJapaneseScriptWithTabsAndCarriageReturns) {
  const auto stats = told(
      "\xEF\xBB\xBFlabel start:\r\n\tmenu:\r\n\t\t\"はい\":\r\n\t\t\tjump "
      "終わり\r\n\t\t\"いいえ\":\r\n\t\t\t$ 好感度 += 1\r\nlabel "
      "終わり:\r\n\t\"さようなら。\"\r\n\treturn\r\n");
  ASSERT_EQ(stats.diagnostics.size(), 1u);
  EXPECT_EQ(stats.diagnostics[0].id, "tab-character");
  ASSERT_EQ(stats.paths.size(), 2u);
  EXPECT_EQ(in_words(stats.paths.tell(1)), "start 終わり: いいえ > return");
}

}  // namespace
}  // namespace bpyd::analysis
