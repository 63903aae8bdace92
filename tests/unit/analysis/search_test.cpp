// SPDX-License-Identifier: MIT
// Paths asked for, against walking every route; what every route to a line has in common.
#include "bpyd/analysis/search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "told.hpp"

namespace bpyd::analysis {
namespace {

using Texts = std::vector<std::string>;

/// "choice choice > ending" of each path found.
Texts found(const Stats2& stats, const std::string& through, const std::string& to, std::size_t offset = 0,
            std::size_t limit = 1000) {
  auto search = search_from(through, to);
  EXPECT_TRUE(search);
  search->offset = offset;
  search->limit = limit;
  const auto answer = find_paths(stats, *search);
  if (!answer) return {answer.error().message + " / " + std::string(answer.error().advice())};
  Texts out;
  for (std::size_t i = 0; i < answer->paths.size(); ++i) {
    const auto path = answer->paths.tell(i);
    std::string text;
    for (const auto& choice : path.choices) text += choice.text + " ";
    out.push_back(text + "> " + path.ending_kind);
  }
  return out;
}

const std::string kWay =
    "default key = False\n"        // 1
    "label start:\n"               // 2
    "    menu:\n"                  // 3
    "        \"cellar\":\n"        // 4
    "            call cellar\n"    // 5
    "        \"attic\":\n"         // 6
    "            jump attic\n"     // 7
    "    menu:\n"                  // 8
    "        \"open\" if key:\n"   // 9
    "            \"It opens.\"\n"  // 10
    "            return\n"         // 11
    "        \"leave\":\n"         // 12
    "            return\n"         // 13
    "label cellar:\n"              // 14
    "    menu:\n"                  // 15
    "        \"take\":\n"          // 16
    "            $ key = True\n"   // 17
    "        \"not\":\n"           // 18
    "            pass\n"           // 19
    "    return\n"                 // 20
    "label attic:\n"               // 21
    "    \"Dust.\"\n"              // 22
    "    return\n";                // 23

/// The path that takes the choice at `line` instead, as found() writes it.
std::string differing(const Stats2& stats, const std::string& path, std::int64_t line) {
  const auto answer = differing_at(stats, path, {"script.rpy", line});
  if (!answer) return answer.error().message;
  if (answer->paths.empty()) return "none";
  std::string text;
  const auto told = answer->paths.tell(0);
  for (const auto& choice : told.choices) text += choice.text + " ";
  return text + "> " + told.ending_kind;
}

TEST(Search, OneDecisionMadeOtherwise) {
  const auto stats = told(
      "default brave = False\n"        // 1
      "label start:\n"                 // 2
      "    menu:\n"                    // 3
      "        \"up\":\n"              // 4
      "            $ brave = True\n"   // 5
      "        \"down\":\n"            // 6
      "            jump cave\n"        // 7
      "label hall:\n"                  // 8
      "    menu:\n"                    // 9
      "        \"fight\" if brave:\n"  // 10
      "            pass\n"             // 11
      "        \"rest\":\n"            // 12
      "            pass\n"             // 13
      "    menu:\n"                    // 14
      "        \"stay\":\n"            // 15
      "            return\n"           // 16
      "        \"go\":\n"              // 17
      "            return\n"           // 18
      "label cave:\n"                  // 19
      "    menu:\n"                    // 20
      "        \"sleep\":\n"           // 21
      "            return\n"           // 22
      "        \"climb\":\n"           // 23
      "            jump hall\n");      // 24
  std::map<std::string, std::string> ids;  // by what found() writes
  for (std::size_t i = 0; i < stats.paths.size(); ++i) {
    std::string text;
    for (const auto& choice : stats.paths.tell(i).choices) text += choice.text + " ";
    ids[text] = stats.paths[i].id;
  }
  ASSERT_TRUE(ids.contains("up fight stay ")) << "what the rest is asked of";
  const auto base = ids["up fight stay "];
  EXPECT_EQ(differing(stats, base, 17), "up fight go > return");
  EXPECT_EQ(differing(stats, base, 12), "up rest stay > return");
  // By the nearest way back, and without what only the brave can do.
  EXPECT_EQ(differing(stats, base, 6), "down climb rest stay > return");
  EXPECT_EQ(differing(stats, base, 4), base + " passes no decision with script.rpy:4 among what it does not take");
  EXPECT_EQ(differing(stats, base, 21), base + " passes no decision with script.rpy:21 among what it does not take");
  EXPECT_EQ(differing(stats, "p999", 6), "There is no path p999 in the story");
}

TEST(Search, WhatIsRuledOutIsNoOtherWay) {
  const auto stats = told(
      "default key = False\n"
      "label start:\n"
      "    menu:\n"
      "        \"take\":\n"
      "            $ key = True\n"
      "        \"leave\":\n"
      "            pass\n"
      "    menu:\n"
      "        \"open\" if key:\n"
      "            return\n"
      "        \"home\":\n"
      "            return\n");
  for (std::size_t i = 0; i < stats.paths.size(); ++i) {
    const auto path = stats.paths.tell(i);
    if (path.choices.at(0).text != "leave") continue;
    EXPECT_EQ(differing(stats, path.id, 9), "none");
  }
}

TEST(Search, FindsPathsThroughALabelShortestFirst) {
  const auto stats = told(kWay);
  EXPECT_EQ(found(stats, "attic", ""), (Texts{"attic > return"}));
  // Without the key the door is no choice.
  const auto cellar = found(stats, "cellar", "");
  EXPECT_EQ(std::set<std::string>(cellar.begin(), cellar.end()),
            (std::set<std::string>{"cellar take open > return", "cellar take leave > return",
                                   "cellar not leave > return"}));
  EXPECT_EQ(found(stats, "attic,cellar", ""), Texts{});
  EXPECT_EQ(found(stats, "", "").size(), 4u) << "all there are";
  EXPECT_EQ(found(stats, "celar", ""),
            (Texts{"There is no label celar in the story / Did you mean cellar?"}));
}

TEST(Search, FindsPathsToALine) {
  const auto stats = told(kWay);
  EXPECT_EQ(found(stats, "", "script.rpy:10"), (Texts{"cellar take open > here"}));
  EXPECT_EQ(found(stats, "", "game/script.rpy:9"), (Texts{"cellar take open > here"})) << "the choice itself";
  EXPECT_EQ(found(stats, "", "script.rpy:17"), (Texts{"cellar take > here"}));
  EXPECT_EQ(found(stats, "", "script.rpy:22"), (Texts{"attic > here"}));
  EXPECT_EQ(found(stats, "cellar", "script.rpy:22"), Texts{});
  EXPECT_EQ(found(stats, "", "script.rpy:99").at(0).substr(0, 40),
            "No statement of the story stands at scri");
  for (const auto* place : {"", "x", "x:", ":3", "x:0", "x:1y", "x:99999999999999999999"})
    EXPECT_FALSE(place_from(place)) << place;
}

TEST(Search, AnswersPageByPage) {
  std::string text = "label start:\n";
  for (int i = 0; i < 6; ++i)
    text += "    menu:\n        \"a\":\n            pass\n        \"b\":\n            pass\n";
  const auto stats = told(text + "label end:\n    return\n");
  const auto all = found(stats, "end", "");
  ASSERT_EQ(all.size(), 64u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 64u);
  Texts pages;
  for (std::size_t offset = 0; offset < 70; offset += 10) {
    const auto page = found(stats, "end", "", offset, 10);
    pages.insert(pages.end(), page.begin(), page.end());
  }
  EXPECT_EQ(pages, all);
}

TEST(Search, GoesAroundALoopOnceAtMost) {
  EXPECT_EQ(found(told("label start:\n    menu:\n        \"again\":\n            jump start\n        "
                       "\"out\":\n            jump b\n"
                       "label b:\n    return\n"),
                  "b", ""),
            (Texts{"out > return", "again out > return"}));
  // A story that never ends still leads to its lines.
  EXPECT_EQ(found(told("label start:\n    menu:\n        \"a\":\n            jump start\n        \"b\":\n    "
                       "        \"x\"\n            jump start\n"),
                  "", "script.rpy:6")
                .at(0),
            "b > here");
}

/// Random stories of menus that only lead on: every route walked one by one.
TEST(Search, AgreesWithWalkingEveryRoute) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    const int labels = 3 + static_cast<int>(random() % 5);
    std::vector<std::vector<int>> leads(static_cast<std::size_t>(labels));
    std::string text = "label start:\n    jump l0\n";
    for (int i = 0; i < labels; ++i) {
      text += "label l" + std::to_string(i) + ":\n    menu:\n";
      for (auto n = 1 + random() % 3; n > 0; --n) {
        const int next = i + 1 + static_cast<int>(random() % 2);
        leads[static_cast<std::size_t>(i)].push_back(next);
        text += "        \"" + std::to_string(i) + std::to_string(n) + std::to_string(next) +
                "\":\n            " + (next < labels ? "jump l" + std::to_string(next) : "return") + "\n";
      }
    }
    const auto a = static_cast<int>(random() % static_cast<unsigned>(labels));
    const auto b = a + static_cast<int>(random() % static_cast<unsigned>(labels - a));
    std::vector<std::size_t> wanted;  // choices on each route through both
    const std::function<void(int, std::size_t, bool, bool)> walk = [&](int at, std::size_t length, bool met_a,
                                                                       bool met_b) {
      if (at >= labels) {
        if (met_a && met_b) wanted.push_back(length);
        return;
      }
      met_a = met_a || at == a;
      met_b = met_b || (met_a && at == b);
      for (const int next : leads[static_cast<std::size_t>(at)]) walk(next, length + 1, met_a, met_b);
    };
    walk(0, 0, false, false);
    std::ranges::sort(wanted);
    const auto routes = found(told(text), "l" + std::to_string(a) + ",l" + std::to_string(b), "");
    std::vector<std::size_t> lengths;
    for (const auto& route : routes)
      lengths.push_back(static_cast<std::size_t>(std::ranges::count(route, ' ')) - 1);
    EXPECT_EQ(lengths, wanted) << text << a << " " << b;
    EXPECT_EQ(std::set<std::string>(routes.begin(), routes.end()).size(), routes.size());
  }
}

TEST(Requirements, AreWhatEveryPathHas) {
  const auto stats = told(kWay);
  const auto open = requirements(stats, {"script.rpy", 9});
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_TRUE(open->reachable);
  ASSERT_EQ(open->choices.size(), 1u);
  EXPECT_EQ(open->choices[0].text, "cellar") << "who goes to the attic never comes by";
  ASSERT_EQ(open->conditions.size(), 1u);
  EXPECT_EQ(open->conditions[0].text, "key");
  ASSERT_EQ(open->needs.size(), 1u);
  ASSERT_EQ(open->needs[0].setters.size(), 1u);
  EXPECT_EQ(open->needs[0].setters[0].line, 17);
  const auto dust = requirements(stats, {"script.rpy", 22});
  ASSERT_TRUE(dust);
  EXPECT_EQ(dust->choices.at(0).text, "attic");
  const auto begin = requirements(stats, {"script.rpy", 3});
  ASSERT_TRUE(begin);
  EXPECT_TRUE(begin->reachable && begin->choices.empty() && begin->conditions.empty());
}

TEST(Requirements, SayWhatNobodyCanSee) {
  const auto stats = told(
      "default key = False\nlabel start:\n    menu:\n        \"a\" if key:\n            \"b\"\n        "
      "\"c\":\n            pass\n"
      "    return\nlabel lost:\n    \"d\"\n    return\n");
  const auto never = requirements(stats, {"script.rpy", 4});
  ASSERT_TRUE(never);
  EXPECT_FALSE(never->reachable);
  EXPECT_EQ(never->never, "key is always False here");
  EXPECT_EQ(requirements(stats, {"script.rpy", 10})->never, "nothing leads here");
}

}  // namespace
}  // namespace bpyd::analysis
