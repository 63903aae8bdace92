// SPDX-License-Identifier: MIT
// The graph: where labels lead, what is missing, what is reached.
#include <gtest/gtest.h>

#include "script.hpp"

namespace bpyd::renpy {
namespace {

using Texts = std::vector<std::string>;

Texts reached(const Story& story) {
  Texts out;
  for (std::uint32_t file = 0; file < story.parts.size(); ++file) {
    const auto seen = story.reachable(file);
    for (const auto& label : story.parts[file]->labels) {
      if (seen[label.node]) out.emplace_back(label.name);
    }
  }
  return out;
}

/// Ways out of all statements that decide.
std::size_t decisions(const Story& story) {
  std::size_t sum = 0;
  for (const auto& junction : story.junctions) {
    if (junction.flow == Flow::decide) sum += junction.ways_end - junction.ways_begin;
  }
  return sum;
}

Texts entries(const Story& story) {
  Texts out;
  for (const auto id : story.entries) out.emplace_back(story.label_at(id)->name);
  return out;
}

TEST(Story, FallsFromLabelToLabel) {
  const auto story =
      story_of("label start:\n    \"a\"\nlabel b:\n    \"b\"\n    return\nlabel c:\n    pass\n");
  EXPECT_EQ(reached(*story), (Texts{"start", "b"}));
}

TEST(Story, EndsEachFileWithAReturn) {
  const auto story =
      story_of({{"game/a.rpy", "label start:\n    \"a\"\n"}, {"game/b.rpy", "label b:\n    \"b\"\n"}});
  EXPECT_EQ(reached(*story), (Texts{"start"}));
  EXPECT_NE(story->returns[story->junction(story->find_label("start"))], 0);
}

TEST(Story, ComesBackFromACallOnlyWhenWhatIsCalledReturns) {
  const auto good =
      story_of("label start:\n    call a\n    jump b\nlabel a:\n    return\nlabel b:\n    return\n");
  EXPECT_EQ(reached(*good), (Texts{"start", "a", "b"}));
  const auto bad =
      story_of("label start:\n    call a\n    jump b\nlabel a:\n    jump a\nlabel b:\n    return\n");
  EXPECT_EQ(reached(*bad), (Texts{"start", "a"}));
}

TEST(Story, FollowsEveryKindOfReference) {
  const auto story = story_of(
      "label start:\n    menu:\n        \"x\":\n            jump a\n        \"y {a=jump:g}z{/a}\":\n         "
      "   call b\n"
      "    \"{a=jump:g}link{/a}\"\n    if q:\n        jump expression \"c\"\n    $ renpy.call(\"d\")\n    "
      "call screen s\n    return\n"
      "label a:\n    return\nlabel b:\n    return\nlabel c:\n    return\nlabel d:\n    return\nlabel e:\n    "
      "return\n"
      "label f:\n    return\nlabel g:\n    return\nlabel h:\n    return\n"
      "screen s:\n    textbutton \"x\" action Jump(\"e\")\n    use t\nscreen t:\n    textbutton \"x\" action "
      "Call(\"f\")\n");
  EXPECT_EQ(reached(*story), (Texts{"start", "a", "b", "c", "d", "e", "f", "g"}));
}

TEST(Story, SaysWhichLabelIsMissingAndWhichOneWasMeant) {
  const auto story =
      story_of("label start:\n    jump chaptr\nlabel chapter:\n    call nowhere_at_all\n    jump start\n");
  ASSERT_EQ(story->diagnostics.size(), 2u);
  EXPECT_STREQ(story->diagnostics[0].what.id, "missing-label");
  EXPECT_EQ(story->diagnostics[0].what.suggestion, "Did you mean chapter?");
  EXPECT_EQ(story->diagnostics[1].what.line, 4u);
  EXPECT_EQ(faults(*story_of("label start:\n    jump chapter\nlabel chapter:\n    jump start\n")), Texts{});
  EXPECT_EQ(faults(*story_of("label start:\n    jump _developer\n")), Texts{})
      << "the engine's own labels are not ours to know";
}

TEST(Story, SaysWhichLabelIsThereTwice) {
  const auto story =
      story_of({{"game/a.rpy", "label start:\n    return\n"}, {"game/b.rpy", "label start:\n    return\n"}});
  ASSERT_EQ(story->diagnostics.size(), 1u);
  EXPECT_STREQ(story->diagnostics[0].what.id, "duplicate-label");
  EXPECT_EQ(story->diagnostics[0].file, 1u);
  EXPECT_NE(story->diagnostics[0].what.message.find("game/a.rpy, line 1"), std::string::npos);
}

TEST(Story, BeginsWhereNothingLeadsWhenThereIsNoStart) {
  EXPECT_EQ(entries(*story_of("label start:\n    return\nlabel b:\n    return\n")), (Texts{"start"}));
  EXPECT_EQ(entries(*story_of("label a:\n    jump c\nlabel b:\n    jump c\nlabel c:\n    return\n")),
            (Texts{"a", "b"}));
  EXPECT_EQ(entries(*story_of("label a:\n    jump b\nlabel b:\n    jump a\n")), (Texts{"a"}));
  EXPECT_EQ(entries(*story_of("define x = 1\n")), Texts{});
}

TEST(Story, LetsDynamicTargetsLeadToLabelsNamedInCode) {
  const std::string end = "label one:\n    return\nlabel two:\n    return\n";
  const auto named =
      story_of("define parts = [\"one\"]\nlabel start:\n    call expression part.label\n    return\n" + end);
  EXPECT_TRUE(named->dynamic);
  EXPECT_EQ(reached(*named), (Texts{"start", "one"}));
  const auto plain = story_of("define parts = [\"one\"]\nlabel start:\n    return\n" + end);
  EXPECT_FALSE(plain->dynamic);
  EXPECT_EQ(reached(*plain), (Texts{"start"}));
}

TEST(Story, LeadsDynamicTargetsWhereTheirVariableWasEverSetTo) {
  const std::string labels = "label one:\n    return\nlabel two:\n    return\nlabel three:\n    return\n";
  const std::string start =
      "label start:\n    menu:\n        \"a\":\n            $ then = \"two\"\n        \"b\":\n            "
      "pass\n    jump expression then\n";
  EXPECT_EQ(reached(*story_of("default then = \"one\"\n" + start + labels)), (Texts{"start", "one", "two"}));
  EXPECT_EQ(reached(*story_of("default then = pick()\ndefine all = [\"three\"]\n" + start + labels)),
            (Texts{"start", "two", "three"}))
      << "not known: any label that is named in quotes";
}

TEST(Story, FollowsLabelOverrides) {
  const std::string labels = "label start:\n    jump old\nlabel old:\n    return\nlabel new:\n    return\n";
  EXPECT_EQ(reached(*story_of(labels)), (Texts{"start", "old"}));
  for (const std::string way : {"define config.label_overrides = {\"old\": \"new\"}\n",
                                "define config.label_overrides[\"old\"] = \"new\"\n",
                                "init python:\n    config.label_overrides[\"old\"] = \"new\"\n"}) {
    EXPECT_EQ(reached(*story_of(way + labels)), (Texts{"start", "new"})) << way;
  }
}

TEST(Story, KnowsTheLabelsTheEngineStarts) {
  EXPECT_EQ(faults(*story_of("label start:\n    return\nlabel after_load:\n    return\nlabel splashscreen:\n "
                             "   return\nlabel quit:\n    return\n")),
            Texts{});
}

TEST(Story, TakesConstantTestsForWhatTheyAre) {
  EXPECT_EQ(
      reached(*story_of("label start:\n    while True:\n        pass\n    jump a\nlabel a:\n    return\n")),
      (Texts{"start"}));
  EXPECT_EQ(
      reached(*story_of("label start:\n    if False:\n        jump a\n    return\nlabel a:\n    return\n")),
      (Texts{"start"}));
  EXPECT_EQ(
      reached(*story_of(
          "label start:\n    if True:\n        return\n    else:\n        jump a\nlabel a:\n    return\n")),
      (Texts{"start"}));
}

TEST(Story, DoesNotFallIntoTranslations) {
  const auto story =
      story_of("label start:\n    \"a\"\ntranslate french start_1:\n    jump b\nlabel b:\n    return\n");
  EXPECT_EQ(reached(*story), (Texts{"start", "b"})) << "by falling past it";
}

TEST(Story, EntersTheBlockOfAStatementWithANextFunction) {
  const auto registering = parsed(
      "python early:\n    renpy.register_statement(\"part\", block=\"script\", next=f)\n    "
      "renpy.register_statement(\"note\", block=\"script\")\n",
      "game/a.rpy");
  const auto file = parsed(
      "label start:\n    part:\n        call a\n    note:\n        call b\n    return\nlabel a:\n    "
      "return\nlabel b:\n    return\n",
      "game/b.rpy", registering->registers);
  const auto story = build_story({registering, file});
  EXPECT_EQ(reached(*story), (Texts{"start", "a"}));
}

TEST(Story, MakesAnOptionOfAJumpThatCodeMayTake) {
  const auto story = story_of(
      "label start:\n    python:\n        if x:\n            renpy.jump(\"a\")\n    return\nlabel a:\n    "
      "return\n");
  EXPECT_EQ(decisions(*story), 2u);
  const auto sure = story_of("label start:\n    $ renpy.jump(\"a\")\n    return\nlabel a:\n    return\n");
  EXPECT_EQ(decisions(*sure), 0u);
  EXPECT_EQ(reached(*sure), (Texts{"start", "a"}));
}

}  // namespace
}  // namespace bpyd::renpy
