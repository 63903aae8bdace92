// SPDX-License-Identifier: MIT
// Physical lines to logical lines to blocks.
#include <gtest/gtest.h>

#include "bpyd/renpy/lines.hpp"
#include "script.hpp"

namespace bpyd::renpy {
namespace {

std::vector<std::string> texts(std::string_view source, Reading reading = Reading::strict) {
  std::vector<std::string> out;
  const auto file = split_lines(source, "game/script.rpy", reading);
  for (const auto& line : file.lines) {
    out.push_back(std::to_string(line.number) + "|" + std::to_string(line.depth) + "|" +
                  std::string(line.text));
  }
  return out;
}

using Texts = std::vector<std::string>;

TEST(Lexer, SplitsLinesAndLeavesBlankOnesOut) {
  EXPECT_EQ(texts("a\n\n   \n  b\n"), (Texts{"1|0|a", "4|2|b"}));
  EXPECT_EQ(texts("a"), (Texts{"1|0|a"}));
  EXPECT_EQ(texts(""), Texts{});
  EXPECT_EQ(texts("\n\n"), Texts{});
}

TEST(Lexer, JoinsLinesOverBrackets) {
  EXPECT_EQ(texts("f(1,\n  2)\nb\n"), (Texts{"1|0|f(1,\n  2)", "3|0|b"}));
  EXPECT_EQ(texts("[{(\n)}]\nb\n"), (Texts{"1|0|[{(\n)}]", "3|0|b"}));
  EXPECT_EQ(texts("(]\nb\n"), (Texts{"1|0|(]", "2|0|b"})) << "like Ren'Py: brackets are counted, not matched";
  EXPECT_EQ(texts(")\nb\n"), (Texts{"1|0|)", "2|0|b"}));
}

TEST(Lexer, JoinsLinesOverBackslashes) {
  EXPECT_EQ(texts("a \\\n  b\nc\n"), (Texts{"1|0|a \\\n  b", "3|0|c"}));
  EXPECT_EQ(texts("a \\\r\n  b\r\nc\r\n"), (Texts{"1|0|a \\\n  b", "3|0|c"}));
}

TEST(Lexer, JoinsLinesInStringsOfEveryKind) {
  EXPECT_EQ(texts("\"a\nb\"\nc\n"), (Texts{"1|0|\"a\nb\"", "3|0|c"}));
  EXPECT_EQ(texts("'''a\n'b'\n'''\nc\n"), (Texts{"1|0|'''a\n'b'\n'''", "4|0|c"}));
  EXPECT_EQ(texts("`a\n#b`\nc\n"), (Texts{"1|0|`a\n#b`", "3|0|c"}));
  EXPECT_EQ(texts("\"a\\\"b\" # c\nd\n"), (Texts{"1|0|\"a\\\"b\" ", "2|0|d"}));
  EXPECT_EQ(texts("\"\"\nb\n"), (Texts{"1|0|\"\"", "2|0|b"}));
}

TEST(Lexer, TakesCommentsOut) {
  EXPECT_EQ(texts("a # b\n# c\n  # d\ne\n"), (Texts{"1|0|a ", "4|0|e"}));
  EXPECT_EQ(texts("f(1, # one (\n  2)\n"), (Texts{"1|0|f(1, \n  2)"}));
  EXPECT_EQ(texts("a # no newline"), (Texts{"1|0|a "}));
}

TEST(Lexer, ReadsEveryLineEndAndAByteOrderMark) {
  EXPECT_EQ(texts("a\r\nb\r\n"), (Texts{"1|0|a", "2|0|b"}));
  EXPECT_EQ(texts("\xEF\xBB\xBF"
                  "a\n"),
            (Texts{"1|0|a"}));
  EXPECT_EQ(texts("f(\r\n1)\r\n"), (Texts{"1|0|f(\n1)"}));
  EXPECT_EQ(texts("\"a\r\nb\"\r\nc"), (Texts{"1|0|\"a\nb\"", "3|0|c"}));
}

TEST(Lexer, LeavesFormFeedsToTheStatement) {
  const auto file = parsed("label a:\n    pass\n\f\nlabel b:\n    pass\n\flabel c:\n    pass\n");
  EXPECT_EQ(faults(*file), Texts{});
  EXPECT_EQ(all<LabelNode>(*file).size(), 3u);
}

TEST(Lexer, MakesDoubleUnderscoreNamesPrivateToTheFile) {
  EXPECT_EQ(texts("__a = __b__ + a__b + __\n"), (Texts{"1|0|_m1_script__a = __b__ + a__b + __"}));
  EXPECT_EQ(texts("\"[__a] __b [[__c] [x.__d]\"\n"),
            (Texts{"1|0|\"[_m1_script__a] __b [[__c] [x._m1_script__d]\""}));
  const auto file = parsed("label __x:\n    pass\n", "game/my file-1.rpy");
  EXPECT_EQ(all<LabelNode>(*file).at(0).name, "_m1_my_file0x2d1__x");
}

TEST(Lexer, GroupsBlocksByIndentation) {
  const auto file = split_lines("a\n  b\n    c\n  d\ne\n", "f.rpy", Reading::strict);
  std::vector<std::uint32_t> ends;
  for (const auto& line : file.lines) ends.push_back(line.block_end);
  EXPECT_EQ(ends, (std::vector<std::uint32_t>{4, 3, 3, 4, 5}));
}

TEST(Lexer, CountsColumnsInCharacters) {
  EXPECT_EQ(place_in_line("ab\n", 1), 2u);
  EXPECT_EQ(place_in_line("x\n日本 a", 9), 4u);
  EXPECT_EQ(place_in_line("\xEF\xBB\xBF"
                          "a",
                          3),
            1u);
  EXPECT_EQ(place_in_line("", 99), 1u);
}

TEST(Lexer, ReadsTabsAsSpacesAndSaysSoOnce) {
  const auto file = parsed("label start:\n\t\"one\"\n\t\"two\"\n        \"three\"\n");
  EXPECT_EQ(faults(*file), (Texts{"2:tab-character"}));
  EXPECT_NE(file->diagnostics[0].message.find("2 lines"), std::string::npos);
  EXPECT_EQ(outline(*file), "Label 1, Say 2, Say 3, Say 4");
}

TEST(Lexer, AllowsTabsInStringsAndComments) {
  EXPECT_EQ(faults(*parsed("label start:\n    \"a\tb\" # c\td\n")), Texts{});
}

TEST(Lexer, FindsAnUnterminatedStringAndGoesOn) {
  struct Case {
    const char* text;
    Texts faults;
    const char* outline;
  };
  const std::vector<Case> cases = {
      {"label start:\n    \"one\n    \"two\"\n    \"three\"\n",
       {"2:unterminated-string"},
       "Label 1, Say 2, Say 3, Say 4"},
      {"label start:\n    e \"one\n    e \"two\"\n    jump start\n",
       {"2:unterminated-string"},
       "Label 1, Say 2, Say 3, Jump 4"},
      {"label start:\n    \"one\n", {"2:unterminated-string"}, "Label 1, Say 2"},
      {"label start:\n    \"one\n    \"two\n    \"three\"\n",
       {"2:unterminated-string", "3:unterminated-string"},
       "Label 1, Say 2, Say 3, Say 4"},
      {"label start:\n    \"\"\"one\n\n    two\nlabel b:\n    pass\n",
       {"2:unterminated-string"},
       "Label 1, Say 2, Say 2, Label 5, Pass 6"},
      {"label start:\n    $ x = 'one\n    \"it's\"\nlabel b:\n    pass\n",
       {"2:unterminated-string"},
       "Label 1, Python 2, Say 3, Label 4, Pass 5"},
  };
  for (const auto& one : cases) {
    const auto file = parsed(one.text);
    EXPECT_EQ(faults(*file), one.faults) << one.text;
    EXPECT_EQ(outline(*file), one.outline) << one.text;
  }
}

TEST(Lexer, SaysWhereTheUnterminatedStringBegins) {
  const auto file = parsed("label start:\n    e \"one\n    e \"two\"\n");
  ASSERT_EQ(file->diagnostics.size(), 1u);
  EXPECT_EQ(file->diagnostics[0].line, 2u);
  EXPECT_EQ(file->diagnostics[0].column, 7u);
}

TEST(Lexer, LetsStringsRunOverLinesWhereTheyEnd) {
  const auto file = parsed("label start:\n    e \"one\n       two\"\n    \"three\n    \"\n    jump start\n");
  EXPECT_EQ(faults(*file), Texts{});
  EXPECT_EQ(outline(*file), "Label 1, Say 2, Say 4, Jump 6");
  EXPECT_EQ(all<SayNode>(*file).at(0).what, "one two");
}

TEST(Lexer, FindsAnUnclosedBracketAndGoesOn) {
  const auto file = parsed("label start:\n    $ x = f(1, [2\n    \"text\"\n    jump b\nlabel b:\n    pass\n");
  EXPECT_EQ(faults(*file), (Texts{"2:unclosed-bracket"}));
  EXPECT_EQ(all<LabelNode>(*file).size(), 2u);
  EXPECT_EQ(all<JumpNode>(*file).size(), 1u);
  EXPECT_EQ(file->diagnostics[0].column, 12u);
}

TEST(Lexer, SaysWhichIndentationFitsNowhere) {
  struct Case {
    const char* text;
    Texts faults;
  };
  const std::vector<Case> cases = {
      {"label a:\n        \"x\"\n    \"y\"\n", {"3:indentation"}},
      {"label a:\n    \"x\"\n    \"y\"\n", {}},
      {"  label a:\n      \"x\"\n", {"1:indentation"}},
      {"label a:\n    if x:\n            pass\n        \"y\"\n    \"z\"\n", {"4:indentation"}},
  };
  for (const auto& one : cases) EXPECT_EQ(faults(*parsed(one.text)), one.faults) << one.text;
}

TEST(Lexer, ReadsLatin1AndSaysSo) {
  const auto file = parsed("label start:\n    \"caf\xE9\"\n");
  EXPECT_EQ(faults(*file), (Texts{"1:not-utf8"}));
  EXPECT_EQ(all<SayNode>(*file).at(0).what, "café");
  EXPECT_EQ(faults(*parsed("label start:\n    \"café\"\n")), Texts{});
}

TEST(Lexer, ReadsJapaneseWithCarriageReturns) {
  const auto file =
      parsed("label 始まり:\r\n    主人公 笑顔 \"こんにちは、\r\n    世界\"\r\n    jump 始まり\r\n");
  EXPECT_EQ(faults(*file), Texts{});
  EXPECT_EQ(outline(*file), "Label 1, Say 2, Jump 4");
  EXPECT_EQ(all<SayNode>(*file).at(0).who, "主人公");
  EXPECT_EQ(all<SayNode>(*file).at(0).what, "こんにちは、 世界");
  EXPECT_EQ(all<JumpNode>(*file).at(0).target, "始まり");
}

}  // namespace
}  // namespace bpyd::renpy
