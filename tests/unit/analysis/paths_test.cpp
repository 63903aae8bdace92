// SPDX-License-Identifier: MIT
// The cover: every choice and branch, each loop once, bounded.
#include <gtest/gtest.h>

#include <algorithm>

#include <chrono>
#include <set>

#include "cover.hpp"
#include "reading.hpp"
#include "teller.hpp"
#include "told.hpp"

namespace bpyd::analysis {
namespace {

using Texts = std::vector<std::string>;

// A block in init has nothing behind it: a choice without words of its own ends there.
TEST(Paths, EndWhereAChoiceLeadsNowhere) {
  EXPECT_EQ(paths_of("init 3 label start:\n    menu:\n        \"a\":\n            pass\n        \"b\" if "
                     "x:\n            pass\n"),
            (std::vector<std::string>{"start: a > end_of_file", "start: b > end_of_file"}));
  EXPECT_EQ(paths_of("init 3 label start:\n    if x:\n        return\n"),
            (std::vector<std::string>{"start: > return", "start: > end_of_file"}));
}

TEST(Paths, CoverEveryChoiceInScriptOrder) {
  EXPECT_EQ(paths_of(kStory),
            (Texts{"start ask lake swim: To the lake > return", "start ask ask: Ask again Home > return",
                   "start ask lake swim: To the lake > return"}));
}

TEST(Paths, ShareWhatTheyCan) {
  std::string text = "label start:\n";
  for (const char* menu : {"a", "b", "c"}) {
    text += "    menu:\n";
    for (const char* n : {"1", "2", "3"})
      text += "        \"" + std::string(menu) + n + "\":\n            pass\n";
  }
  EXPECT_EQ(paths_of(text), (Texts{"start: a1 b1 c1 > end_of_file", "start: a2 b2 c2 > end_of_file",
                                   "start: a3 b3 c3 > end_of_file"}));
}

TEST(Paths, AreOneWhenNothingIsDecided) {
  EXPECT_EQ(paths_of("label start:\n    \"x\"\n    return\n"), (Texts{"start: > return"}));
  EXPECT_EQ(paths_of("define x = 1\n"), Texts{});
  EXPECT_EQ(paths_of(""), Texts{});
}

TEST(Paths, GoAroundALoopOnce) {
  EXPECT_EQ(paths_of("label start:\n    menu hub:\n        \"a\":\n            jump hub\n        \"b\":\n    "
                     "        jump hub\n        \"out\":\n            return\n"),
            (Texts{"start hub hub: a out > return", "start hub hub: b out > return"}));
  EXPECT_EQ(paths_of("label start:\n    while x:\n        \"y\"\n    return\n"), (Texts{"start: > return"}));
}

TEST(Paths, SayWhenALoopHasNoWayOut) {
  EXPECT_EQ(paths_of("label start:\n    jump start\n").at(0).substr(0, 12), "start start:");
  EXPECT_EQ(told("label start:\n    jump start\n").paths[0].ending_kind, "loop");
  const auto stats = told(
      "label start:\n    menu:\n        \"a\":\n            jump start\n        \"b\":\n            jump "
      "start\n");
  ASSERT_EQ(stats.paths.size(), 2u);
  for (const auto& path : stats.paths) EXPECT_EQ(path.ending_kind, "loop");
  EXPECT_EQ(paths_of("label start:\n    call a\nlabel a:\n    call b\nlabel b:\n    call a\n"),
            (Texts{"start a b: > loop"}));
}

TEST(Paths, ComeBackToWhereTheyWereCalled) {
  const auto stats = told(
      "label start:\n    call a\n    \"one\"\n    call a\n    \"two\"\n    jump b\nlabel a:\n    menu:\n     "
      "   \"x\":\n            return\n        \"y\":\n            return\nlabel b:\n    return\n");
  ASSERT_EQ(stats.paths.size(), 1u);
  EXPECT_EQ(in_words(stats.paths.tell(0)), "start a a b: x y > return");
}

TEST(Paths, EndInManyWays) {
  struct Row {
    const char* text;
    const char* kind;
  };
  const std::vector<Row> rows = {
      {"return\n", "return"},
      {"pass\n", "end_of_file"},
      {"$ renpy.quit()\n", "quit"},
      {"$ renpy.full_restart()\n", "main_menu"},
      {"jump nowhere\n", "missing"},
      {"jump expression x\n", "dynamic"},
      {"$ renpy.jump(x)\n", "dynamic"},
      {"call nowhere\n", "missing"},
      {"$ MainMenu(confirm=False)()\n", "main_menu"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(told("label start:\n    " + std::string(row.text)).paths[0].ending_kind, row.kind) << row.text;
}

TEST(Paths, FollowConstantsWhereTheyAreKnown) {
  const auto stats = told(
      "default book = False\nlabel start:\n    menu:\n        \"game\":\n            pass\n        "
      "\"book\":\n            $ book = True\n"
      "    if book:\n        \"It was a book.\"\n    else:\n        \"It was a game.\"\n    return\n");
  ASSERT_EQ(stats.paths.size(), 2u);
  EXPECT_EQ(stats.paths.tell(0).conditions.at(0).text, "not (book)");
  EXPECT_EQ(stats.paths.tell(1).conditions.at(0).text, "book");
}

TEST(Paths, LeaveOutWhatNobodyCanSee) {
  EXPECT_EQ(told("default x = 1\nlabel start:\n    if x > 5:\n        \"never\"\n    return\n").paths.size(),
            1u);
  EXPECT_EQ(told("label start:\n    if x > 5:\n        \"perhaps\"\n    return\n").paths.size(), 2u);
}

TEST(Paths, SayWhetherTheirConditionsHold) {
  const auto stats = told(
      "default key = False\nlabel start:\n    menu:\n        \"take\":\n            $ key = True\n        "
      "\"leave\":\n"
      "            pass\n    if key:\n        \"a\"\n    if luck():\n        \"b\"\n    return\n");
  std::set<std::string> seen;
  for (const auto& path : paths_in(stats)) {
    for (const auto& condition : path.conditions) seen.insert(condition.text + " " + condition.verdict);
  }
  EXPECT_TRUE(seen.contains("key holds")) << testing::PrintToString(seen);
  EXPECT_TRUE(seen.contains("not (key) holds"));
  EXPECT_TRUE(seen.contains("luck() maybe"));
}

TEST(Paths, TellStateBeforeAndAfter) {
  const auto path = told(
                        "default n = 2\nlabel start:\n    $ n += 3\n    $ n -= 1\n    $ m = n\n    $ n = "
                        "f()\n    $ n += 1\n   "
                        " $ items.append(\"k\")\n    return\n")
                        .paths.tell(0);
  std::string out;
  for (const auto& change : path.changes) {
    out += change.variable + change.op + change.expression + "[" + change.before.value_or("?") + ">" +
           change.after.value_or("?") + "] ";
  }
  EXPECT_EQ(out, "n+=3[2>5] n-=1[5>4] m=n[?>4] n=f()[4>?] n+=1[?>?] itemsappend\"k\"[?>?] ");
}

TEST(Paths, KeepTheirKeysWhenTheStoryChangesElsewhere) {
  const auto before = told(kStory);
  const auto after = told("\"a line more\"\n\n" + kStory + "label more:\n    return\n");
  ASSERT_EQ(before.paths.size(), after.paths.size());
  std::set<std::string> keys;
  for (std::size_t i = 0; i < before.paths.size(); ++i) {
    EXPECT_EQ(before.paths[i].key, after.paths[i].key);
    EXPECT_EQ(before.paths[i].key.size(), 16u);
    keys.insert(before.paths[i].key);
  }
  EXPECT_EQ(keys.size(), before.paths.size()) << "no two paths share a key";
}

TEST(Paths, AreTitledByTheirChoices) {
  const auto stats = told(kStory);
  EXPECT_EQ(stats.paths[1].title, "Ask again → Home");
  EXPECT_EQ(told("label start:\n    jump b\nlabel b:\n    return\n").paths[0].title, "start → b");
}

TEST(Paths, AreCappedAndSaySo) {
  std::string text = "label start:\n    menu:\n";
  for (int i = 0; i < 600; ++i) text += "        \"choice " + std::to_string(i) + "\":\n            pass\n";
  const auto stats = told(text);
  EXPECT_EQ(stats.paths.size(), 500u);
  EXPECT_TRUE(stats.truncated);
  EXPECT_FALSE(told(kStory).truncated);
}

TEST(Paths, EndQuicklyWhereWaysMultiply) {
  // 2^40 returns to make, and 3^400 ways through the menus.
  std::string calls = "label start:\n    call c0\n    return\n";
  for (int i = 0; i < 40; ++i) {
    const auto next = std::to_string(i + 1);
    calls +=
        "label c" + std::to_string(i) + ":\n    call c" + next + "\n    call c" + next + "\n    return\n";
  }
  calls += "label c40:\n    menu:\n        \"x\":\n            return\n        \"y\":\n            return\n";
  std::string menus = "label start:\n";
  for (int i = 0; i < 400; ++i)
    menus +=
        "    menu:\n        \"a\":\n            pass\n        \"b\":\n            pass\n        \"c\":\n     "
        "       pass\n";
  std::string recursion =
      "label start:\n    menu:\n        \"in\":\n            call start\n        \"out\":\n            "
      "pass\n    call start\n    return\n";
  for (const auto& text : {calls, menus, recursion}) {
    const auto begin = std::chrono::steady_clock::now();
    const auto stats = told(text);
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 10);
    EXPECT_FALSE(stats.paths.empty());
  }
}

TEST(Paths, TakeTheButtonsOfACalledScreen) {
  EXPECT_EQ(
      paths_of("label start:\n    call screen map\n    return\nlabel lake:\n    return\nscreen map:\n    "
               "textbutton \"Lake\" action Jump(\"lake\")\n    textbutton \"Stay\" action Return()\n"),
      (Texts{"start: > return", "start lake: Lake > return"}));
}

TEST(Words, AreCountedAsLintCountsThem) {
  EXPECT_EQ(count_words("One two,  three."), 3);
  EXPECT_EQ(count_words("{b}One{/b} {w=0.5}two"), 2);
  EXPECT_EQ(count_words("{{not a tag}"), 3);
  EXPECT_EQ(count_words("こんにちは　世界"), 2);
  EXPECT_EQ(count_words("{unclosed"), 1);
  EXPECT_EQ(count_words("Open {"), 2);  // found by fuzzing: it read past the end
  EXPECT_EQ(count_words(""), 0);
}

std::int64_t ticks(std::string_view text) { return reading_ticks(text, count_words(text)); }

TEST(Reading, GoesByWordsOrByCharacters) {
  EXPECT_EQ(seconds_of(200 * ticks("word")), 60);
  EXPECT_EQ(seconds_of(500 * ticks("字")), 60);
  EXPECT_EQ(ticks("One two — three."), 4 * kTicksOfAWord) << "as lint counts words";
  EXPECT_EQ(ticks("안녕 하세요"), 2 * kTicksOfAWord) << "Korean has spaces";
  EXPECT_EQ(ticks("{i}「さようなら」……{/i}"), 5 * kTicksOfACharacter) << "tags, marks and dots are not read";
  EXPECT_EQ(ticks("我是 Bob，don't ＯＫ。"), 2 * kTicksOfACharacter + 3 * kTicksOfAWord);
  EXPECT_EQ(ticks("終\xE7\xB5"), ticks("終") + kTicksOfAWord) << "broken UTF-8 is read to its end";
  EXPECT_EQ(ticks(""), 0);
}

TEST(Words, AreShortenedByCharacters) {
  EXPECT_EQ(shortened("日本語です", 3), "日本語…");
  EXPECT_EQ(shortened("a\nb", 9), "a b");
}

TEST(State, KnowsSimpleExpressions) {
  State state;
  state.set("n", "3");
  state.set("s", "\"x\"");
  state.set("u", std::nullopt);
  EXPECT_EQ(state.value_of("n + 2"), "5");
  EXPECT_EQ(state.value_of("n + 2 - 1"), "4");
  EXPECT_EQ(state.value_of("-4"), "-4");
  EXPECT_EQ(state.value_of("not True"), "False");
  EXPECT_EQ(state.value_of("u + 1"), std::nullopt);
  EXPECT_EQ(state.value_of("9223372036854775807 + 1"), std::nullopt);
  EXPECT_EQ(state.holds("n > 2"), true);
  EXPECT_EQ(state.holds("n != 3"), false);
  EXPECT_EQ(state.holds("s == 'x'"), true);
  EXPECT_EQ(state.holds("not n"), std::nullopt);
  EXPECT_EQ(state.holds("n"), true);
  EXPECT_EQ(state.holds("u > 1"), std::nullopt);
  EXPECT_EQ(state.holds("n > 2 and u"), std::nullopt);
}

TEST(Paths, ToldCloselyEndRunsOfDialogueWhereWaysMeet) {
  const auto stats = told(
      "default points = 1\n"
      "label start:\n"
      "    \"One.\"\n"
      "    menu:\n"
      "        \"a\":\n"
      "            \"Two words.\"\n"
      "            \"Three more words.\"\n"
      "        \"b\":\n"
      "            $ points += 2\n"
      "    \"Met.\"\n"
      "    \"Again.\"\n"
      "    return\n");
  ASSERT_EQ(stats.paths.size(), 2U);
  const auto a = stats.paths.tell(0, true);
  const auto b = stats.paths.tell(1, true);
  const auto row = [](const Path& path, const std::string& text) -> const Step& {
    return *std::ranges::find(path.steps, text, &Step::text);
  };
  EXPECT_EQ(row(a, "Two words.").count, 2);
  EXPECT_EQ(row(a, "Two words.").words, 6);
  EXPECT_EQ(row(a, "Met.").count, 2);
  EXPECT_EQ(row(a, "Met.").print, row(b, "Met.").print);
  EXPECT_NE(row(a, "Met.").print, row(a, "One.").print);
  EXPECT_EQ(row(a, "Met.").words, 8);
  EXPECT_EQ(row(b, "Met.").words, 3);
  ASSERT_EQ(row(a, "a").others.size(), 1U);
  EXPECT_EQ(row(a, "a").others[0].text, "b");
  EXPECT_EQ(row(a, "a").others[0].line, 8);
  const auto& set = row(b, "points += 2");
  ASSERT_EQ(set.detail, 0);
  EXPECT_EQ(b.changes.at(0).before, "1");
  EXPECT_EQ(b.changes.at(0).after, "3");
  // As in reports: one row for a run.
  EXPECT_EQ(row(stats.paths.tell(0), "Two words.").count, 4);
}

}  // namespace
}  // namespace bpyd::analysis
