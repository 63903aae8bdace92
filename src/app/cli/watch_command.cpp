// SPDX-License-Identifier: MIT
// `bpyd watch PATH`: what is saved, in a terminal. The running daemon tells it, with what the save did to
// the story; without one, or for a folder that is no project, this process watches by itself.
#include <chrono>
#include <csignal>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "../metadata.hpp"
#include "ask.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/watcher.hpp"
#include "bpyd/transport/http_client.hpp"
#include "cli.hpp"

namespace bpyd::app::cli {
namespace {

using nlohmann::json;

std::string time_of_day() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec, static_cast<int>(milliseconds));
  return text.data();
}

std::string_view word(io::ChangeKind kind) {
  return kind == io::ChangeKind::created ? "created " : kind == io::ChangeKind::removed ? "removed " : "modified";
}

void print_saved(const json& event) {
  const auto when = time_of_day();
  if (event.value("rescanned", false)) std::cout << when << " events were lost: the tree was looked at again\n";
  for (const auto& row : event.value("changes", json::array())) {
    const auto change = row.value("change", "");
    std::cout << when << " " << change << std::string(change.size() < 8 ? 8 - change.size() : 0, ' ') << " " << row.value("file", "") << "\n";
  }
  if (event.contains("error")) std::cout << "             the story cannot be read: " << event.value("error", "") << "\n";
}

void print_story(const json& event) {
  for (const auto& line : event.value("summary", json::array())) std::cout << "             " << line.get<std::string>() << "\n";
}

void print_status(const json& event, const std::string& project) {
  for (const auto& row : event.value("projects", json::array())) {
    if (row.value("project", "") != project || !row.value("degraded", false)) continue;
    std::cerr << "bpyd: BPY-2005 " << row.value("reason", "") << "\n";
  }
}

/// Prints one message of the daemon when it concerns the project; false when it cannot be printed any more.
bool print_message(const std::string& text, const std::string& project, bool as_json) {
  const auto message = json::parse(text, nullptr, false);
  if (!message.is_object() || !message.contains("seq")) return true;
  const auto type = message.value("type", "");
  const auto data = message.value("data", json::object());
  if (!data.is_object()) return true;
  if (type == "watch.status" && !as_json) print_status(data, project);
  if (data.value("project", "") != project) return true;
  if (as_json) std::cout << text << "\n";
  else if (type == "watch.event") print_saved(data);
  else if (type == "story.diff") print_story(data);
  std::cout.flush();
  return std::cout.good();
}

int watch_with_daemon(const Common& common, const Answer& registered) {
  const auto project = json::parse(registered.body).value("alias", "");
  std::vector<std::string> first;
  for (const auto* channel : {"watch", "story"}) first.push_back(json{{"type", "subscribe"}, {"channel", channel}}.dump());
  if (!common.json) std::cerr << "bpyd: watching " << project << "; Ctrl-C ends\n";
  const auto done = transport::ws_listen(endpoint_of(registered.metadata, common.run), "/ws/connect", first,
                                         [&](const std::string& text) { return print_message(text, project, common.json); });
  return done ? kExitOk : report(common, done.error());
}

void print_set(const io::ChangeSet& set, const std::string& root, bool as_json) {
  nlohmann::ordered_json event{{"type", "watch.event"}, {"root", root}, {"rescanned", set.rescanned}, {"clock", set.clock}};
  auto& changes = event["changes"] = nlohmann::ordered_json::array();
  for (const auto& change : set.changes) changes.push_back({{"file", change.file}, {"change", trim(word(change.kind))}});
  if (as_json) std::cout << dump_json(event) << std::endl;
  else print_saved(json::parse(dump_json(event)));
  std::cout.flush();
}

int watch_alone(const Common& common, const std::filesystem::path& root) {
  runtime::Loop loop;
  runtime::Workers workers(loop, 1);
  io::WatchService service(loop, workers);
  const auto name = printable_utf8(root.string());
  std::string said;
  std::unique_ptr<io::Watcher> watcher;
  const auto told = [&](const io::ChangeSet& set) {
    print_set(set, name, common.json);
    if (!std::cout.good()) loop.stop();
  };
  const auto status = [&] {
    if (!watcher) return;
    const auto now = watcher->status();
    if (now.degraded && now.reason != said) std::cerr << "bpyd: BPY-2005 " << now.reason << "\n";
    said = now.reason;
  };
  watcher = service.watch(root, {}, {told, status});
  if (!common.json) std::cerr << "bpyd: watching " << name << " without a daemon; Ctrl-C ends\n";
  std::signal(SIGINT, SIG_DFL);
  loop.run();
  return kExitOk;
}

}  // namespace

int watch(const Common& common, const std::filesystem::path& path) {
  std::error_code error;
  const auto root = std::filesystem::canonical(path, error);
  if (error || !std::filesystem::is_directory(root, error)) {
    return report(common, {Code::project_not_found, "There is no folder " + printable_utf8(path.string()), "Check the path"}, kExitUsage);
  }
  const auto answer = ask(common, "POST", "/api/projects", json{{"root", root.string()}}.dump());
  if (answer) return watch_with_daemon(common, *answer);
  const bool none = !running_daemon(common.run);
  if (none || answer.error().code == Code::project_not_found) return watch_alone(common, root);
  return report(common, answer.error());
}

}  // namespace bpyd::app::cli
