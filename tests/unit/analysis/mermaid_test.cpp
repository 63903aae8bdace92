// SPDX-License-Identifier: MIT
// Drawings: what is in them, and that no text of a story can be anything but text.
#include <gtest/gtest.h>

#include <algorithm>

#include "bpyd/analysis/mermaid.hpp"
#include "told.hpp"

namespace bpyd::analysis {
namespace {

TEST(Mermaid, DrawsLabelsWordsChoicesAndState) {
  const auto stats = told(kStory);
  const auto drawing = mermaid_of(stats, stats.paths.tell(0));
  ASSERT_TRUE(drawing);
  EXPECT_EQ(*drawing,
            "flowchart TD\n"
            "  n0[\"start<br/>e#58; Shall we go#63;\"]\n"
            "  n1[\"ask\"]\n"
            "  n0 --> n1\n"
            "  n2[\"ask<br/>points #43;#61; 1\"]\n"
            "  n1 -->|\"To the lake\"| n2\n"
            "  n3[\"lake\"]\n"
            "  n2 --> n3\n"
            "  n4[\"swim<br/>Splash, splash.\"]\n"
            "  n3 --> n4\n"
            "  n5[\"lake<br/>Well done.\"]\n"
            "  n4 -->|\"if points #62; 0\"| n5\n"
            "  n6([\"return\"])\n"
            "  n5 --> n6\n");
}

/// What is left when everything the drawing itself writes is taken away must be harmless.
void expect_harmless(const std::string& drawing) {
  std::string text = drawing;
  for (const std::string mark : {"<br/>", "-->|\"", "\"|", "-->", "([\"", "\"])", "[\"", "\"]"}) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
      text.erase(at, mark.size());
  }
  EXPECT_EQ(text.find_first_of("<>\"'`[](){}|&\\/:%$=*~^@!?-+\t\r"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(drawing, '\n'), std::ranges::count(text, '\n'));
}

TEST(Mermaid, LetsNoTextOfTheStoryBeMoreThanText) {
  const std::vector<std::string> hostile = {"</script><script>alert(1)</script>",
                                            "\"] --> n9[\"x",
                                            "end",
                                            "%%{init: {}}%%",
                                            "click n0 call f()",
                                            "a\nb --> c",
                                            "`code`",
                                            "#quot;#lt;",
                                            "&lt;b&gt;",
                                            "javascript:alert(1)",
                                            "|x|",
                                            "subgraph x",
                                            "<img src=x onerror=alert(1)>",
                                            "\xE2\x80\xAE"
                                            "rtl",
                                            "\x01\x02",
                                            "\xFF\xFE",
                                            "$$x^2$$",
                                            "日本語「」"};
  for (const auto& text : hostile) {
    Stats2 stats;
    Path path;
    path.id = "p001";
    path.entry = text;
    path.ending_kind = text;
    path.labels = {text};
    path.steps = {{"label", text, "f", text, 1, 1},     {"say", text, "f", text, 2, 1},
                  {"set", text, "f", text, 3, 1},       {"choice", text, "f", text, 4, 1},
                  {"condition", text, "f", text, 5, 1}, {"label", text, "f", text, 6, 1}};
    const auto drawing = mermaid_of(stats, path);
    ASSERT_TRUE(drawing);
    expect_harmless(*drawing);
  }
}

TEST(Mermaid, RefusesWhatNobodyCouldRead) {
  Stats2 stats;
  Path path;
  path.id = "p007";
  for (int i = 0; i < 119; ++i) path.steps.push_back({"label", "x", "f", "label " + std::to_string(i), 1, 1});
  EXPECT_TRUE(mermaid_of(stats, path)) << "119 labels and the end";
  path.steps.push_back({"label", "x", "f", "one more", 1, 1});
  const auto refused = mermaid_of(stats, path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large_for_form);
  EXPECT_EQ(refused.error().message, "Path p007 has 121 places; a drawing holds at most 120");
  EXPECT_TRUE(mermaid_of(stats, path, 121));
}

TEST(Mermaid, DrawsAPathThatHasLabelsOnly) {
  Path path;
  path.labels = {"start", "end"};
  EXPECT_EQ(*mermaid_of({}, path),
            "flowchart TD\n  n0[\"start\"]\n  n1[\"end\"]\n  n0 --> n1\n  n2([\"end\"])\n  n1 --> n2\n");
  EXPECT_TRUE(mermaid_of({}, Path{}));
}

}  // namespace
}  // namespace bpyd::analysis
