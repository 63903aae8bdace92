// SPDX-License-Identifier: MIT
// Projects, configuration, subscriptions.
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "bpyd/daemon/project_config.hpp"
#include "bpyd/daemon/projects.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/daemon/state.hpp"
#include "temp_dir.hpp"

namespace bpyd::daemon {
namespace {

using nlohmann::json;
using test::slurp;
using test::TempDir;
using test::write_file;

ConfigLayer layer(std::string origin, json values) { return {std::move(origin), std::make_shared<const json>(std::move(values))}; }

TEST(Config, LaterLayersWinLeafByLeafAndSayWhoWon) {
  const auto merged = merge_config({layer("file", {{"port", 1}, {"watch", {{"settle_ms", 9}, {"polling", true}}}}), layer("flags", {{"watch", {{"settle_ms", 3}}}})});
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(merged->config.port, 1);
  EXPECT_EQ(merged->config.watch.settle_ms, 3);
  EXPECT_TRUE(merged->config.watch.polling);
  EXPECT_EQ(merged->origins.at("watch.settle_ms"), "flags");
  EXPECT_EQ(merged->origins.at("watch.polling"), "file");
  EXPECT_EQ(config_report(*merged)["origins"]["host"], "default");
}

/// Every number has bounds: what is far out of them is refused, and the layer is named.
TEST(Config, EveryNumberHasBounds) {
  nlohmann::ordered_json values;
  to_json(Config{}, values);
  const auto hold = [](const json& layered, const std::string& key) {
    const auto merged = merge_config({layer("/x/config.json", layered)});
    ASSERT_FALSE(merged) << key;
    EXPECT_EQ(merged.error().code, Code::bad_configuration);
    EXPECT_NE(merged.error().message.find(key + "' must be "), std::string::npos) << merged.error().message;
    EXPECT_NE(merged.error().message.find("/x/config.json"), std::string::npos);
  };
  int numbers = 0;
  for (const auto& [key, value] : values.items()) {
    for (const auto far : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-2}, std::numeric_limits<std::int64_t>::max()}) {
      if (value.is_number()) hold({{key, far}}, key);
      if (!value.is_object()) continue;
      for (const auto& [inner, leaf] : value.items()) {
        if (leaf.is_number()) hold({{key, {{inner, far}}}}, key + "." + inner);
        numbers += leaf.is_number() ? 1 : 0;
      }
    }
  }
  EXPECT_GT(numbers, 30);
}

TEST(Config, NamesTheNearestKnownKeyAndTheLayer) {
  const auto merged = merge_config({layer("/x/config.json", {{"prot", 1}})});
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, Code::bad_configuration);
  EXPECT_NE(merged.error().message.find("/x/config.json"), std::string::npos);
  EXPECT_NE(merged.error().message.find("did you mean 'port'"), std::string::npos) << merged.error().message;
  EXPECT_FALSE(merge_config({layer("f", {{"watch", {{"settle_ms", "x"}}}})}));
}

TEST(Config, ReadsTheEnvironmentByType) {
  const char* environment[] = {"BPYD_PORT=7", "BPYD_WATCH_SETTLE_MS=8", "BPYD_HOST=::1", "BPYD_PROJECTS=/a,/b", "PATH=/bin", nullptr};
  const auto merged = merge_config({environment_layer(environment)});
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(merged->config.port, 7);
  EXPECT_EQ(merged->config.watch.settle_ms, 8);
  EXPECT_EQ(merged->config.host, "::1");
  EXPECT_EQ(merged->config.projects, (std::vector<std::string>{"/a", "/b"}));
}

TEST(Config, NamesABrokenFile) {
  TempDir dir;
  EXPECT_TRUE(read_config_file(dir / "none.json"));
  write_file(dir / "c.json", "{ broken");
  EXPECT_EQ(read_config_file(dir / "c.json").error().code, Code::bad_configuration);
}

TEST(Config, ReadsAProjectsFileBeneathItsRootOnly) {
  TempDir dir;
  const auto root = dir / "project";
  std::filesystem::create_directories(root / ".branchpy");
  ASSERT_TRUE(read_project_config(root));
  EXPECT_TRUE(read_project_config(root)->values->empty());
  write_file(root / kProjectConfig, R"({"port":1})");
  EXPECT_EQ(read_project_config(root)->values->at("port"), 1);
  EXPECT_EQ(read_project_config(root)->origin, (root / kProjectConfig).string());
  std::filesystem::remove(root / kProjectConfig);
  write_file(dir / "mine.json", R"({"port":1})");
  std::filesystem::create_symlink(dir / "mine.json", root / kProjectConfig);
  EXPECT_EQ(read_project_config(root).error().code, Code::outside_project);
}

class ProjectsTest : public testing::Test {
 protected:
  std::filesystem::path make(const std::string& name) {
    std::filesystem::create_directories(dir / name / "game");
    return dir / name;
  }
  TempDir dir;
  runtime::Loop loop;
  Projects projects{loop};
};

TEST_F(ProjectsTest, GiveEachRootOneAlias) {
  const auto first = projects.add(make("My Game!"), "");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->alias, "My_Game");
  EXPECT_EQ(projects.add(dir / "My Game!/../My Game!", "").value(), *first);
  std::filesystem::create_directory_symlink(dir / "My Game!", dir / "link");
  EXPECT_EQ(projects.add(dir / "link", "").value(), *first);
  EXPECT_EQ((*projects.add(make("sub/My Game!"), ""))->alias, "My_Game-2");
}

TEST_F(ProjectsTest, RefuseWhatIsNoProject) {
  EXPECT_EQ(projects.add("relative", "").error().code, Code::bad_value);
  EXPECT_EQ(projects.add(dir / "none", "").error().code, Code::project_not_found);
  EXPECT_EQ(projects.add(dir.path(), "").error().code, Code::project_not_found);
  EXPECT_NE(projects.add(make("a") / "game", "").error().suggestion.find((dir / "a").string()), std::string::npos);
  EXPECT_EQ(projects.add(make("b"), "no spaces").error().code, Code::bad_value);
  ASSERT_TRUE(projects.add(make("b"), "taken"));
  EXPECT_EQ(projects.add(make("c"), "taken").error().code, Code::name_taken);
}

TEST_F(ProjectsTest, AreFoundByAliasByRootAndAloneByNothing) {
  EXPECT_EQ(projects.find("").error().code, Code::project_not_found);
  const auto a = projects.add(make("a"), "").value();
  EXPECT_EQ(projects.find("").value(), a);
  EXPECT_EQ(projects.find("a").value(), a);
  EXPECT_EQ(projects.find(a->root.string()).value(), a);
  const auto b = projects.add(make("b"), "").value();
  EXPECT_EQ(projects.find("").error().code, Code::missing_parameter);
  const auto unknown = projects.find("zzz");
  EXPECT_EQ(unknown.error().code, Code::project_not_found);
  EXPECT_EQ(unknown.error().suggestion, "Registered projects: a, b");
  ASSERT_TRUE(projects.rename(*b, "c"));
  EXPECT_EQ(projects.find("c").value(), b);
  EXPECT_EQ(projects.rename(*b, "a").error().code, Code::name_taken);
  projects.remove(*b);
  EXPECT_FALSE(projects.find("c"));
}

struct NoSink final : hub::Sink {
  void wake() override {}
  void ping() override {}
  void close(protocol::CloseCode, std::string_view) override {}
};

class SubscribersTest : public testing::Test {
 protected:
  TempDir dir;
  runtime::Loop loop;
  runtime::Workers workers{loop, 1};
  runtime::Metrics metrics;
  hub::Hub hub{loop, {}, metrics};
  NoSink sink;
};

TEST_F(SubscribersTest, OutliveARestart) {
  {
    Subscribers before(loop, workers, dir / "daemon_subs.json");
    hub::Client& client = hub.attach(sink, {"/ws"});
    client.client_id = "panel-1";
    ASSERT_TRUE(hub.subscribe(client, "pilot:abc"));
    before.subscribe_report(client, "analyze");
    EXPECT_TRUE(before.wanted_reports().contains("analyze"));
    before.remember(client);
    before.save_now();
    loop.run_until([this] { return std::filesystem::exists(dir / "daemon_subs.json"); }, std::chrono::seconds(10));
  }
  Subscribers after(loop, workers, dir / "daemon_subs.json");
  after.load();
  const auto* kept = after.remembered("panel-1");
  ASSERT_NE(kept, nullptr);
  EXPECT_TRUE(kept->channels.contains("pilot:abc"));
  EXPECT_TRUE(kept->reports.contains("analyze"));
  EXPECT_TRUE(after.wanted_reports().empty()) << "nobody is connected";
}

TEST_F(SubscribersTest, SetABrokenFileAside) {
  for (const char* text : {"", "{", "[]", "{}", R"({"clients": 3})"}) {
    write_file(dir / "daemon_subs.json", text);
    Subscribers subscribers(loop, workers, dir / "daemon_subs.json");
    subscribers.load();
    EXPECT_TRUE(subscribers.all().empty());
    EXPECT_EQ(slurp(dir / "daemon_subs.json.bad"), text);
  }
}

TEST_F(SubscribersTest, TakeWhatFitsOutOfAnOddFile) {
  write_file(dir / "daemon_subs.json", R"({"clients": {"a": {"channels": ["x", 3, "b c"], "reports": "no"}, "b": 7}})");
  Subscribers subscribers(loop, workers, dir / "daemon_subs.json");
  subscribers.load();
  ASSERT_NE(subscribers.remembered("a"), nullptr);
  EXPECT_EQ(subscribers.remembered("a")->channels, (std::set<std::string>{"x"}));
  EXPECT_EQ(subscribers.remembered("b"), nullptr);
}

TEST(Trust, IsGivenByNameAndSurvivesABrokenList) {
  TempDir dir;
  EXPECT_FALSE(is_trusted(dir.path(), "/game"));
  ASSERT_TRUE(trust(dir.path(), "/game"));
  EXPECT_TRUE(is_trusted(dir.path(), "/game"));
  EXPECT_FALSE(is_trusted(dir.path(), "/game2"));
  write_file(dir / "trusted.json", "broken");
  EXPECT_FALSE(is_trusted(dir.path(), "/game"));
}

}  // namespace
}  // namespace bpyd::daemon
