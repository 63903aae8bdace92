// SPDX-License-Identifier: MIT
// The map: nothing lies on anything else, and a save moves as little as can be.
#include "bpyd/analysis/map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "told.hpp"

namespace bpyd::analysis {
namespace {

using Scripts = std::map<std::string, std::string>;

Stats2 stats_of(const Scripts& scripts) {
  Analyzer analyzer;
  std::vector<std::pair<std::string, std::string>> files(scripts.begin(), scripts.end());
  return analyzer.analyze(sources(files));
}

const MapLabel& card(const StoryMap& map, const std::string& name) {
  const auto found = std::ranges::find(map.labels, name, &MapLabel::name);
  if (found == map.labels.end()) throw std::runtime_error("no card " + name);
  return *found;
}

/// "a>b a[To the lake]>c"
std::string ways(const StoryMap& map) {
  std::string out;
  for (const auto& edge : map.edges) {
    const auto& from = map.labels[static_cast<std::size_t>(edge.from)];
    out += (out.empty() ? "" : " ") + from.name;
    if (edge.pin >= 0) out += "[" + from.pins.at(static_cast<std::size_t>(edge.pin)).text + "]";
    out += ">" + map.labels[static_cast<std::size_t>(edge.to)].name + ":" + edge.kind;
  }
  return out;
}

/// Something of everything that moves cards about.
std::string random_script(std::mt19937& random, const std::string& prefix, int labels, int others) {
  std::string out;
  const auto any = [&] { return prefix + std::to_string(random() % static_cast<unsigned>(labels + others)); };
  for (int i = 0; i < labels; ++i) {
    out += "label " + prefix + std::to_string(i) + ":\n";
    for (auto n = random() % 4; n > 0; --n) out += "    \"One two three four five six seven eight nine.\"\n";
    if (random() % 3 == 0) {
      out += "    menu:\n";
      for (auto n = random() % 4 + 1; n > 0; --n) {
        out += "        \"" + std::string(random() % 90 + 1, 'x') + "\":\n            jump " + any() + "\n";
      }
    }
    if (random() % 4 == 0) out += "    call " + any() + "\n";
    out += random() % 2 == 0 ? "    jump " + any() + "\n" : random() % 2 == 0 ? "    return\n" : "    pass\n";
  }
  return out;
}

Scripts random_story(std::mt19937& random) {
  Scripts out;
  const auto files = random() % 8 + 1;
  for (unsigned f = 0; f < files; ++f) {
    const std::string name(1, static_cast<char>('a' + f));
    out["game/" + name + ".rpy"] = random_script(random, name, static_cast<int>(random() % 40) + 1, 2);
  }
  return out;
}

template <class A, class B>
bool overlap(const A& a, const B& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

void expect_apart(const StoryMap& map) {
  for (std::size_t i = 0; i < map.labels.size(); ++i) {
    const auto& a = map.labels[i];
    EXPECT_TRUE(a.x >= 0 && a.y >= 0 && a.x + a.width <= map.width && a.y + a.height <= map.height) << a.name;
    for (std::size_t k = i + 1; k < map.labels.size(); ++k)
      EXPECT_FALSE(overlap(a, map.labels[k])) << a.name << " and " << map.labels[k].name;
  }
  for (std::size_t i = 0; i < map.files.size(); ++i) {
    for (std::size_t k = i + 1; k < map.files.size(); ++k)
      EXPECT_FALSE(overlap(map.files[i], map.files[k])) << map.files[i].file << " and " << map.files[k].file;
    for (const auto& label : map.labels) {
      const auto file = label.kind == "cut" ? std::string() : label.file;
      if (file == map.files[i].file && label.kind != "planned") {
        EXPECT_GE(label.x, map.files[i].x);
        EXPECT_GE(label.y, map.files[i].y + 44) << "the title's";
        EXPECT_LE(label.x + label.width, map.files[i].x + map.files[i].width);
        EXPECT_LE(label.y + label.height, map.files[i].y + map.files[i].height);
      } else if (label.kind != "planned") {
        EXPECT_FALSE(overlap(label, map.files[i])) << label.name << " on " << map.files[i].file;
      }
    }
  }
}

/// Where each label is: "name x y".
std::vector<std::string> places(const StoryMap& map, const std::string& but_of = "-") {
  std::vector<std::string> out;
  for (const auto& label : map.labels) {
    if (label.file != but_of && label.kind != "planned")
      out.push_back(label.name + " " + std::to_string(label.x) + " " + std::to_string(label.y));
  }
  return out;
}

TEST(Map, HasACardForEachLabelWithItsChoices) {
  const auto map = lay_out(told(kStory));
  EXPECT_EQ(map.level, "labels");
  ASSERT_EQ(map.labels.size(), 4u);
  const auto& start = card(map, "start");
  EXPECT_EQ(start.kind, "label");
  EXPECT_EQ(start.text, "Shall we go?");
  EXPECT_TRUE(start.entry);
  EXPECT_TRUE(start.reachable);
  EXPECT_EQ(start.height, 34 + 18);
  const auto& ask = card(map, "ask");
  EXPECT_EQ(ask.kind, "menu");
  ASSERT_EQ(ask.pins.size(), 3u);
  EXPECT_EQ(ask.pins[0].text, "To the lake");
  EXPECT_EQ(ask.pins[1].condition, "points < 3");
  EXPECT_EQ(ask.pins[1].y, ask.pins[0].y + 26);
  EXPECT_EQ(ask.height, ask.pins[2].y + 26);
  EXPECT_EQ(ways(map),
            "start>ask:falls_through ask[To the lake]>lake:choice ask[Ask again]>ask:choice lake>swim:call");
  EXPECT_EQ(map.files.size(), 1u);
  EXPECT_EQ(map.files[0].labels, 4);
}

TEST(Map, LaysNothingOnAnythingElse) {
  std::mt19937 random(1);
  for (int round = 0; round < 30; ++round) {
    const auto stats = stats_of(random_story(random));
    for (const auto level : {MapLevel::labels, MapLevel::files, MapLevel::chapters})
      expect_apart(lay_out(stats, level));
    if (HasFailure()) FAIL() << "round " << round;
  }
}

TEST(Map, IsTheSameForTheSameStory) {
  std::mt19937 random(2);
  for (int round = 0; round < 10; ++round) {
    const auto stats = stats_of(random_story(random));
    const auto map = lay_out(stats);
    EXPECT_EQ(places(map), places(lay_out(stats)));
    EXPECT_EQ(places(map), places(lay_out(stats, MapLevel::labels, &map)));
  }
}

TEST(Map, MovesNothingInOtherFilesWhenALabelIsAdded) {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    auto scripts = random_story(random);
    const auto before = lay_out(stats_of(scripts));
    auto at = scripts.begin();
    std::advance(at, random() % scripts.size());
    at->second += "label brand_new:\n    \"Hello.\"\n    return\n";
    const auto after = lay_out(stats_of(scripts), MapLevel::labels, &before);
    EXPECT_EQ(places(before, at->first), places(after, at->first)) << "round " << round;
    expect_apart(after);
  }
}

TEST(Map, MovesNothingInOtherFilesWhenWordsChange) {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    auto scripts = random_story(random);
    const auto before = lay_out(stats_of(scripts));
    auto at = scripts.begin();
    std::advance(at, random() % scripts.size());
    if (const auto line = at->second.find("\"One"); line != std::string::npos)
      at->second.insert(line + 1, "Many more words than there were before this line was written anew. ");
    const auto after = lay_out(stats_of(scripts), MapLevel::labels, &before);
    EXPECT_EQ(places(before, at->first), places(after, at->first)) << "round " << round;
    expect_apart(after);
  }
}

// Whatever is written in whatever order: nothing overlaps, and what is undone is where it was.
TEST(Map, SurvivesALongSession) {
  std::mt19937 random(5);
  for (int round = 0; round < 4; ++round) {
    auto scripts = random_story(random);
    auto map = lay_out(stats_of(scripts));
    for (int save = 0; save < 20; ++save) {
      const auto file = "game/" + std::string(1, static_cast<char>('a' + random() % 9)) + ".rpy";
      const auto was = scripts;
      if (random() % 5 == 0)
        scripts.erase(file);
      else if (random() % 3 == 0)
        scripts[file] = random_script(random, file.substr(5, 1), static_cast<int>(random() % 30) + 1, 3);
      else
        scripts[file] += random_script(random, "s" + std::to_string(save) + "_", 2, 2);
      if (scripts.empty()) scripts = was;
      const auto next = lay_out(stats_of(scripts), MapLevel::labels, &map);
      expect_apart(next);
      const auto again = lay_out(stats_of(was), MapLevel::labels, &next);
      expect_apart(again);
      map = next;
      if (HasFailure()) FAIL() << "round " << round << ", save " << save;
    }
  }
}

TEST(Map, UndoesWithTheStory) {
  std::mt19937 random(6);
  for (int round = 0; round < 20; ++round) {
    const auto scripts = random_story(random);
    const auto before = lay_out(stats_of(scripts));
    for (const bool whole_file : {false, true}) {
      auto less = scripts;
      auto at = less.begin();
      std::advance(at, random() % less.size());
      if (whole_file && less.size() == 1) continue;
      if (whole_file)
        less.erase(at);
      else
        at->second = at->second.substr(0, at->second.rfind("label "));
      const auto cut = lay_out(stats_of(less), MapLevel::labels, &before);
      expect_apart(cut);
      EXPECT_EQ(places(before), places(lay_out(stats_of(scripts), MapLevel::labels, &cut))) << round;
    }
  }
}

TEST(Map, KeepsTheOrderOfTheOthersInAChangedFile) {
  const std::string fan =
      "label start:\n    menu:\n        \"1\":\n            jump one\n        \"2\":\n            jump two\n"
      "        \"3\":\n            jump three\n";
  const std::string rest = "label one:\n    return\nlabel two:\n    return\nlabel three:\n    return\n";
  const auto before = lay_out(stats_of({{"game/script.rpy", fan + rest}}));
  const auto after = lay_out(stats_of({{"game/script.rpy", fan + "label first:\n    jump three\n" + rest}}),
                             MapLevel::labels, &before);
  EXPECT_LT(card(after, "one").x, card(after, "two").x);
  EXPECT_LT(card(after, "two").x, card(after, "three").x);
  EXPECT_EQ(card(after, "one").y, card(after, "three").y);
}

TEST(Map, PlansWhatIsNotWrittenYet) {
  const auto map =
      lay_out(told("label start:\n    menu:\n        \"Go {i}now{/i}\":\n            jump later\n"
                   "        \"Stay\":\n            \"x\"\n    jump later\nlabel b:\n    call later\n"
                   "    jump expression x\n"));
  EXPECT_EQ(ways(map), "start[Go now]>later:jump start>later:jump b>later:call");
  const auto& later = card(map, "later");
  EXPECT_EQ(later.kind, "planned");
  EXPECT_EQ(later.line, 4);
  EXPECT_EQ(later.file, "");
  EXPECT_TRUE(later.reachable);
  EXPECT_EQ(map.labels.size(), 3u);
}

TEST(Map, StartsAChoicesWaysAtItsRow) {
  const auto map =
      lay_out(told("label start:\n    menu:\n        \"A\":\n            if x:\n"
                   "                jump one\n            jump two\n        \"B\":\n"
                   "            menu:\n                \"C\":\n                    call one\n"
                   "            jump two\n    jump one\nlabel one:\n    return\nlabel two:\n    return\n"));
  EXPECT_EQ(ways(map),
            "start[A]>two:choice start[A]>one:jump start[B]>two:choice start[C]>one:choice start>one:jump");
}

TEST(Map, WorksForAReportFromAFile) {
  const auto read = stats2_from_json(stats2_to_json(told(kStory)));
  ASSERT_TRUE(read);
  const auto map = lay_out(*read);
  EXPECT_EQ(ways(map), ways(lay_out(told(kStory))));
  EXPECT_EQ(card(map, "start").text, "");
  EXPECT_EQ(card(map, "start").print, 0u);
}

TEST(Map, TellsWhichEndingAllWaysLeadTo) {
  const auto map =
      lay_out(told("label start:\n    menu:\n        \"A\":\n            jump good\n        \"B\":\n"
                   "            jump mid\nlabel mid:\n    call talk\n    jump bad\nlabel talk:\n    return\n"
                   "label good:\n    return\nlabel bad:\n    return\n"));
  ASSERT_EQ(map.endings, (std::vector<std::string>{"good", "bad"}));
  EXPECT_EQ(card(map, "start").route, -1);
  EXPECT_EQ(card(map, "mid").route, 1);
  EXPECT_EQ(card(map, "bad").route, 1);
  EXPECT_EQ(card(map, "good").route, 0);
  EXPECT_EQ(card(map, "talk").route, -1);
  EXPECT_TRUE(card(map, "good").ending);
}

TEST(Map, CountsProblemsUnderTheirLabels) {
  const auto map = lay_out(told("label start:\n    jump nowhere\nlabel lost:\n    return\n"));
  EXPECT_EQ(card(map, "start").problems, 1);
  EXPECT_EQ(card(map, "start").severity, "error");
  EXPECT_EQ(card(map, "lost").severity, "warn") << "nothing leads there";
  EXPECT_EQ(map.files[0].problems, 2);
}

TEST(Map, GathersFilesAndChapters) {
  const auto stats = stats_of({{"game/script.rpy", "label start:\n    jump one\n"},
                               {"game/ch1_a.rpy", "label one:\n    \"a b c\"\n    jump one_b\n"},
                               {"game/ch1_b.rpy", "label one_b:\n    \"d e\"\n    jump two\n"},
                               {"game/two/x.rpy", "label two:\n    return\n"}});
  const auto files = lay_out(stats, MapLevel::files);
  EXPECT_EQ(files.level, "files");
  EXPECT_EQ(files.labels.size(), 4u);
  EXPECT_TRUE(files.files.empty());
  const auto chapters = lay_out(stats, MapLevel::chapters);
  EXPECT_EQ(ways(chapters), "ch1>two:jump script>ch1:jump");
  EXPECT_EQ(card(chapters, "ch1").words, 5);
  EXPECT_TRUE(card(chapters, "script").entry);
  EXPECT_TRUE(card(chapters, "two").ending);
  EXPECT_EQ(card(chapters, "script").route, 0);
}

TEST(Map, SaysWhatCameWhatChangedAndWhatIsGone) {
  const auto then =
      lay_out(told("label start:\n    \"Hello.\"\n    jump old\nlabel same:\n    \"x\"\n    return\n"
                   "label old:\n    \"o\"\n    jump older\nlabel older:\n    jump same\n"));
  auto now =
      lay_out(told("label fresh:\n    return\nlabel start:\n    \"Hello!\"\n    jump same\n\n\n"
                   "label same:\n    \"x\"\n    return\n"));
  const auto places_now = places(now);
  const auto map = compared(now, then);
  EXPECT_EQ(card(map, "fresh").change, "added");
  EXPECT_EQ(card(map, "start").change, "changed");
  EXPECT_EQ(card(map, "same").change, "") << "its lines only moved";
  EXPECT_EQ(card(map, "old").kind, "cut");
  EXPECT_EQ(ways(map), "start>same:jump start>old:jump old>older:jump older>same:jump");
  auto those = places(map);
  those.resize(places_now.size());
  EXPECT_EQ(those, places_now) << "nothing of now moves";
  EXPECT_EQ(map.files.back().file, "");
  EXPECT_EQ(map.files.back().labels, 2);
  expect_apart(map);
  for (const auto& label : compared(now, now).labels) EXPECT_EQ(label.change, "");
}

TEST(Map, MarksALabelThatIsGoneButStillAskedFor) {
  const auto then = lay_out(told("label start:\n    jump b\nlabel b:\n    return\n"));
  const auto now = lay_out(told("label start:\n    jump b\n"));
  const auto map = compared(now, then);
  EXPECT_EQ(card(map, "b").kind, "planned");
  EXPECT_EQ(card(map, "b").change, "cut");
  EXPECT_EQ(card(compared(then, now), "b").change, "added");
  EXPECT_EQ(map.labels.size(), 2u);
}

}  // namespace
}  // namespace bpyd::analysis
