// SPDX-License-Identifier: MIT
// Members as they stand; what is refused is what the parser refuses.
#include "bpyd/core/json_scan.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"

namespace bpyd {
namespace {

TEST(JsonMembers, GivesValuesAsTheyAreWritten) {
  const auto members = JsonMembers::scan(R"( {"z": {"b":1, "a":[1.50e+3]}, "t":"gr\u00fc\u00df" , "n":null,"t2":"plain","n":7} )").value();
  EXPECT_EQ(members.raw("z"), R"({"b":1, "a":[1.50e+3]})");
  EXPECT_EQ(members.text("t"), "gr\u00fc\u00df");
  EXPECT_EQ(members.text("t2"), "plain");
  EXPECT_EQ(members.raw("n"), "7");
  EXPECT_EQ(members.text("n"), std::nullopt);
  EXPECT_EQ(members.raw("absent"), std::nullopt);
}

TEST(JsonMembers, TakesAndRefusesWhatTheParserDoes) {
  const std::string deep = std::string(63, '[') + std::string(63, ']');
  const std::string texts[] = {
      "{}", R"({"a":-0})", R"({"a":1e5})", R"({"a":"\\\"\/\b\f\n\r\t"})", R"({"a":"\ud83d\ude00"})", "\xef\xbb\xbf{}", R"({"a":)" + deep + "}",
      "", "[]", "1", "{", "}", "{]", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({,})", R"({"a":01})", R"({"a":1.})", R"({"a":.5})", R"({"a":+1})",
      R"({"a":1e})", R"({"a":tru})", R"({"a":"\x"})", R"({"a":"\ud83d"})", R"({"a":"\ude00"})", R"({"a":"\u12"})", "{\"a\":\"\n\"}", "{} {}", "{}x",
      R"({"a":[1,]})", R"({"a":[)", "{'a':1}", "{\"a\":\"\xff\"}", std::string("{}\0", 3), R"({"a":)" + std::string(64, '[') + std::string(64, ']') + "}",
      R"({"a":-})", R"({"a":1 2})", R"({"a" 1})", R"({1:1})", R"({"a":NaN})"};
  for (const auto& text : texts) {
    EXPECT_EQ(JsonMembers::scan(text).has_value(), parse_json_object(text).has_value()) << text;
  }
}

TEST(AppendJsonString, EscapesWhatMustBe) {
  for (const std::string text : {"plain", "with \"quotes\" and \\", "line\nbreak", "gr\u00fc\u00df", ""}) {
    std::string out;
    append_json_string(out, text);
    EXPECT_EQ(nlohmann::json::parse(out), text);
  }
}

}  // namespace
}  // namespace bpyd
