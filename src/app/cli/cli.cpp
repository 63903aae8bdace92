// SPDX-License-Identifier: MIT
// From arguments to one command. No subcommand means run.
#include "cli.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/projects.hpp"
#include "terminal.hpp"

namespace bpyd::app::cli {
namespace {

/// Flags that override the configuration; only those given become part of the layer.
struct Flags {
  std::optional<std::string> host, log_level, auth, jwt_key, jwt_algorithm, tls_cert, tls_key;
  std::optional<std::int64_t> port, http_port;
  std::vector<std::string> projects, allow_origins;
  bool log_stderr = false, insecure = false;
};

void add_run_flags(CLI::App& app, Flags& flags) {
  app.add_option("--port", flags.port, "WebSocket port; taken: the next up to +5; 0: any (8765)");
  app.add_option("--http-port", flags.http_port, "HTTP port (the WebSocket port's next)");
  app.add_option("--host", flags.host, "address to listen on (127.0.0.1)");
  app.add_option("--project", flags.projects, "folder of a Ren'Py project; repeatable");
  app.add_option("--allow-origin", flags.allow_origins, "foreign origin let in, whole; repeatable");
  app.add_option("--log-level", flags.log_level, "debug, info, warn or error (info)");
  app.add_option("--auth", flags.auth, "none, token or jwt (none)");
  app.add_option("--jwt-key", flags.jwt_key, "file with the secret (HS256) or public key (RS256)");
  app.add_option("--jwt-algorithm", flags.jwt_algorithm, "HS256 or RS256 (HS256)");
  app.add_option("--tls-cert", flags.tls_cert, "certificate in PEM: both ports speak TLS");
  app.add_option("--tls-key", flags.tls_key, "its private key in PEM");
  app.add_flag("--log-stderr", flags.log_stderr, "log on standard error too");
  app.add_flag("--insecure", flags.insecure, "listen beyond loopback without token and TLS");
}

daemon::ConfigLayer layer_of(const Flags& flags) {
  nlohmann::json values = nlohmann::json::object();
  if (flags.host) values["host"] = *flags.host;
  if (flags.port) values["port"] = *flags.port;
  if (flags.http_port) values["http_port"] = *flags.http_port;
  if (flags.log_level) values["log_level"] = *flags.log_level;
  const auto full_path = [](const std::string& path) {
    std::error_code bad;
    return std::filesystem::absolute(path, bad).string();
  };
  if (flags.auth) values["auth"] = *flags.auth;
  if (flags.jwt_algorithm) values["jwt_algorithm"] = *flags.jwt_algorithm;
  if (flags.jwt_key) values["jwt_key"] = full_path(*flags.jwt_key);
  if (flags.tls_cert) values["tls_cert"] = full_path(*flags.tls_cert);
  if (flags.tls_key) values["tls_key"] = full_path(*flags.tls_key);
  if (!flags.allow_origins.empty()) values["allow_origins"] = flags.allow_origins;
  if (flags.log_stderr) values["log_stderr"] = true;
  if (flags.insecure) values["insecure"] = true;
  for (const auto& project : flags.projects) {
    std::error_code ignored;
    const auto full = std::filesystem::absolute(project, ignored);
    values["projects"].push_back(full.string());
  }
  return {"flags", std::make_shared<const nlohmann::json>(std::move(values))};
}

std::filesystem::path default_runtime_dir() {
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "/tmp" : home) / ".branchpy";
}

using Command = std::function<int()>;

/// One subcommand: when it is parsed, `chosen` becomes its action.
CLI::App* command(CLI::App& app, const std::string& name, const std::string& about, Command& chosen, Command action) {
  CLI::App* sub = app.add_subcommand(name, about);
  sub->fallthrough();
  sub->callback([&chosen, action = std::move(action)] { chosen = action; });
  return sub;
}

/// `bpyd history list|show|diff|export PATH …`.
void add_history(CLI::App& app, Command& chosen, const Common& common, HistoryOptions& options) {
  using Action = HistoryOptions::Action;
  auto* top = app.add_subcommand("history", "what is remembered of a story: its snapshots, from the project's .branchpy/history.db");
  top->require_subcommand(1);
  top->fallthrough();
  const auto add = [&](const std::string& name, const std::string& about, Action action) {
    auto* sub = command(*top, name, about, chosen, [&common, &options, action] {
      options.action = action;
      return history_of(common, options);
    });
    sub->add_option("path", options.root, "folder of a Ren'Py project")->required();
    return sub;
  };
  add("list", "print the newest snapshots", Action::list)->add_option("--limit", options.limit, "how many (20)")->check(CLI::PositiveNumber);
  add("show", "print one snapshot", Action::show)->add_option("snapshot", options.what, "its number, its name, or newest (the default)");
  auto* comparing = add("diff", "what changed between two snapshots", Action::diff);
  comparing->add_option("from", options.what, "its number, its name, or newest")->required();
  comparing->add_option("to", options.other, "another one (newest)")->default_val("newest");
  auto* writing = add("export", "print all snapshots as CSV (with --json a JSON object a line), or the report of one", Action::write_out);
  writing->add_option("snapshot", options.what, "its number, its name, or newest: its report, stats2");
  writing->add_option("--to", options.to, "a new folder for the scripts as they were then")->needs("snapshot");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"bpyd: shows a Ren'Py story's paths live while it is written. Without a command it runs the daemon.", "bpyd"};
  app.set_version_flag("--version", BPYD_VERSION);
  Common common;
  Flags flags;
  Command chosen;
  std::string runtime_dir = default_runtime_dir().string();
  std::string path;
  bool keep = false;
  app.add_flag("--json", common.json, "answer in JSON");
  app.add_option("--runtime-dir", runtime_dir, "logs and state (~/.branchpy)");
  app.add_option("--profile", common.run.profile, "one daemon for each (default)");
  add_run_flags(app, flags);
  app.add_flag("--enable-test-echo", common.run.test_echo)->group("");  // for protocol suites: in no help
  const auto run = [&common] { return run_daemon(common.run); };
  command(app, "run", "run the daemon (the default)", chosen, run);
  command(app, "status", "what the daemon is and does", chosen, [&] { return status(common); });
  command(app, "stop", "stop the daemon", chosen, [&] { return stop(common); });
  command(app, "restart", "stop the daemon and run again", chosen, [&] { return stop_and_wait(common) ? run() : kExitFailed; });
  command(app, "ping", "is the daemon there, and how quick", chosen, [&] { return ping(common); });
  command(app, "version", "print the version", chosen, [&] { return version(common); });
  command(app, "routes", "print every route", chosen, [&] { return routes(common); });
  command(app, "events", "print every event", chosen, [&] { return events(common); });
  command(app, "errors", "print every error code", chosen, [&] { return errors(common); });
  command(app, "config", "print the configuration in force and where each value came from", chosen, [&] { return show_config(common, path); })
      ->add_option("project", path, "a project whose own configuration counts too");
  command(app, "doctor", "check ports, limits, folders, configuration and versions, and say what to do", chosen, [&] { return doctor(common); });
  std::string packed;
  command(app, "report", "pack logs, findings and the last crash into one file, without secrets", chosen, [&] { return pack_report(common, packed); })
      ->add_option("--output", packed, "the file (bpyd-report-TIME.tar.gz)");
  const auto with_path = [&](CLI::App* sub) { sub->add_option("path", path, "folder of a Ren'Py project")->required(); return sub; };
  with_path(command(app, "analyze", "analyse a story and write its .branchpy/stats2.json", chosen, [&] { return analyze(common, path, !keep); }))
      ->add_flag("--no-write", keep, "print only");
  PathChoice which;
  auto* listing = with_path(command(app, "paths", "print a story's paths", chosen, [&] { return paths(common, path, which); }));
  listing->add_option("--through", which.through, "any path through these labels (commas between), shortest first");
  listing->add_option("--to", which.to, "any path to this place (script.rpy:12), shortest first");
  listing->add_option("--limit", which.limit, "most paths of a search (20)");
  listing->add_option("--offset", which.offset, "paths of a search to skip");
  std::string place;
  with_path(command(app, "needs", "what must have happened before a choice or line can be seen", chosen, [&] { return needs(common, path, place); }))
      ->add_option("place", place, "file and line: script.rpy:12")
      ->required();
  with_path(command(app, "facts", "print every statement as Ren'Py has it, a JSON object a line", chosen, [&] { return facts(common, path); }));
  with_path(command(app, "flow", "print each label's jumps, calls and menus as JSON, for other tools", chosen, [&] { return flow(common, path); }));
  DiffOptions compared;
  auto* comparing = command(app, "diff", "what changed in the story between two git revisions or folders, in a writer's words", chosen, [&] {
    if (compared.project.empty()) compared.project = flags.projects.empty() ? "." : flags.projects.front();
    return diff(common, compared);
  });
  comparing->add_option("sides", compared.sides, "before and after; a folder that exists, else a revision (HEAD and the project as it lies there)")->expected(0, 2);
  comparing->add_option("--project", compared.project, "the project that the revisions are of (the current folder)");
  comparing->add_flag("--exit-code", compared.exit_code, "exit with 1 when the story differs, 2 when it cannot be compared");
  HistoryOptions remembered;
  add_history(app, chosen, common, remembered);
  CheckOptions checked;
  auto* checking = command(app, "check", "hold a story against its governance rules; exit with 0: it passes, 1: it does not, 2: that cannot be told (bad rules, no project)", chosen,
                           [&] { return check(common, checked); });
  checking->add_option("path", checked.project, "folder of a Ren'Py project")->required();
  checking->add_option("--rules", checked.rules, "rules to use in place of the project's .branchpy/governance.json");
  checking->add_option("--format", checked.format, "text, json, junit or sarif (text; json with --json)")->check(CLI::IsMember({"text", "json", "junit", "sarif"}));
  checking->add_option("--output", checked.output, "write to this file in place of standard output");
  checking->add_option("--fail-on", checked.fail_on, "error, warn or never, in place of what the rules say")->check(CLI::IsMember({"error", "warn", "never"}));
  command(app, "watch", "print what is saved in a project, as it happens, and what that did to its story", chosen, [&] { return watch(common, path); })
      ->add_option("path", path, "folder of a Ren'Py project, or any other")
      ->required();
  with_path(command(app, "open", "register a project with the running daemon and print its PILOT link", chosen, [&] { return open_project(common, path); }));
  with_path(command(app, "trust", "allow a project's own configuration to run its analyzer command", chosen, [&] { return trust_project(common, path); }));
  std::string channel, message, type = "broadcast";
  std::optional<std::int64_t> since;
  auto* tailing = command(app, "tail", "print a channel's events as they come", chosen, [&] { return tail(common, channel, since); });
  tailing->add_option("channel", channel, "its name, or a pattern with a trailing *")->required();
  tailing->add_option("--since", since, "first those after this number");
  auto* publishing = command(app, "publish", "publish an event", chosen, [&] { return publish(common, channel, type, message); });
  publishing->add_option("channel", channel, "its name")->required();
  publishing->add_option("message", message, "any JSON")->required();
  publishing->add_option("--type", type, "the event's type (broadcast)");
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  std::error_code ignored;
  common.run.runtime_dir = std::filesystem::absolute(runtime_dir, ignored);
  common.run.flags = layer_of(flags);
  // Its name is its folder's: with a dot in front that would be the folder of all profiles, or its parent.
  if (!daemon::is_alias(common.run.profile) || common.run.profile.starts_with('.')) {
    return report(common, {Code::bad_value, "'" + printable_utf8(common.run.profile.substr(0, 80)) + "' is no profile name", "Use letters, digits, - _ . and no dot in front"}, kExitUsage);
  }
  if (!chosen) return run();
  const PlainOnTerminal out(std::cout, STDOUT_FILENO), err(std::cerr, STDERR_FILENO);
  return chosen();
}

}  // namespace bpyd::app::cli
