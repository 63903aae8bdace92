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
      if (label.file == map.files[i].file) {
        EXPECT_GE(label.x, map.files[i].x);
        EXPECT_GE(label.y, map.files[i].y + 44) << "the title's";
        EXPECT_LE(label.x + label.width, map.files[i].x + map.files[i].width);
        EXPECT_LE(label.y + label.height, map.files[i].y + map.files[i].height);
      } else if (!label.file.empty()) {
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
  for (int round = 0; round < 60; ++round) {
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

}  // namespace
}  // namespace bpyd::analysis
