// SPDX-License-Identifier: MIT
// Log lines as messages. A reader that does not read is closed like any other.
#include "log_door.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "talk.hpp"

namespace bpyd::channels {
namespace {

constexpr std::size_t kMostBacklog = 200;  // below a queue's bound
constexpr std::streamoff kTail = 256 * 1024;

std::string query_value(const protocol::Request& request, std::string_view name) {
  const auto found = std::ranges::find(request.query, name, &QueryPairs::value_type::first);
  return found == request.query.end() ? std::string() : found->second;
}

/// "2025-11-07T19:15:32.456Z" as seconds; 0 for anything else.
double seconds_of(const std::string& text) {
  std::tm parts{};
  int millis = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%dZ", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &millis) != 7) return 0;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<double>(::timegm(&parts)) + millis / 1000.0;
}

LogMessage from_line(const nlohmann::json& line) {
  const auto text = [&](const char* name) { return line.value(name, std::string()); };
  return {text("level"), text("msg"), {seconds_of(text("ts"))}, text("component") + ":" + text("event")};
}

std::vector<std::string> last_lines(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = in ? static_cast<std::streamoff>(in.tellg()) : 0;
  in.seekg(std::max<std::streamoff>(0, size - kTail));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

void LogDoor::install(daemon::Binder& binder) {
  hub::Door door("/ws/logs", protocol::Scope::read);
  door.summary = "the daemon's log, live; ?level=warn, ?backlog=50";
  door.spelling = hub::Spelling::brain;
  door.messages.emplace("set_level", hub::message(protocol::Scope::read, "least level to be told", this, &LogDoor::set_level));
  door.messages.emplace("ping", hub::message(protocol::Scope::read, "are you there?", this, &LogDoor::ping));
  door.answers = {{"log", "one line; the first is a welcome", schema_fn<LogMessage>},
                  {"pong", "the answer to ping", schema_fn<Time>},
                  {"error", "what was wrong with a message", schema_fn<protocol::ErrorMessage>}};
  door.judge = [](const protocol::Request& request) -> Result<void> {
    const auto level = query_value(request, "level");
    if (const auto known = log::parse_level(level.empty() ? "info" : level); !known) return std::unexpected(known.error());
    return {};
  };
  door.on_open = [this](hub::Client& client, const protocol::Request& request) { opened(client, request); };
  door.on_close = [this](hub::Client& client) { closed(client); };
  binder.door(std::move(door));
}

void LogDoor::stop() {
  log::set_listener({});
  clients_.clear();
}

void LogDoor::opened(hub::Client& client, const protocol::Request& request) {
  const auto wanted = query_value(request, "level");
  const auto level = log::parse_level(wanted.empty() ? "info" : wanted).value_or(log::Level::info);
  const auto backlog = query_value(request, "backlog");
  std::size_t lines = 0;
  std::from_chars(backlog.data(), backlog.data() + backlog.size(), lines);
  const LogMessage welcome{"info", "Connected to the log of bpyd " + services_->identity.server_version, now(), "logs:welcome"};
  hub::send_message(client, "log", to_json_text(welcome));
  send_backlog(client, std::min(lines, kMostBacklog), level);
  if (clients_.empty()) {
    log::set_listener([this](const log::LineView& line) {
      const LogMessage message{std::string(log::level_text(line.level)), std::string(line.msg), now(), std::string(line.component) + ":" + std::string(line.event)};
      services_->loop.post([this, level = line.level, text = to_json_text(message)] { tell(level, text); });
    });
  }
  clients_[&client] = level;
}

void LogDoor::closed(hub::Client& client) {
  clients_.erase(&client);
  if (clients_.empty()) log::set_listener({});
}

void LogDoor::send_backlog(hub::Client& client, std::size_t lines, log::Level least) const {
  std::vector<LogMessage> messages;
  for (const auto& line : last_lines(services_->identity.runtime_dir / "ws_daemon.log")) {
    const auto parsed = nlohmann::json::parse(line, nullptr, false);
    if (!parsed.is_object()) continue;
    auto message = from_line(parsed);
    if (log::parse_level(message.level).value_or(log::Level::debug) >= least) messages.push_back(std::move(message));
  }
  const auto skip = messages.size() - std::min(lines, messages.size());
  for (auto i = skip; i < messages.size(); ++i) hub::send_message(client, "log", to_json_text(messages[i]));
}

void LogDoor::tell(log::Level level, const std::string& message) {
  for (const auto& [client, least] : clients_) {
    if (level >= least) hub::send_message(*client, "log", message);
  }
}

Result<void> LogDoor::set_level(const hub::Call& call, const SetLevel& message) {
  const auto level = log::parse_level(message.level);
  if (!level) return std::unexpected(level.error());
  clients_[&call.client] = *level;
  return {};
}

Result<void> LogDoor::ping(const hub::Call& call, const Nothing&) {
  call.answer("pong", Time{now()});
  return {};
}

}  // namespace bpyd::channels
