// SPDX-License-Identifier: MIT
// Play-throughs counted by dynamic programming, against counting them one by one.
#include "count.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>

#include "bpyd/renpy/parser.hpp"
#include "components.hpp"

namespace bpyd::analysis {
namespace {

std::shared_ptr<const renpy::Story> story_of(const std::string& text) {
  return renpy::build_story(
      {renpy::parse_script("game/script.rpy", std::make_shared<const std::string>(text))});
}

std::string count(const std::string& text) {
  const auto story = story_of(text);
  return count_play_throughs(Chart(*story));
}

std::string menu(const std::vector<std::string>& targets, const std::string& indent = "    ") {
  std::string out = indent + "menu:\n";
  for (std::size_t i = 0; i < targets.size(); ++i) {
    out += indent + "    \"c" + std::to_string(i) + "\":\n" + indent + "        " + targets[i] + "\n";
  }
  return out;
}

TEST(Count, AStoryWithoutChoicesIsPlayedOneWay) {
  EXPECT_EQ(count("label start:\n    \"hello\"\n    return\n"), "1");
  EXPECT_EQ(count("define e = 1\n"), "0");
}

TEST(Count, ChoicesInARowMultiplyBranchesToo) {
  EXPECT_EQ(count("label start:\n" + menu({"pass", "pass", "pass"}) + "    if x:\n        pass\n" +
                  menu({"pass", "return"})),
            "12");
}

TEST(Count, ACallsWaysMultiplyWhatFollowsAndAQuitInsideEndsThere) {
  EXPECT_EQ(count("label start:\n    call f\n    call f\n    return\nlabel f:\n" + menu({"pass", "pass"}) +
                  "    return\n"),
            "4");
  // f comes back two ways and quits one way: 1 + 2 * (1 + 2).
  EXPECT_EQ(count("label start:\n    call f\n    call f\n    return\nlabel f:\n" +
                  menu({"pass", "pass", "$ renpy.quit()"}) + "    return\n"),
            "7");
}

TEST(Count, ALoopIsGoneAroundAtMostOnce) {
  // leave; or once around (two ways) and leave.
  EXPECT_EQ(count("label start:\n" + menu({"jump start", "jump start", "return"})), "3");
  EXPECT_EQ(count("label start:\n    while x:\n        pass\n    return\n"), "2");
  EXPECT_EQ(count("label start:\n    jump start\n"), "0");
}

TEST(Count, ALoopInALoopIsGoneAroundOnceInEachStay) {
  // Not in; or in, around the inner loop or not, and out: the outer one is not entered again.
  EXPECT_EQ(count("label start:\n    while a:\n        while b:\n            pass\n    return\n"), "3");
  // Four ways (if, while) to the menu, and four more for who goes back: 4 * (1 + 4).
  EXPECT_EQ(
      count("label start:\n    \"x\"\nlabel again:\n    if q:\n        pass\n    while b:\n        pass\n" +
            menu({"jump again", "return"})),
      "20");
}

TEST(Count, ALabelIsNotCalledFromWithinItself) {
  EXPECT_EQ(count("label start:\n" + menu({"call start", "pass"}) + "    return\n"), "1");
}

// What stands behind a call that never returns is no way on: it must not make a ring of its own.
TEST(Count, NothingComesBackFromACallThatNeverReturns) {
  EXPECT_EQ(count("label start:\n" + menu({"call f", "return"}) + "    jump start\nlabel f:\n    jump f\n"),
            "1");
  EXPECT_EQ(
      count("label start:\n    call f\n    jump start\nlabel f:\n" + menu({"$ renpy.quit()", "jump f"})),
      "2");
}

TEST(Count, NumbersGrowBeyondEveryWord) {
  std::string text = "label start:\n";
  for (int i = 0; i < 3400; ++i) text += menu({"pass", "pass"});
  const auto digits = count(text);  // 2^3400
  EXPECT_EQ(digits.size(), 1024U);
  EXPECT_EQ(digits.substr(0, 3), "317");
  EXPECT_EQ(digits.back(), '6');
}

TEST(Count, ALoopWithEveryChoiceLeadingEverywhereStillEnds) {
  std::string text = "label start:\n    jump l0\n";
  for (int i = 0; i < 40; ++i) {
    std::vector<std::string> targets = {"return"};
    for (int j = 0; j < 40; ++j) targets.push_back("jump l" + std::to_string(j));
    text += "label l" + std::to_string(i) + ":\n" + menu(targets);
  }
  EXPECT_GT(count(text).size(), 5U);
}

// Stories of jumps only, without loops: the sum over all routes, walked one by one.
TEST(Count, AgreesWithWalkingEveryRouteOfRandomStories) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const int labels = 3 + static_cast<int>(random() % 7);
    std::vector<std::vector<int>> leads(static_cast<std::size_t>(labels));
    std::string text = "label start:\n    jump l0\n";
    for (int i = 0; i < labels; ++i) {
      auto& to = leads[static_cast<std::size_t>(i)];
      std::vector<std::string> targets;
      for (auto n = 1 + random() % 3; n > 0; --n) {
        const int next = i + 1 + static_cast<int>(random() % 3);
        to.push_back(next);
        targets.push_back(next < labels ? "jump l" + std::to_string(next) : "return");
      }
      text += "label l" + std::to_string(i) + ":\n" + menu(targets);
    }
    const std::function<std::int64_t(int)> walk = [&](int at) -> std::int64_t {
      if (at >= labels) return 1;
      std::int64_t sum = 0;
      for (const int next : leads[static_cast<std::size_t>(at)]) sum += walk(next);
      return sum;
    };
    ASSERT_EQ(count(text), std::to_string(walk(0))) << text;
  }
}

/// Random scripts of menus, loops, calls and ends, with what each block counts: ways that fall out of
/// it, that return, that end the story. The sums are those of the block's own structure.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  struct Ways {
    std::int64_t fall = 1, back = 0, stop = 0;
  };

  /// Labels call only later ones.
  std::pair<std::string, std::int64_t> story() {
    std::string text;
    for (int label = 3; label >= 0; --label) {
      std::string body;
      const auto ways = block(body, label, "    ", 2);
      labels_[label] = {ways.back + ways.fall, ways.stop};
      text = "label " + name(label) + ":\n" + body + "    return\n" + text;
    }
    return {text, labels_[0].first + labels_[0].second};
  }

 private:
  static std::string name(int label) { return label == 0 ? "start" : "l" + std::to_string(label); }

  Ways block(std::string& out, int label, const std::string& indent, int depth) {
    Ways sum;
    for (auto n = 1 + random_() % 2; n > 0; --n) {
      const auto one = statement(out, label, indent, depth);
      sum = {sum.fall * one.fall, sum.back + sum.fall * one.back, sum.stop + sum.fall * one.stop};
    }
    return sum;
  }

  Ways statement(std::string& out, int label, const std::string& indent, int depth) {
    const auto what = random_() % (depth > 0 ? 7 : 4);
    if (what == 0 && random_() % 2 == 0) return out += indent + "return\n", Ways{0, 1, 0};
    if (what == 1 && random_() % 3 == 0) return out += indent + "$ renpy.quit()\n", Ways{0, 0, 1};
    if (what == 2 && label < 3) {
      const int callee = label + 1 + static_cast<int>(random_() % static_cast<unsigned>(3 - label));
      out += indent + "call " + name(callee) + "\n";
      return {labels_[callee].first, 0, labels_[callee].second};
    }
    if (what < 4) return out += indent + "\"words\"\n", Ways{};
    if (what == 4) {  // out at once; or the body, and out or the body again, from where only ends count
      out += indent + "while x:\n";
      const auto body = block(out, label, indent + "    ", depth - 1);
      return {1 + body.fall, body.back * (1 + body.fall), body.stop * (1 + body.fall)};
    }
    Ways sum{0, 0, 0};
    out += indent + "menu:\n";
    for (auto n = 1 + random_() % 3; n > 0; --n) {
      out += indent + "    \"c\":\n";
      const auto one = block(out, label, indent + "        ", depth - 1);
      sum = {sum.fall + one.fall, sum.back + one.back, sum.stop + one.stop};
    }
    return sum;
  }

  std::mt19937 random_;
  std::map<int, std::pair<std::int64_t, std::int64_t>> labels_;
};

TEST(Count, AgreesWithTheStructureOfRandomStories) {
  int loops = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    const auto [text, wanted] = Generator(seed).story();
    loops += text.contains("while") ? 1 : 0;
    ASSERT_EQ(count(text), std::to_string(wanted)) << text;
  }
  EXPECT_GT(loops, 100);
}

TEST(Components, FindsRingsWithOthersFirst) {
  const std::vector<std::vector<unsigned>> graph = {{1}, {2}, {0, 3}, {4}, {3}, {}};
  const std::vector<unsigned> nodes = {0, 1, 2, 3, 4, 5};
  std::vector<std::set<unsigned>> found;
  Components<unsigned>(6).find(
      nodes, [&](unsigned id, auto&& visit) { std::ranges::for_each(graph[id], visit); },
      [&](std::span<const unsigned> members) { found.emplace_back(members.begin(), members.end()); });
  EXPECT_EQ(found, (std::vector<std::set<unsigned>>{{3, 4}, {0, 1, 2}, {5}}));
}

}  // namespace
}  // namespace bpyd::analysis
