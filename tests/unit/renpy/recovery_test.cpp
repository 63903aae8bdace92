// SPDX-License-Identifier: MIT
// One broken statement costs that statement: each fault shown firing, and its mended twin silent.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "script.hpp"

namespace bpyd::renpy {
namespace {

using Texts = std::vector<std::string>;

struct Case {
  const char* broken;
  Texts faults;
  const char* mended;
};

TEST(Recovery, SaysWhatIsBrokenAndNothingOfWhatIsNot) {
  const std::vector<Case> cases = {
      {"jump\n", {"1:syntax"}, "jump a\n"},
      {"jump a b\n", {"1:syntax"}, "jump a\n"},
      {"jump a:\n    pass\n", {"2:syntax"}, "jump a\npass\n"},
      {"call\n", {"1:syntax"}, "call a\n"},
      {"call a from\n", {"1:syntax"}, "call a from b\n"},
      {"label:\n    pass\n", {"1:syntax"}, "label a:\n    pass\n"},
      {"label .a:\n    pass\n", {"1:syntax"}, "label b:\n    pass\nlabel .a:\n    pass\n"},
      {"label b:\n    pass\nlabel c.a:\n    pass\n",
       {"3:syntax"},
       "label c:\n    pass\nlabel c.a:\n    pass\n"},
      {"label a\n    pass\n", {"1:missing-colon"}, "label a:\n    pass\n"},
      {"if x\n    pass\n", {"1:missing-colon"}, "if x:\n    pass\n"},
      {"if x:\n    pass\nelse\n    pass\n", {"3:missing-colon"}, "if x:\n    pass\nelse:\n    pass\n"},
      {"if :\n    pass\n", {"1:syntax"}, "if 1:\n    pass\n"},
      {"else:\n    pass\n", {"1:syntax"}, "if x:\n    pass\nelse:\n    pass\n"},
      {"while\n", {"1:syntax"}, "while x:\n    pass\n"},
      {"menu:\n    \"a\"\n", {"1:empty-menu"}, "menu:\n    \"a\":\n        pass\n"},
      {"menu:\n    a\n    \"b\":\n        pass\n",
       {"2:syntax"},
       "menu:\n    \"a\"\n    \"b\":\n        pass\n"},
      {"menu:\n    \"b\"\n        pass\n", {"2:missing-colon"}, "menu:\n    \"b\":\n        pass\n"},
      {"return\n    pass\n", {"2:syntax"}, "return\npass\n"},
      {"\"a\"\n    \"b\"\n", {"2:syntax"}, "\"a\"\n\"b\"\n"},
      {"e \"a\" \"b\"\n", {"1:syntax"}, "e \"a\"\n"},
      {"foo\n", {"1:syntax"}, "foo \"x\"\n"},
      {"foo bar:\n    \"x\"\n", {"1:unknown-statement"}, "screen bar:\n    text \"x\"\n"},
      {"foo one \"x\":\n    \"y\"\n", {"1:unknown-statement"}, "foo one \"x\"\n"},
      {"x = 1\n", {"1:syntax"}, "$ x = 1\n"},
      {"$\n", {"1:syntax"}, "$ x\n"},
      {"define x\n", {"1:syntax"}, "define x = 1\n"},
      {"default = 1\n", {"1:syntax"}, "default x = 1\n"},
      {"image = 1\n", {"1:syntax"}, "image a = 1\n"},
      {"show\n", {"1:syntax"}, "show a\n"},
      {"show a at\n", {"1:syntax"}, "show a at b\n"},
      {"with\n", {"1:syntax"}, "with None\n"},
      {"translate french strings:\n    old \"a\"\n    old \"b\"\n    new \"c\"\n",
       {"3:syntax"},
       "translate french strings:\n    old \"a\"\n    new \"c\"\n"},
      {"translate french strings:\n    old \"a\"\n    new \"b\"\n    old \"c\"\n",
       {"4:syntax"},
       "translate french strings:\n    old \"a\"\n    new \"b\"\n"},
      {"translate french strings:\n    old \"a\"\n    new \"\"b\n    old \"c\"\n    new d\n",
       {"3:syntax", "5:syntax"},
       "translate french strings:\n    old \"a\"\n    new \"\" f\"b\" * 2 if 1 else \"\"\"say \"c\" "
       "now\"\"\"\n"},
      {"python:\n", {"1:syntax"}, "python:\n    pass\n"},
      {"screen\n", {"1:syntax"}, "screen a:\n    pass\n"},
      {"nvl \"x\"\n", {"1:unknown-statement"}, "nvl clear\n"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(faults(*parsed(one.broken)), one.faults) << one.broken;
    EXPECT_EQ(faults(*parsed(one.mended)), Texts{}) << one.mended;
    // Whatever is broken, the label after it is there.
    const auto file = parsed(std::string(one.broken) + "label after_it:\n    pass\n");
    const auto labels = all<LabelNode>(*file);
    ASSERT_FALSE(labels.empty()) << one.broken;
    EXPECT_EQ(labels.back().name, "after_it") << one.broken;
  }
}

TEST(Recovery, PointsAtTheColumn) {
  const auto file = parsed("label a:\n    jump b c\n    show 日本 at\n");
  ASSERT_EQ(file->diagnostics.size(), 2u);
  EXPECT_EQ(file->diagnostics[0].column, 12u);
  EXPECT_EQ(file->diagnostics[1].line, 3u);
  EXPECT_EQ(file->diagnostics[1].column, 15u);
}

TEST(Recovery, KeepsTheBlockOfAStatementThatOnlyLacksItsColon) {
  const auto file = parsed("label a\n    menu\n        \"x\"\n            jump a\n");
  EXPECT_EQ(outline(*file), "Label 1, Menu 2, Jump 4");
  EXPECT_EQ(faults(*file), (Texts{"1:missing-colon", "2:missing-colon", "3:missing-colon"}));
}

TEST(Recovery, LosesOnlyTheBrokenBranch) {
  const auto file =
      parsed("if x:\n    jump a\nelif y z w:\n    jump b\nelif :\n    jump c\nelse:\n    jump d\n");
  const auto branch = all<IfNode>(*file).at(0);
  EXPECT_EQ(branch.entries.size(), 3u) << "`y z w` is for Python to refuse, the empty test for us";
  EXPECT_EQ(faults(*file), (Texts{"5:syntax"}));
}

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string out;
  out.reserve(bytes + piece.size());
  while (out.size() < bytes) out += piece;
  return out;
}

// Under the sanitizers everything takes some ten times as long as in a release.
constexpr double kPatience = 20;

TEST(Limits, DeepNestingEndsQuickly) {
  std::string text;
  for (int depth = 0; depth < 10000; ++depth)
    text.append(static_cast<std::size_t>(depth), ' ').append("if x:\n");
  text.append(10000, ' ').append("pass\nlabel after_it:\n    pass\n");
  EXPECT_LT(seconds([&] {
              const auto file = parsed(text);
              EXPECT_EQ(all<LabelNode>(*file).size(), 1u);
              ASSERT_FALSE(file->diagnostics.empty());
              EXPECT_STREQ(file->diagnostics[0].id, "too-deep");
            }),
            kPatience);
  EXPECT_EQ(faults(*parsed("if x:\n if x:\n  if x:\n   pass\n")), Texts{});
}

TEST(Limits, HostileTextEndsQuickly) {
  const std::vector<std::pair<const char*, std::string>> texts = {
      {"brackets", repeated("(", 5'000'000)},
      {"closing brackets", repeated(")", 1'000'000)},
      {"quotes", repeated("\"", 1'000'000)},
      {"quotes on lines", repeated("\"a\n", 1'000'000)},
      {"escaped quotes on lines", repeated("\\\"\n", 1'000'000)},
      {"mixed quotes", repeated("\"'`\n", 1'000'000)},
      {"triple quotes", repeated("\"\"\"\n", 1'000'000)},
      {"open brackets on lines", repeated("jump (\n", 1'000'000)},
      {"broken lines", repeated("a\n", 1'000'000)},
      {"calls in calls", "$ " + repeated("Jump(", 1'000'000)},
      {"chained assignments", "$ " + repeated("a=", 1'000'000)},
      {"elifs", "if x:\n    pass\n" + repeated("elif x:\n    pass\n", 1'000'000)},
      {"choices", "menu:\n" + repeated("    \"a\":\n        pass\n", 1'000'000)},
      {"labels", repeated("label a:\n", 1'000'000)},
      {"private names", "\"" + repeated("[__a]", 1'000'000) + "\"\n"},
      {"words", repeated("__a ", 1'000'000)},
      {"tabs", repeated("\t\n", 1'000'000)},
      {"backslashes", repeated("\\\n", 1'000'000)},
      {"nul bytes", std::string(5'000'000, '\0')},
      {"bytes that are not UTF-8", repeated("\xFF\xFE", 1'000'000)},
  };
  for (const auto& [name, text] : texts) EXPECT_LT(seconds([&] { parsed(text); }), kPatience) << name;
}

TEST(Limits, FiftyMegabytesInOneLineEndQuickly) {
  EXPECT_LT(seconds([] { parsed("label start:\n    \"" + std::string(50'000'000, 'x') + "\"\n"); }),
            kPatience);
  EXPECT_LT(seconds([] { parsed(std::string(50'000'000, ' ')); }), kPatience);
}

TEST(Limits, KeepsAtMostTwoHundredFaultsOfAFile) {
  EXPECT_EQ(parsed(repeated("a\n", 10'000))->diagnostics.size(), 200u);
}

}  // namespace
}  // namespace bpyd::renpy
