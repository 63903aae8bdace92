// SPDX-License-Identifier: MIT
// The map for others: texts broken into lines, and drawings that no text of a story can break.
#include <gtest/gtest.h>

#include <algorithm>

#include "bpyd/analysis/map.hpp"
#include "map_cards.hpp"
#include "text_lines.hpp"
#include "told.hpp"

namespace bpyd::analysis {
namespace {

using Lines = std::vector<std::string_view>;

TEST(TextLines, BreakAtSpacesAndBetweenWideCharacters) {
  EXPECT_EQ(text_lines("", 26, 4), (Lines{""}));
  EXPECT_EQ(text_lines("Go home", 26, 4), (Lines{"Go home"}));
  EXPECT_EQ(text_lines("one two three", 7, 4), (Lines{"one two", "three"}));
  EXPECT_EQ(text_lines("one two three", 6, 4), (Lines{"one", "two", "three"}));
  EXPECT_EQ(text_lines("unbreakable", 4, 4), (Lines{"unbr", "eaka", "ble"}));
  EXPECT_EQ(text_lines("a unbreakable", 6, 4), (Lines{"a", "unbrea", "kable"}));
  EXPECT_EQ(text_lines("日本語を読む", 6, 4), (Lines{"日本語", "を読む"}));
  EXPECT_EQ(text_lines("ab日本cd", 5, 4), (Lines{"ab日", "本cd"}));
  EXPECT_EQ(text_lines("1 2 3 4 5 6 7 8 9", 1, 4).size(), 4u);
  EXPECT_EQ(text_lines("\xF0\x9F", 1, 4).size(), 1u) << "cut off in the middle";
}

TEST(Chapters, AreFoldersOrWhatFilesBeginWith) {
  EXPECT_EQ(chapter_of("game/script.rpy"), "script");
  EXPECT_EQ(chapter_of("game/ch1_intro.rpy"), "ch1");
  EXPECT_EQ(chapter_of("game/ch12.rpy"), "ch12");
  EXPECT_EQ(chapter_of("game/day2b.rpy"), "day2");
  EXPECT_EQ(chapter_of("game/act one/ch1.rpy"), "act one");
  EXPECT_EQ(chapter_of("game/01_start.rpy"), "01");
  EXPECT_EQ(chapter_of("game/.rpy"), ".rpy");
  EXPECT_EQ(chapter_of(""), "");
}

const std::vector<std::string>& hostile() {
  static const std::vector<std::string> kTexts = {"</script><script>alert(1)</script>",
                                                  "\"]; n9 [label=\"x",
                                                  "\\\"; }",
                                                  "\\",
                                                  "end",
                                                  "%%{init: {}}%%",
                                                  "a\nb --> c",
                                                  "&lt;b&gt;&#34;",
                                                  "]]>",
                                                  "<img src=x onerror=alert(1)>",
                                                  "\x01\x02",
                                                  "\xFF\xFE",
                                                  "\xEF\xBF\xBF",
                                                  "'><g onload='x",
                                                  "日本語「」"};
  return kTexts;
}

/// A story in which every text is the same.
Stats2 all_of(const std::string& text) {
  Stats2 stats;
  stats.labels = std::vector<Label>{{text, text, 1, "global", {}, false, 40, 1, true},
                                    {text + "2", text, 5, "global", {}, false, 0, 1, false}};
  stats.menus = std::vector<Menu>{{text, "", text, 2, "", "", {{text, text, 3, text + "2", text}}}};
  stats.edges = std::vector<Edge>{{"choice", text, text + "2", text, 3, text, false, false},
                                  {"jump", text + "2", text + "3", text, 6, "", false, true}};
  return stats;
}

TEST(MapDrawings, LetNoTextBreakGraphviz) {
  for (const auto& text : hostile()) {
    const auto drawing = dot_of(all_of(text));
    std::size_t outside = 0;
    bool quoted = false;
    for (const char c : drawing) {
      if (c == '"') quoted = !quoted;
      if (!quoted) outside += c == '{' ? 1 : c == '}' ? -1 : 0;
      EXPECT_FALSE(quoted && c == '\n');
    }
    EXPECT_FALSE(quoted) << drawing;
    EXPECT_EQ(outside, 0u) << drawing;
    EXPECT_EQ(std::ranges::count(drawing, '\n'), std::ranges::count(dot_of(all_of("x")), '\n'));
    EXPECT_EQ(std::ranges::count(drawing, '"'), std::ranges::count(dot_of(all_of("x")), '"'));
    for (auto at = drawing.find('\\'); at != std::string::npos; at = drawing.find('\\', at + 1))
      EXPECT_EQ(drawing[at + 1], 'n') << drawing;
  }
}

TEST(MapDrawings, LetNoTextBreakMermaid) {
  for (const auto& text : hostile()) {
    const auto drawing = mermaid_of_story(all_of(text));
    ASSERT_TRUE(drawing);
    const auto plain = *mermaid_of_story(all_of("x"));
    for (const char c : {'\n', '"', '<', '>', '[', ']', '(', ')', '|', '{', '}', '%', '\\', '`'})
      EXPECT_EQ(std::ranges::count(*drawing, c), std::ranges::count(plain, c)) << c << "\n" << *drawing;
  }
}

TEST(MapDrawings, LetNoTextBreakSvg) {
  const std::vector<std::string> kElements = {"/style", "defs",    "/defs",    "marker", "/marker",
                                              "path",   "pattern", "/pattern", "rect",   "g",
                                              "/g",     "text",    "/text",    "/svg"};
  for (const auto& text : hostile()) {
    auto drawing = svg_of(lay_out(all_of(text)), text);
    EXPECT_EQ(drawing.find("<script"), std::string::npos);
    EXPECT_EQ(drawing.find("<img"), std::string::npos);
    EXPECT_EQ(drawing.find('\x01'), std::string::npos);
    EXPECT_EQ(drawing.find("\xEF\xBF\xBF"), std::string::npos);
    drawing.erase(0, drawing.find("</style>"));
    EXPECT_EQ(drawing.find_first_of("'"), std::string::npos) << drawing;
    for (auto at = drawing.find('<'); at != std::string::npos; at = drawing.find('<', at + 1)) {
      const auto name = drawing.substr(at + 1, drawing.find_first_of(" >", at) - at - 1);
      EXPECT_NE(std::ranges::find(kElements, name), kElements.end()) << name;
    }
    EXPECT_EQ(std::ranges::count(drawing, '<'), std::ranges::count(drawing, '>'));
  }
}

TEST(MapDrawings, DrawsTheStoryForGraphviz) {
  EXPECT_EQ(dot_of(told(kStory)),
            "digraph story {\n  node [shape=box, fontname=\"sans-serif\"];\n"
            "  edge [fontname=\"sans-serif\", fontsize=10];\n"
            "  subgraph cluster_0 {\n    label=\"game&#47;script.rpy\";\n"
            "    n0 [label=\"start\\nShall we go&#63;\", penwidth=2];\n"
            "    n1 [label=\"ask\", peripheries=2];\n"
            "    n2 [label=\"lake\\nWell done.\", peripheries=2];\n"
            "    n3 [label=\"swim\\nSplash, splash.\"];\n  }\n"
            "  n0 -> n1 [style=bold];\n"
            "  n1 -> n2 [label=\"To the lake\"];\n"
            "  n1 -> n1 [label=\"Ask again\"];\n"
            "  n2 -> n3 [style=dashed, arrowhead=empty];\n}\n");
}

TEST(MapDrawings, DrawsTheStoryForMermaid) {
  EXPECT_EQ(*mermaid_of_story(told(kStory)),
            "flowchart TD\n"
            "  subgraph f0[\"game#47;script.rpy\"]\n"
            "    n0[\"start<br/>Shall we go#63;\"]\n"
            "    n1([\"ask\"])\n"
            "    n2([\"lake<br/>Well done.\"])\n"
            "    n3[\"swim<br/>Splash, splash.\"]\n"
            "  end\n"
            "  n0 --> n1\n"
            "  n1 -->|\"To the lake\"| n2\n"
            "  n1 -->|\"Ask again\"| n1\n"
            "  n2 -.-> n3\n"
            "  classDef planned stroke-dasharray:5 5\n  classDef nowhere opacity:0.5\n");
  const auto refused = mermaid_of_story(told(kStory), 3);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large_for_form);
  EXPECT_EQ(refused.error().message, "The story has 4 labels; a drawing holds at most 3");
}

TEST(MapDrawings, DrawsTheMapAsSvg) {
  const auto svg = svg_of(lay_out(told(kStory)), "The Walk");
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  for (const std::string part :
       {"<title>The Walk</title>", ">game/script.rpy<", ">To the lake<", ">Shall we go?<",
        "class=\"way call\"", "class=\"card entry\"", "prefers-color-scheme: dark"})
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  EXPECT_TRUE(svg_of({}, "").ends_with("</svg>\n"));
}

}  // namespace
}  // namespace bpyd::analysis
