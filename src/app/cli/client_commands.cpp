// SPDX-License-Identifier: MIT
// Commands that talk to the running daemon over HTTP.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "../metadata.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/lock.hpp"
#include "bpyd/transport/http_client.hpp"
#include "ask.hpp"
#include "cli.hpp"

namespace bpyd::app::cli {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{5};

/// What is watched, how well, and what that costs.
void print_watched(const nlohmann::json& watch) {
  for (const auto& row : watch.value("projects", nlohmann::json::array())) {
    std::cout << "  " << row.value("project", "") << " (" << row.value("root", "") << "): ";
    if (row.value("mode", "") == "off") std::cout << "not watched";
    else std::cout << row.value("files", 0) << " files in " << row.value("folders", 0) << " folders, " << row.value("mode", "") << ", " << row.value("saves", 0) << " saves";
    if (row.contains("failure")) std::cout << "\n    its story cannot be read: " << row.value("failure", "");
    if (row.value("degraded", false)) std::cout << "\n    " << row.value("code", "") << " " << row.value("reason", "");
    std::cout << "\n";
  }
  const auto cost = watch.value("cost", nlohmann::json::object());
  std::cout << "  watching costs " << cost.value("watches", 0) << " of " << cost.value("watch_limit", 0) << " kernel watches; the daemon has used "
            << cost.value("cpu_seconds", 0.0) << " s of computing time\n";
}

}  // namespace

Result<Answer> ask(const Common& common, const std::string& method, const std::string& target, const std::string& body) {
  auto metadata = running_daemon(common.run);
  if (!metadata) return std::unexpected(metadata.error());
  auto reply = transport::http_call(endpoint_of(*metadata, common.run), method, target, body, kPatience);
  if (!reply) return std::unexpected(reply.error());
  if (reply->status < 400) return Answer{*std::move(metadata), std::move(reply->body)};
  const auto json = nlohmann::json::parse(reply->body, nullptr, false);
  if (!json.is_object()) return fail(Code::internal, "The daemon answered " + std::to_string(reply->status));
  const auto code = static_cast<Code>(std::atoi(json.value("code", "BPY-2000").c_str() + 4));
  return fail(code, json.value("message", ""), json.value("suggestion", ""));
}

int report(const Common& common, const Error& error, int exit_code) {
  if (common.json) {
    nlohmann::ordered_json json{{"error", true}, {"code", code_text(error.code)}, {"message", error.message},
                                {"severity", severity_text(code_row(error.code).severity)}, {"suggestion", error.advice()}};
    std::cout << dump_json(json, 2) << "\n";
  } else {
    std::cerr << "bpyd: " << code_text(error.code) << " " << error.message << "\n      " << error.advice() << "\n";
  }
  return exit_code;
}

int status(const Common& common) {
  const auto answer = ask(common, "GET", "/api/daemon/status");
  if (!answer) return report(common, answer.error());
  const auto watched = ask(common, "GET", "/api/watch/status");
  if (common.json) {
    auto json = nlohmann::ordered_json::parse(answer->body);
    if (watched) json["watch"] = nlohmann::ordered_json::parse(watched->body);
    std::cout << dump_json(json, 2) << "\n";
    return kExitOk;
  }
  const auto json = nlohmann::json::parse(answer->body);
  std::cout << "bpyd " << json.value("version", "") << " runs (pid " << json.value("pid", 0) << ", profile " << json.value("profile", "") << ")\n"
            << "  HTTP " << json.value("host", "") << ":" << json.value("http_port", 0) << ", WebSocket :" << json.value("ws_port", 0)
            << "\n  " << json.value("client_count", 0) << " clients, " << json.value("projects", 0) << " projects, "
            << json.value("daemon_state", "") << ", " << json.value("memory_kib", 0) / 1024 << " MiB, up "
            << static_cast<long>(json.value("uptime_seconds", 0.0)) << " s\n";
  if (watched) print_watched(nlohmann::json::parse(watched->body));
  return kExitOk;
}

int ping(const Common& common) {
  const auto started = steady_clock::now();
  const auto answer = ask(common, "GET", "/pilot/health");
  const std::chrono::duration<double, std::milli> took = steady_clock::now() - started;
  if (!answer) return report(common, answer.error());
  if (common.json) std::cout << nlohmann::json{{"ok", true}, {"milliseconds", took.count()}}.dump() << "\n";
  else std::cout << "pong from " << http_base(answer->metadata.host, answer->metadata.http_port, answer->metadata.tls) << " in " << took.count() << " ms\n";
  return kExitOk;
}

bool stop_and_wait(const Common& common) {
  const auto answer = ask(common, "POST", "/api/daemon/shutdown", "{}");
  const auto deadline = steady_clock::now() + kPatience;
  // The lock, not the process id, says whether it is gone.
  while (steady_clock::now() < deadline) {
    if (!io::ProcessLock::held(lock_file(common.run.profile_dir()))) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  report(common, answer ? Error{Code::wrong_state, "bpyd was asked to stop but is still there"} : answer.error());
  return false;
}

int stop(const Common& common) {
  if (const auto there = ask(common, "GET", "/pilot/health"); !there) return report(common, there.error());
  if (!stop_and_wait(common)) return kExitFailed;
  std::cout << (common.json ? "{\"stopped\": true}\n" : "bpyd stopped\n");
  return kExitOk;
}

int open_project(const Common& common, const std::filesystem::path& root) {
  std::error_code ignored;
  const auto full = std::filesystem::absolute(root, ignored);
  const auto answer = ask(common, "POST", "/api/projects", nlohmann::json{{"root", full.string()}}.dump());
  if (!answer) return report(common, answer.error());
  const auto json = nlohmann::json::parse(answer->body);
  const auto page = "/pilot/view?project=" + percent_encode(json.value("alias", ""));
  const auto let_in = ask(common, "POST", "/api/auth/link", nlohmann::json{{"path", page}}.dump());
  if (!let_in) return report(common, let_in.error());
  const auto link = http_base(answer->metadata.host, answer->metadata.http_port, answer->metadata.tls) + nlohmann::json::parse(let_in->body).value("path", page);
  if (common.json) std::cout << nlohmann::json{{"alias", json.value("alias", "")}, {"url", link}}.dump() << "\n";
  else std::cout << link << "\n";
  return kExitOk;
}

int publish(const Common& common, const std::string& channel, const std::string& type, const std::string& message) {
  // As text, not through a tree: what is given is what goes out.
  if (const auto valid = parse_json(message); !valid) return report(common, valid.error(), kExitUsage);
  const std::string body = "{\"channel\":" + nlohmann::json(channel).dump() + ",\"type\":" + nlohmann::json(type).dump() + ",\"message\":" + message + "}";
  const auto answer = ask(common, "POST", "/api/ws/broadcast", body);
  if (!answer) return report(common, answer.error());
  const auto json = nlohmann::json::parse(answer->body);
  if (common.json) std::cout << answer->body;
  else std::cout << channel << " " << json.value("seq", 0) << ": told " << json.value("subscribers", 0) << " subscribers\n";
  return kExitOk;
}

int tail(const Common& common, const std::string& channel, const std::optional<std::int64_t>& since) {
  const auto metadata = running_daemon(common.run);
  if (!metadata) return report(common, metadata.error());
  nlohmann::json subscribe{{"type", "subscribe"}, {"channel", channel}};
  if (since) subscribe["since"] = {{"epoch", metadata->epoch}, {"seq", *since}};
  const auto done = transport::ws_listen(endpoint_of(*metadata, common.run), "/ws/connect", {subscribe.dump()}, [&](const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    const auto type = json.value("type", "");
    if (type == "error") {
      std::cerr << "bpyd: " << json.value("code", "") << " " << json.value("message", "") << "\n";
      return false;
    }
    if (type == "subscribed" && !json.value("recovered", true)) std::cerr << "bpyd: the log does not reach back that far; live from here on\n";
    if (!json.contains("seq") || type == "subscribed") return true;
    if (common.json) std::cout << text << std::endl;
    else std::cout << json.value("channel", "") << " " << json["seq"] << " " << type << " " << json.value("data", nlohmann::json()).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
    return std::cout.good();
  });
  return done ? kExitFailed : report(common, done.error());
}

}  // namespace bpyd::app::cli
