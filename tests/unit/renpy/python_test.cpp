// SPDX-License-Identifier: MIT
// What is seen in Python code: assignments, methods, calls that move the story.
#include <gtest/gtest.h>

#include <array>
#include <span>

#include "script.hpp"

namespace bpyd::renpy {
namespace {

using Texts = std::vector<std::string>;

/// "name op expression" with "?" (maybe) or "~" (later) before it where it is not sure.
Texts told(std::span<const PythonEffect> effects) {
  static constexpr std::array<const char*, 11> kWhat = {"",     "",     "jump",   "call", "context", "quit",
                                                        "menu", "back", "screen", "show", "module"};
  Texts out;
  for (const auto& effect : effects) {
    std::string text = effect.when == PythonEffect::When::always  ? ""
                       : effect.when == PythonEffect::When::maybe ? "?"
                                                                  : "~";
    const auto what = static_cast<std::size_t>(effect.what);
    if (what >= 2)
      text +=
          std::string(kWhat[what]) + " " + std::string(effect.name.empty() ? effect.expression : effect.name);
    else if (what == 1)
      text += std::string(effect.name) + "." + std::string(effect.op) + "(" + std::string(effect.expression) +
              ")";
    else
      text += std::string(effect.name) + " " + std::string(effect.op) + " " + std::string(effect.expression);
    out.push_back(text);
  }
  return out;
}

Texts effects(const std::string& script) {
  const auto file = parsed(script);
  EXPECT_TRUE(faults(*file).empty()) << script;
  return told(all<PythonNode>(*file).at(0).effects);
}

TEST(Python, SeesAssignmentsInOneLine) {
  struct Row {
    const char* code;
    Texts effects;
  };
  const std::vector<Row> rows = {
      {"x = 1", {"x = 1"}},
      {"x+=1", {"x += 1"}},
      {"x **= y + 1", {"x **= y + 1"}},
      {"x = y = 3", {"x = 3", "y = 3"}},
      {"a, b = 1, 2", {"a = 1, 2", "b = 1, 2"}},
      {"(a, b) = f(x=1)", {"a = f(x=1)", "b = f(x=1)"}},
      {"x: int = 3", {"x = 3"}},
      {"x == 1", {}},
      {"f(x=1)", {}},
      {"x = a == b", {"x = a == b"}},
      {"x = 1; y = 2", {"x = 1", "y = 2"}},
      {"d[\"k\"] = 1", {"d[\"k\"] = 1"}},
      {"persistent.seen = True", {"persistent.seen = True"}},
      {"x = {\"a\": 1}[y]", {"x = {\"a\": 1}[y]"}},
      {"x = \"a = b; c\"", {"x = \"a = b; c\""}},
      {"x = lambda y=1: y", {"x = lambda y=1: y"}},
      {"items.append(\"key\")", {"items.append(\"key\")"}},
      {"a.b.remove(x)", {"a.b.remove(x)"}},
      {"items.append(1).x", {}},
      {"x.sort()", {}},
      {"好感度 += 1", {"好感度 += 1"}},
      {"if x: y = 1", {"?y = 1"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(effects(std::string("$ ") + row.code + "\n"), row.effects) << row.code;
  }
}

TEST(Python, KnowsWhatIsSureWhatMayBeAndWhatIsForLater) {
  EXPECT_EQ(effects("python:\n    a = 1\n    if a:\n        b = 2\n        for c in d:\n            e = 3\n  "
                    "  else:\n        f = 4\n    g = 5\n"),
            (Texts{"a = 1", "?b = 2", "?e = 3", "?f = 4", "g = 5"}));
  EXPECT_EQ(effects("python:\n    def f():\n        x = 1\n        renpy.jump(\"a\")\n    y = 2\n"),
            (Texts{"~jump a", "y = 2"}));
  EXPECT_EQ(effects("python:\n    with x as y:\n        z = 1\n"), (Texts{"z = 1"}));
}

TEST(Python, SeesCallsThatMoveTheStory) {
  EXPECT_EQ(effects("$ renpy.jump(\"a\")\n"), (Texts{"jump a"}));
  EXPECT_EQ(effects("$ renpy.call('a', 1, x=2)\n"), (Texts{"call a"}));
  EXPECT_EQ(effects("$ renpy.jump(target)\n"), (Texts{"jump target"}));
  EXPECT_EQ(effects("$ renpy.jump(\"a\" + b)\n"), (Texts{"jump \"a\" + b"}));
  EXPECT_EQ(effects("$ renpy.call_in_new_context(\"a\")\n"), (Texts{"context a"}));
  EXPECT_EQ(effects("$ renpy.quit()\n"), (Texts{"quit "}));
  EXPECT_EQ(effects("$ action = Jump(\"a\")\n"), (Texts{"action = Jump(\"a\")", "~jump a"}));
  EXPECT_EQ(effects("$ Jump(\"a\")()\n"), (Texts{"jump a"}));
  EXPECT_EQ(effects("$ other.jump(\"a\")\n"), Texts{});
  EXPECT_EQ(effects("$ jump(\"a\")\n"), Texts{});
}

TEST(Python, SeesTheActionsOfAScreen) {
  const auto file = parsed(
      "screen s(x):\n    use other\n    use third(1)\n    textbutton \"Go on\" action [SetVariable(\"y\", "
      "1), Jump(\"a\")]\n"
      "    textbutton _(\"Back\"):\n        action Return(2)\n    imagebutton:\n        action Call(\"b\", "
      "1)\n    key \"x\" action Show(\"z\")\n");
  const auto screen = all<ScreenNode>(*file).at(0);
  EXPECT_EQ(told(screen.effects), (Texts{"~jump a", "~back 2", "~call b", "~show z"}));
  EXPECT_EQ(screen.effects[0].op, "Go on");
  EXPECT_EQ(screen.effects[1].op, "Back");
  EXPECT_EQ(screen.effects[2].op, "");
  EXPECT_EQ(std::vector<std::string>(screen.uses.begin(), screen.uses.end()), (Texts{"other", "third"}));
}

TEST(Python, KeepsQuotedWordsThatCouldBeLabels) {
  const auto file = parsed(
      "define a = [\"one\", 'two.three', \"no label\", \"4\", f(\"{a=jump:five}x{/a}\")]\n$ x = "
      "\"six\"\n\"seven\"\n");
  EXPECT_EQ(std::vector<std::string>(file->code_strings.begin(), file->code_strings.end()),
            (Texts{"one", "two.three", "five", "six"}));
}

}  // namespace
}  // namespace bpyd::renpy
