// SPDX-License-Identifier: MIT
// Each check on a script where it must speak, and on its twin where it must not.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <span>

#include "told.hpp"

namespace bpyd::analysis {
namespace {

/// What stands beside the scripts.
const std::vector<std::string> kPictures = {"game/gui/frame.png", "game/images/bg room.png",
                                            "game/images/cg/Eileen Happy Wet@2.PNG", "game/images/Лес.webp"};

/// "file:line severity" of every finding with this id.
std::vector<std::string> found(const std::vector<std::pair<std::string, std::string>>& files,
                               const std::string& id,
                               std::optional<std::span<const std::string>> pictures = kPictures) {
  std::vector<std::string> out;
  Analyzer analyzer;
  for (const auto& what : analyzer.analyze(sources(files), pictures).diagnostics) {
    if (what.id == id)
      out.push_back(what.file.substr(5) + ":" + std::to_string(what.line) + " " + what.severity);
  }
  return out;
}

std::vector<std::string> found(const std::string& script, const std::string& id) {
  return found({{"game/s.rpy", script}}, id);
}

using Places = std::vector<std::string>;

struct Twin {
  const char* id;
  const char* fires;
  const char* place;
  const char* silent;
};

const Twin kTwins[] = {
    {"unreachable-label", "label start:\n    return\nlabel c:\n    return\n", "s.rpy:3 warn",
     "label start:\n    call c\n    return\nlabel c:\n    return\n"},
    {"unreachable-label", "label start:\n    call expression f()\n    return\nlabel c:\n    return\n",
     "s.rpy:4 info", "label start:\n    call expression f()\n    return\n"},
    // Only set after it was asked for.
    {"choice-never-shown",
     "default key = False\nlabel start:\n    menu:\n        \"a\" if key:\n            pass\n        "
     "\"b\":\n            "
     "pass\n    $ key = True\n    return\n",
     "s.rpy:4 warn",
     "default key = False\nlabel start:\n    menu:\n        \"a\" if key:\n            pass\n        "
     "\"b\":\n            "
     "$ key = True\n            jump start\n    return\n"},
    {"branch-never-taken",
     "default n = 0\nlabel start:\n    while n < 3:\n        $ n += 1\n    if n > 3:\n        pass\n    "
     "return\n",
     "s.rpy:5 info",
     "default n = 0\nlabel start:\n    while n < 3:\n        $ n += 2\n    if n > 3:\n        pass\n    "
     "return\n"},
    {"branch-never-taken",
     "default a = \"x\"\nlabel start:\n    call f\n    if a == \"z\":\n        pass\n    return\nlabel f:\n  "
     "  $ a = \"y\"\n    return\n",
     "s.rpy:4 info",
     "default a = \"x\"\nlabel start:\n    call f\n    if a == \"y\":\n        pass\n    return\nlabel f:\n  "
     "  $ a = \"y\"\n    return\n"},
    // What screens, functions and labels of the engine set may happen at any time.
    {"branch-never-taken", "default a = 1\nlabel start:\n    if a == 2:\n        pass\n    return\n",
     "s.rpy:3 info",
     "default a = 1\nlabel start:\n    if a == 2:\n        pass\n    return\nscreen s:\n    textbutton \"x\" "
     "action SetVariable(\"a\", 2)\n"},
    {"branch-never-taken", "default a = 1\nlabel start:\n    if a == 2:\n        pass\n    return\n",
     "s.rpy:3 info",
     "default a = 1\nlabel start:\n    if a == 2:\n        pass\n    return\ninit python:\n    def f():\n    "
     "    store.a = 2\n"},
    {"branch-never-taken", "default a = 1\nlabel start:\n    if a == 2:\n        pass\n    return\n",
     "s.rpy:3 info",
     "default a = 1\nlabel start:\n    if a == 2:\n        pass\n    return\nlabel after_load:\n    $ a = "
     "2\n    return\n"},
    {"branch-never-taken",
     "default persistent.a = 1\nlabel start:\n    if persistent.a == 2:\n        pass\n    return\n",
     "s.rpy:3 info",
     "default persistent.a = 1\nlabel start:\n    if persistent.a == 2:\n        pass\n    $ persistent.a = "
     "2\n    return\n"},
    {"branch-never-taken",
     "default a = 1\nlabel start:\n    if a == 1:\n        pass\n    else:\n        \"never\"\n    return\n",
     "s.rpy:5 info",
     "default a = 1\nlabel start:\n    if a == 1 and luck:\n        pass\n    else:\n        \"perhaps\"\n   "
     " return\n"},
    {"unreachable-statement", "label start:\n    return\n    \"never\"\n    \"said\"\n", "s.rpy:3 warn",
     "label start:\n    \"said\"\n    return\n"},
    {"unreachable-statement",
     "label start:\n    if x:\n        return\n        \"never\"\n    return\ndefault x = 1\n",
     "s.rpy:4 warn", "label start:\n    jump b\n    return\nlabel b:\n    return\ninit python:\n    y = 1\n"},
    {"choice-never-shown",
     "label start:\n    menu:\n        \"a\" if False:\n            pass\n        \"b\":\n            pass\n "
     "   return\n",
     "s.rpy:3 warn",
     "default x = 1\nlabel start:\n    menu:\n        \"a\" if x:\n            pass\n        \"b\":\n        "
     "    pass\n    return\n"},
    {"choice-never-shown",
     "default key = False\nlabel start:\n    menu:\n        \"a\" if key:\n            pass\n        "
     "\"b\":\n            pass\n    return\n",
     "s.rpy:4 warn",
     "default key = False\nlabel start:\n    menu:\n        \"a\" if key:\n            pass\n        "
     "\"b\":\n            $ setattr(store, \"key\", True)\n    return\n"},
    {"branch-never-taken", "default points = 2\nlabel start:\n    if points > 3:\n        pass\n    return\n",
     "s.rpy:3 info",
     "default points = 2\nlabel start:\n    $ points += 3\n    if points > 3:\n        pass\n    return\n"},
    {"menu-can-be-empty",
     "default x = 1\nlabel start:\n    menu:\n        \"a\" if x:\n            pass\n    return\n",
     "s.rpy:3 info",
     "default x = 1\nlabel start:\n    menu:\n        \"a\" if x:\n            pass\n        \"b\":\n        "
     "    pass\n    return\n"},
    {"falls-off-file", "\nlabel start:\n    \"the end?\"\n", "s.rpy:2 warn",
     "label start:\n    call b from c\n    return\nlabel b:\n    \"comes back\"\n"},
    {"return-ends-game", "label start:\n    call b from c\n    jump b\nlabel b:\n    return\n",
     "s.rpy:5 warn", "label start:\n    call b from c\n    return\nlabel b:\n    return\n"},
    {"call-without-from", "label start:\n    call b\n    call b from c\n    return\nlabel b:\n    return\n",
     "s.rpy:2 info", "label start:\n    call b from c\n    return\nlabel b:\n    return\n"},
    {"endless-loop", "label start:\n    \"again\"\n    jump start\n", "s.rpy:1 warn",
     "label start:\n    $ renpy.pause(1)\n    call screen map\n    jump start\n"},
    {"endless-loop",
     "label start:\n    menu:\n        \"a\":\n            jump start\n        \"b\":\n            jump "
     "start\n",
     "s.rpy:2 warn",
     "label start:\n    menu:\n        \"a\":\n            jump start\n        \"b\":\n            return\n"},
    {"undefined-character", "label start:\n    e \"hello\"\n    e \"again\"\n    return\n", "s.rpy:2 error",
     "define e = Character(\"E\")\nlabel start(f):\n    e \"hello\"\n    f \"I am\"\n    extend \" more\"\n  "
     "  \"Bob\" \"hi\"\n    return\n"},
    {"undefined-variable", "label start:\n    if points > 3:\n        pass\n    return\n", "s.rpy:2 warn",
     "default points = 0\nlabel start(*args):\n    if args or points > 3 and len(\"pints\") == 5 and "
     "_return.x is None and "
     "renpy.seen_label(\"b\"):\n        pass\n    python:\n        for a, (b, *c) in d:\n            pass\n  "
     "  if a or b or c:\n        pass\n    return\n"},
    {"unused-variable", "default spare = 1\nlabel start:\n    return\n", "s.rpy:1 info",
     "default spare = 1\ndefine config.name = \"x\"\ndefine narrator = None\nlabel start:\n    \"[spare]\"\n "
     "   return\n"},
    {"unused-variable",
     "default spare = 1\ndefine e = Character(\"E\")\nlabel start:\n    e \"A spare \\\"key\\\", spare!\"\n  "
     "  "
     "e \"spare\"\n    menu:\n        \"spare = 1\":\n            pass\n    return\n",
     "s.rpy:1 info",
     "default spare = 1\ndefine e = Character(\"E\")\nlabel start:\n    e \"A \\\"key\\\": [[no], "
     "[spare!t]\"\n    "
     "return\n"},
    {"unused-variable",
     "default spare = 1\nlabel start:\n    \"\"\"One spare.\n\n    Two.\"\"\"\n    return\n", "s.rpy:1 info",
     "default spare = 1\nlabel start:\n    \"{size=[spare]}A\"\n    menu:\n        \"a\" if spare:\n         "
     "   "
     "pass\n    return\n"},
    {"unused-variable", "default spare = 1\nlabel start:\n    \"spare {i}spare{/i}\"\n    return\n",
     "s.rpy:1 info", "default spare = 1\nlabel start:\n    \"%(spare)s\"\n    return\n"},
    {"variable-never-read", "default points = 1\nlabel start:\n    $ points += 1\n    return\n",
     "s.rpy:1 info",
     "default points = 1\nlabel start:\n    $ points += 1\n    if points:\n        pass\n    return\n"},
    {"dead-translation",
     "label start:\n    \"Hello\"\n    return\ntranslate french start_00000000:\n    \"Salut\"\n",
     "s.rpy:4 warn",
     "label start:\n    \"Hello\" id hello\n    return\ntranslate french hello:\n    \"Salut\"\n"},
    {"missing-translation",
     "label start:\n    \"Hello\" id hello\n    \"Bye\"\n    return\ntranslate french hello:\n    "
     "\"Salut\"\n",
     "s.rpy:3 info",
     "label start:\n    \"Hello\" id hello\n    return\ntranslate french hello:\n    \"Salut\"\n"},
    {"undefined-image",
     "label start:\n    show eileen hapy\n    show eileen hapy\n    scene bg room\n    return\n",
     "s.rpy:2 warn",
     "label start:\n    scene black\n    show eileen wet -happy at left\n    show eileen as e\n    show text "
     "\"a\"\n    show expression pick()\n    "
     "show лес\n    scene\n    show layer master\n    return\n"},
    {"undefined-image", "image mary = \"m.png\"\nlabel start:\n    show mary sad\n    return\n",
     "s.rpy:3 warn",
     "image mary:\n    \"m.png\"\n    pause 1\nimage day = ConditionSwitch(\"d\", \"bg room\")\nlabel "
     "start:\n    show mary\n    show day late\n    return\n"},
    {"undefined-image",
     "image mary sad = \"m.png\"\nimage mary cold = \"m.png\"\nlabel start:\n    show mary sad cold\n    "
     "return\n",
     "s.rpy:4 warn",
     "layeredimage mary dressed:\n    attribute sad:\n        \"a.png\"\nimage jo = Live2D(\"jo\")\nlabel "
     "start:\n    show mary sad\n    show jo any\n    return\n"},
    {"undefined-image",
     "init python:\n    renpy.image(\"mary\", \"m.png\")\n    # renpy.image(name, file)\nlabel start:\n    "
     "show john\n    return\n",
     "s.rpy:5 warn",
     "init python:\n    renpy.image(\"john\", \"m.png\")\n    for i in a:\n        renpy.image(\"mary %s\" % "
     "i, i)\n        renpy.image((\"jo\", i), i)\nlabel "
     "start:\n    show john\n    show mary sad\n    show jo sad\n    return\n"},
    {"undefined-image",
     "init python:\n    config.searchpath.append(\"fonts\")\nlabel start:\n    show john\n    return\n",
     "s.rpy:4 warn",
     "init python:\n    for name in a:\n        renpy.image(name, name)\nlabel start:\n    show john\n    "
     "return\n"},
    {"undefined-image", "label start:\n    show john\n    return\n", "s.rpy:2 warn",
     "define config.adjust_attributes[\"john\"] = f\nlabel start:\n    show john\n    return\n"},
    // A menu in which nothing can be picked, whatever each of its conditions asks for.
    {"dead-end",
     "default key = False\nlabel start:\n    menu:\n        \"a\" if key:\n            pass\n        \"b\" "
     "if False:\n            pass\n    return\n",
     "s.rpy:3 warn",
     "default key = False\nlabel start:\n    menu:\n        \"a\" if key:\n            pass\n        \"b\" "
     "if luck:\n            pass\n    return\n"},
    {"dead-end",
     "label start:\n    menu:\n        \"What?\"\n        \"a\" if False:\n            pass\n    return\n",
     "s.rpy:2 warn",
     "label start:\n    menu:\n        \"a\" if False:\n            pass\n        \"b\":\n            pass\n "
     "   return\n"},
    {"menu-can-be-empty", "label start:\n    menu:\n        \"a\" if key:\n            pass\n    return\n",
     "s.rpy:2 info", "label start:\n    menu:\n        \"a\" if False:\n            pass\n    return\n"},
};

TEST(Checks, SpeakWhereTheyMustAndNowhereElse) {
  for (const auto& twin : kTwins) {
    EXPECT_EQ(found(twin.fires, twin.id), Places{twin.place}) << twin.id << "\n" << twin.fires;
    EXPECT_EQ(found(twin.silent, twin.id), Places{}) << twin.id << "\n" << twin.silent;
  }
}

// Without the names of its pictures a game's images cannot be judged.
TEST(Checks, AreSilentAboutImagesThatMayBeAnywhere) {
  const std::vector<std::pair<std::string, std::string>> story = {
      {"game/s.rpy", "label start:\n    show john\n    return\n"}};
  const auto with = [&](std::vector<std::string> pictures) {
    return found(story, "undefined-image", pictures);
  };
  EXPECT_EQ(with({"game/images/a.png"}).size(), 1u);
  EXPECT_EQ(found(story, "undefined-image", std::nullopt), Places{});
  EXPECT_EQ(with({}), Places{}) << "no pictures here at all";
  EXPECT_EQ(with({"game/gui/a.png"}), Places{}) << "only the interface's";
  EXPECT_EQ(with({"game/images/a.png", "game/images.rpa"}), Places{}) << "an archive may hold it";
  EXPECT_EQ(with({"game/images/a.png", "game/old.rpyc"}), Places{}) << "so may a script without its source";
  EXPECT_EQ(with({"game/images/a.png", "game/elsewhere/"}), Places{})
      << "and a folder that was not looked into";
}

// Only letters that have a small form change: three bytes of a name are not taken for two and two.
TEST(Checks, FindAnImageByANameInAnyScript) {
  const std::vector<std::pair<std::string, std::string>> story = {{"game/s.rpy", "label start:\n    show 森あ\n    return\n"}};
  EXPECT_EQ(found(story, "undefined-image", std::vector<std::string>{"game/images/森あ.png"}), Places{});
  EXPECT_EQ(found(story, "undefined-image", std::vector<std::string>{"game/images/森い.png"}).size(), 1u);
}

/// Two endings with so many words each behind ten in common.
std::string with_routes(int a, int b) {
  const auto lines = [](int words) {
    std::string out;
    for (int i = 0; i < words / 10; ++i) out += "    \"one two three four five six seven eight nine ten\"\n";
    return out;
  };
  return "label start:\n" + lines(10) +
         "    menu:\n        \"a\":\n            jump a\n        \"b\":\n            jump b\nlabel a:\n    "
         "call told\n" +
         lines(a) + "    return\nlabel b:\n" + lines(b) + "    return\nlabel told:\n    return\n";
}

TEST(Checks, RoutesMayDifferInLengthButNotByMuch) {
  EXPECT_EQ(found(with_routes(590, 190), "route-length"), Places{}) << "600 and 200 words: three times";
  EXPECT_EQ(found(with_routes(590, 180), "route-length"), Places{}) << "a way of 190 words is none yet";
  Analyzer analyzer;
  const auto said = [&](const std::string& story) {
    const auto stats = analyzer.analyze(sources({{"game/s.rpy", story}}));
    const auto what = std::ranges::find(stats.diagnostics, "route-length", &Diagnostic::id);
    if (what == stats.diagnostics.end()) return std::string();
    EXPECT_EQ(stats.paths.tell(0).words + stats.paths.tell(1).words, 820);
    return std::to_string(what->line) + " " + what->severity + " " + what->message;
  };
  EXPECT_EQ(said(with_routes(600, 200)), "");
  // The same plan, other words.
  EXPECT_EQ(said(with_routes(590, 190)), "");
  EXPECT_EQ(said(with_routes(610, 190)), "72 info The way to the ending b has 200 words, that to a 620");
  EXPECT_EQ(said(with_routes(200, 600)), "");
  EXPECT_EQ(said(with_routes(190, 610)), "8 info The way to the ending a has 200 words, that to b 620");
}

TEST(Checks, AnImageThatComesOrGoesIsNoticed) {
  Analyzer analyzer;
  const auto files = sources({{"game/a.rpy", "image mary = \"m.png\"\n"},
                              {"game/s.rpy", "label start:\n    show eileen\n    show mary\n    return\n"}});
  auto changed = files;
  changed[0].text = std::make_shared<const std::string>("image anna = \"m.png\"\n");
  const auto undefined = [&](const std::vector<SourceFile>& now, const std::vector<std::string>& pictures) {
    const auto stats = analyzer.analyze(now, pictures);
    return std::ranges::count(stats.diagnostics, "undefined-image", &Diagnostic::id);
  };
  EXPECT_EQ(undefined(files, kPictures), 0);
  EXPECT_EQ(undefined(changed, kPictures), 1);
  EXPECT_EQ(undefined(changed, {"game/images/bg room.png"}), 2);
  EXPECT_EQ(undefined(files, kPictures), 0);
}

TEST(Checks, AnImageIsGuessedWhenSpelledAlike) {
  const auto suggested = [](const std::string& shown) {
    Analyzer analyzer;
    const auto stats =
        analyzer.analyze(sources({{"game/s.rpy", "image mary_sad = \"m.png\"\nlabel start:\n    show " +
                                                     shown + "\n    return\n"}}),
                         kPictures);
    const auto what = std::ranges::find(stats.diagnostics, "undefined-image", &Diagnostic::id);
    return what == stats.diagnostics.end() ? std::string("defined") : what->suggestion;
  };
  EXPECT_NE(suggested("eileen hapy").find("did you mean eileen happy?"), std::string::npos)
      << suggested("eileen hapy");
  EXPECT_NE(suggested("Eileen happy").find("did you mean eileen happy?"), std::string::npos)
      << suggested("Eileen happy");
  EXPECT_NE(suggested("mary sad").find("did you mean mary_sad?"), std::string::npos) << suggested("mary sad");
  EXPECT_EQ(suggested("bg castle").find("did you mean"), std::string::npos) << suggested("bg castle");
}

TEST(Checks, ACharacterIsLookedForInEveryFileAndGuessedWhenSpelledAlike) {
  EXPECT_EQ(found({{"game/a.rpy", "label start:\n    eileen \"hi\"\n    return\n"},
                   {"game/b.rpy", "define eileen = Character(\"E\")\n"}},
                  "undefined-character"),
            Places{});
  const auto stats = told(
      "define eileen = Character(\"E\")\nlabel start:\n    eilen \"hi\"\n    eileen \"hi\"\n    return\n");
  const auto what = std::ranges::find(stats.diagnostics, "undefined-character", &Diagnostic::id);
  ASSERT_NE(what, stats.diagnostics.end());
  EXPECT_NE(what->suggestion.find("did you mean eileen?"), std::string::npos) << what->suggestion;
}

/// docs/checks.md and this table name the same checks.
TEST(Checks, AreTheOnesInDocs) {
  std::ifstream in(BPYD_SOURCE_DIR "/docs/checks.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const auto& twin : kTwins)
    EXPECT_NE(text.find("| `" + std::string(twin.id) + "` |"), std::string::npos) << twin.id;
}

}  // namespace
}  // namespace bpyd::analysis
