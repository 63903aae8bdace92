// SPDX-License-Identifier: MIT
// One description reads, writes and documents.
#include "bpyd/core/json_fields.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bpyd {
namespace {

struct Inner {
  std::string name;
  static void describe(auto& fields, auto& self) { fields.required("name", self.name, "of it"); }
};

struct Sample {
  std::string project;
  std::int64_t limit = 100;
  bool deep = false;
  double ratio = 0.5;
  std::vector<std::string> tags;
  std::optional<std::string> note;
  Inner inner;
  std::vector<Inner> list;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.optional("limit", self.limit, "rows");
    fields.optional("deep", self.deep, "all");
    fields.optional("ratio", self.ratio, "of it");
    fields.optional("tags", self.tags, "words");
    fields.optional("note", self.note, "free");
    fields.optional("inner", self.inner, "nested");
    fields.optional("list", self.list, "many");
  }
};

Result<Sample> read(std::string_view text) {
  const auto json = parse_json_object(text);
  if (!json) return std::unexpected(json.error());
  return from_json<Sample>(*json);
}

TEST(JsonFields, ReadWhatTheyWrote) {
  const auto first = read(R"({"project":"a","limit":7,"deep":true,"ratio":2,"tags":["x","y"],"note":"n","inner":{"name":"i"},"list":[{"name":"1"},{"name":"2"}]})");
  ASSERT_TRUE(first) << first.error().message;
  const auto second = read(to_json_text(*first));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->project, "a");
  EXPECT_EQ(second->limit, 7);
  EXPECT_TRUE(second->deep);
  EXPECT_EQ(second->tags, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(second->note, "n");
  EXPECT_EQ(second->inner.name, "i");
  ASSERT_EQ(second->list.size(), 2U);
  EXPECT_EQ(second->list[1].name, "2");
}

struct BadInput {
  const char* text;
  Code code;
  const char* names;
};

struct WithDefault {
  std::vector<std::string> list{"one"};
  static void describe(auto& fields, auto& self) { fields.optional("list", self.list, "with a default"); }
};

TEST(JsonFields, ReplaceADefaultList) {
  EXPECT_EQ(from_json_text<WithDefault>(R"({"list": ["two"]})")->list, std::vector<std::string>{"two"});
  EXPECT_TRUE(from_json_text<WithDefault>(R"({"list": []})")->list.empty());
  EXPECT_EQ(from_json_text<WithDefault>("{}")->list, std::vector<std::string>{"one"});
}

TEST(JsonFields, NameEveryMistake) {
  const BadInput table[] = {
      {"{}", Code::missing_parameter, "'project'"},
      {R"({"project":1})", Code::bad_value, "'project' must be a string"},
      {R"({"project":"a","limit":"x"})", Code::bad_value, "'limit' must be a whole number"},
      {R"({"project":"a","limit":1.5})", Code::bad_value, "'limit' must be a whole number"},
      {R"({"project":"a","limit":18446744073709551615})", Code::bad_value, "'limit'"},
      {R"({"project":"a","tags":[1]})", Code::bad_value, "'tags' must be a list of strings"},
      {R"({"project":"a","inner":{"name":2}})", Code::bad_value, "'inner.name'"},
      {R"({"deep":3,"ratio":"x"})", Code::missing_parameter, "'ratio' must be a number"},
  };
  for (const auto& row : table) {
    const auto result = read(row.text);
    ASSERT_FALSE(result) << row.text;
    EXPECT_EQ(result.error().code, row.code) << row.text;
    EXPECT_NE(result.error().message.find(row.names), std::string::npos) << result.error().message;
  }
}

TEST(JsonFields, NameTheNearestKnownKeyWhenUnknownOnesAreRefused) {
  const auto json = parse_json_object(R"({"project":"a","limt":3})");
  const auto result = from_json<Sample>(*json, UnknownKeys::refused);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("did you mean 'limit'"), std::string::npos) << result.error().message;
  const auto nested = parse_json_object(R"({"project":"a","inner":{"name":"i","nmae":1},"list":[{"name":"1","other":2}]})");
  EXPECT_TRUE(from_json<Sample>(*nested));
  const auto refused = from_json<Sample>(*nested, UnknownKeys::refused);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("'inner.nmae' (did you mean 'name'?)"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("'list.other'"), std::string::npos) << refused.error().message;
}

TEST(JsonFields, ReadQueriesInTheirTextForms) {
  const auto good = from_query<Sample>({{"project", "a"}, {"limit", "7"}, {"deep", "1"}, {"tags", "x,y"}});
  ASSERT_TRUE(good);
  EXPECT_EQ(good->limit, 7);
  EXPECT_TRUE(good->deep);
  EXPECT_EQ(good->tags.size(), 2U);
  EXPECT_EQ(from_query<Sample>({{"project", "a"}, {"limit", "7x"}}).error().code, Code::bad_value);
  EXPECT_EQ(from_query<Sample>({{"project", ""}}).error().code, Code::missing_parameter);
}

TEST(JsonFields, PrintASchema) {
  nlohmann::ordered_json schema;
  write_schema(schema_fn<Sample>, schema);
  EXPECT_EQ(schema["properties"]["limit"]["type"], "integer");
  EXPECT_EQ(schema["required"], (nlohmann::ordered_json{"project"}));
  EXPECT_EQ(schema["properties"]["list"]["items"]["properties"]["name"]["type"], "string");
}

TEST(ParseJson, RefusesWhatIsNoSingleCleanText) {
  const std::string nul("{}\0anything", 11);
  const std::string deep = std::string(65, '[') + std::string(65, ']');
  for (const auto& text : {nul, deep, std::string("{} x"), std::string("{'a':1}"), std::string("\xff"), std::string(""), std::string("{\"a\":\"\xc3\"}"),
                           std::string("[1e999]")}) {
    const auto result = parse_json(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, Code::not_json);
  }
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')));
  EXPECT_TRUE(parse_json(R"({"a":"[[[[\"[["})"));
}

TEST(DumpJson, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(dump_json(nlohmann::ordered_json("a\xff" "b")), "\"a\xEF\xBF\xBD" "b\"");
}

}  // namespace
}  // namespace bpyd
