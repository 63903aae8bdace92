// SPDX-License-Identifier: MIT
// stats2 out and in: what is written, what is refused and where the fault is, and that the
// schema says the same as the reader.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "told.hpp"

namespace bpyd::analysis {
namespace {

using nlohmann::ordered_json;

TEST(Stats2, HoldsTheStory) {
  const auto stats = told(kStory);
  EXPECT_EQ(stats.title, "The Walk");
  EXPECT_EQ(stats.entries, std::vector<std::string>{"start"});
  ASSERT_EQ(stats.labels.size(), 5u);
  EXPECT_EQ(stats.labels[1].name, "ask");
  EXPECT_EQ(stats.labels[1].kind, "menu");
  EXPECT_EQ(stats.labels[3].name, "_swim");
  EXPECT_EQ(stats.labels[3].kind, "call_from");
  EXPECT_EQ(stats.labels[4].words, 2);
  EXPECT_EQ(stats.labels[4].seconds, 1);
  ASSERT_EQ(stats.menus.size(), 1u);
  EXPECT_EQ(stats.menus[0].name, "ask");
  EXPECT_EQ(stats.menus[0].caption, "Where?");
  EXPECT_EQ(stats.menus[0].choices[1].condition, "points < 3");
  EXPECT_EQ(stats.menus[0].choices[0].target, "lake");
  ASSERT_EQ(stats.variables.size(), 3u);
  EXPECT_EQ(stats.variables[2].name, "points");
  EXPECT_EQ(stats.variables[2].kind, "default");
  EXPECT_EQ(stats.counts.dialogue, 3);
  EXPECT_EQ(stats.counts.words, 7);
  EXPECT_EQ(stats.counts.seconds, 2) << "seven at three tenths of a second";
  EXPECT_EQ(stats.paths.tell(0).seconds, 2);
  EXPECT_EQ(stats.counts.choices, 3);
  EXPECT_EQ(stats.counts.paths, 3);
  EXPECT_TRUE(stats.diagnostics.empty());
}

TEST(Stats2, ListsEveryEdgeOnce) {
  const auto stats = told(kStory);
  std::string out;
  for (const auto& edge : stats.edges)
    out += edge.kind + " " + edge.from + ">" + edge.to + (edge.text.empty() ? "" : " (" + edge.text + ")") +
           "\n";
  EXPECT_EQ(out,
            "falls_through start>ask\nchoice ask>lake (To the lake)\njump ask>lake\nchoice ask>ask (Ask "
            "again)\njump ask>ask\n"
            "call lake>swim (_swim)\n");
}

TEST(Stats2, LeavesTranslationsOutOfTheWordCount) {
  const auto stats =
      told("label start:\n    \"one two\"\n    return\ntranslate french start_1:\n    \"un deux trois\"\n");
  EXPECT_EQ(stats.counts.words, 2);
  EXPECT_EQ(stats.counts.translations, 1);
}

TEST(Stats2, IsWrittenTheSameEveryTime) {
  const auto text = stats2_to_json(told(kStory));
  EXPECT_EQ(text, stats2_to_json(told(kStory)));
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(text, ordered_json::parse(text).dump(1) + "\n")
      << "the writer's JSON is what nlohmann would write";
}

TEST(Stats2, IsReadBackAsItWasWritten) {
  const auto text = stats2_to_json(told(kStory));
  const auto read = stats2_from_json(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(stats2_to_json(*read), text);
  EXPECT_EQ(read->paths.tell(0).changes.at(0).after, "1");
}

TEST(Stats2, WritesHostileTextAsJson) {
  Stats2 stats;
  stats.title = "quote \" back \\ line \n tab \t bell \x07 del \x7F é 日本 bad \xFF end";
  const auto text = stats2_to_json(stats);
  EXPECT_EQ(ordered_json::parse(text)["title"],
            "quote \" back \\ line \n tab \t bell \x07 del \x7F é 日本 bad \xEF\xBF\xBD end");
}

const std::string kSmall = R"({"format": "stats2", "version": 1, "labels": [], "paths": [
  {"id": "p001", "labels": ["start"], "steps": [{"kind": "say", "line": 3}]}], "diagnostics": [
  {"id": "x", "severity": "warn", "file": "", "line": 0, "message": "m"}]})";

TEST(Stats2, ReadsWhatAnotherAnalyzerWrote) {
  const auto read = stats2_from_json(kSmall);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->paths.tell(0).steps.at(0).count, 1);
  EXPECT_EQ(find_path(*read, "p001"), 0u);
  EXPECT_FALSE(find_path(*read, "")) << "no key is no name";
  EXPECT_FALSE(find_path(*read, "p002"));
}

TEST(Stats2, NamesThePlaceOfTheFault) {
  struct Row {
    const char* pointer;
    ordered_json value;
    const char* message;
  };
  const std::vector<Row> rows = {
      {"/format", "stats1", "/format must be \"stats2\""},
      {"/version", 2, "/version must be 1"},
      {"/labels", nullptr, "/labels must be a list of objects"},
      {"/labels/0", 5, "/labels/0 must be an object"},
      {"/labels/0", ordered_json{{"name", "a"}}, "/labels/0/file is missing"},
      {"/paths/0/labels", "start", "/paths/0/labels must be a list of strings"},
      {"/paths/0/labels/0", 1, "/paths/0/labels must be a list of strings"},
      {"/paths/0/id", 1, "/paths/0/id must be a string"},
      {"/paths/0/steps/0/line", -1, "/paths/0/steps/0/line must be a whole number from 0 to 2^40"},
      {"/paths/0/steps/0/line", 1.5, "/paths/0/steps/0/line must be a whole number from 0 to 2^40"},
      {"/diagnostics/0/severity", "bad", "/diagnostics/0/severity must be one of: info, warn, error"},
      {"/truncated", "yes", "/truncated must be true or false"},
      {"/counts", ordered_json::array(), "/counts must be an object"},
  };
  for (const auto& row : rows) {
    auto json = ordered_json::parse(kSmall);
    json[ordered_json::json_pointer(row.pointer)] = row.value;
    const auto read = stats2_from_json(json.dump());
    ASSERT_FALSE(read) << row.pointer;
    EXPECT_EQ(read.error().code, Code::bad_stats2);
    EXPECT_EQ(read.error().message, row.message);
  }
  for (const char* missing : {"format", "version", "labels", "paths"}) {
    auto json = ordered_json::parse(kSmall);
    json.erase(missing);
    EXPECT_EQ(stats2_from_json(json.dump()).error().message, "/" + std::string(missing) + " is missing");
  }
}

TEST(Stats2, RefusesWhatIsNoJson) {
  for (const std::string text : {"", "{", "[]", "null", "{\"format\": \"stats2\"} x", "\xFF"}) {
    const auto read = stats2_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::bad_stats2);
  }
  EXPECT_FALSE(stats2_from_json(std::string(100000, '[')));
}

TEST(Schema, IsTheOneInDocs) {
  std::ifstream in(BPYD_SOURCE_DIR "/docs/stats2.schema.json");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, stats2_schema())
      << "write it anew: BPYD_WRITE_SCHEMA=1 analysis_test --gtest_filter=Schema.*";
  if (std::getenv("BPYD_WRITE_SCHEMA") != nullptr)
    std::ofstream(BPYD_SOURCE_DIR "/docs/stats2.schema.json") << stats2_schema();
}

/// Every member of a small document replaced by every kind of value, and left out.
std::vector<ordered_json> mutants(const ordered_json& json) {
  const std::vector<ordered_json> values = {
      nullptr, 0,    1, -1, 1.5, 3.0, 1e300, "", "x", true, ordered_json::array(), ordered_json::object(),
      {1},     {"x"}};
  std::vector<ordered_json> out = {json};
  const auto flat = json.flatten();
  std::vector<std::string> pointers = {"/labels",          "/paths",           "/counts",
                                       "/paths/0",         "/paths/0/choices", "/paths/0/changes/0",
                                       "/menus/0/choices", "/edges/0",         "/diagnostics/0"};
  for (const auto& [pointer, value] : flat.items()) pointers.push_back(pointer);
  for (const auto& text : pointers) {
    const ordered_json::json_pointer pointer(text);
    for (const auto& value : values) {
      out.push_back(json);
      out.back()[pointer] = value;
    }
    out.push_back(json);
    auto& parent = out.back()[pointer.parent_pointer()];
    if (parent.is_object()) parent.erase(pointer.back());
  }
  return out;
}

TEST(Schema, AgreesWithTheReader) {
  const auto folder = std::filesystem::temp_directory_path() / ("bpyd-schema-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto rows = folder / "rows.jsonl";
  std::size_t accepted = 0;
  std::size_t refused = 0;
  {
    std::ofstream out(rows);
    auto document = ordered_json::parse(stats2_to_json(told(kStory + "label lake:\n    jump x\n")));
    for (const char* list : {"labels", "edges", "variables", "files", "diagnostics", "paths"})
      document[list].erase(document[list].begin() + 1, document[list].end());
    for (const auto& mutant : mutants(document)) {
      const bool fine = stats2_from_json(mutant.dump()).has_value();
      ++(fine ? accepted : refused);
      out << ordered_json{{"accepted", fine}, {"document", mutant}}.dump() << '\n';
    }
  }
  EXPECT_GT(accepted, 100u);
  EXPECT_GT(refused, 500u);
  const std::string command = "/usr/bin/python3 " BPYD_SOURCE_DIR
                              "/tests/unit/analysis/schema_agrees.py " BPYD_SOURCE_DIR
                              "/docs/stats2.schema.json " +
                              rows.string();
  const int status = std::system(command.c_str());
  std::filesystem::remove_all(folder);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "python3-jsonschema is not installed";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace bpyd::analysis
