// SPDX-License-Identifier: MIT
// The command line. CLI11 lives in cli.cpp and nowhere else.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "../options.hpp"
#include "bpyd/core/error.hpp"

namespace bpyd::app::cli {

/// What every command may be told.
struct Common {
  RunOptions run;
  bool json = false;
};

/// Parses and runs; the exit code.
int main(int argc, char** argv);

// client_commands.cpp: they talk to a running daemon.
int status(const Common& common);
int ping(const Common& common);
int stop(const Common& common);
/// Stops the daemon of the profile and waits until its lock is free.
bool stop_and_wait(const Common& common);
int publish(const Common& common, const std::string& channel, const std::string& type, const std::string& message);
/// Prints a channel's events as they come, those after number `since` first.
int tail(const Common& common, const std::string& channel, const std::optional<std::int64_t>& since);
/// Prints what is saved below a folder as it happens (watch_command.cpp).
int watch(const Common& common, const std::filesystem::path& path);
int open_project(const Common& common, const std::filesystem::path& root);

// story_commands.cpp: they need no daemon.
int analyze(const Common& common, const std::filesystem::path& root, bool write);
/// Which paths to print.
struct PathChoice {
  std::string through, to;  // labels with commas; file:line
  std::int64_t offset = 0, limit = 0;  // 0: all of the cover, 20 of a search
};
int paths(const Common& common, const std::filesystem::path& root, const PathChoice& chosen);
/// What must have happened before a line ("script.rpy:12") can be seen.
int needs(const Common& common, const std::filesystem::path& root, const std::string& place);
int facts(const Common& common, const std::filesystem::path& root);
int flow(const Common& common, const std::filesystem::path& root);

// diff_command.cpp: neither does it.
struct DiffOptions {
  std::vector<std::string> sides;  ///< before, after: folders, or revisions of the project's repository
  std::string project;
  bool exit_code = false;  ///< kExitFailed when they differ, kExitUsage when that cannot be told
};
int diff(const Common& common, const DiffOptions& options);

// history_command.cpp: nor that.
struct HistoryOptions {
  enum class Action : std::uint8_t { list, show, diff, write_out };
  Action action = Action::list;
  std::string root, what, other, to;  ///< snapshots by number, name or "newest"; to: a folder
  std::int64_t limit = 20;
};
int history_of(const Common& common, const HistoryOptions& options);

// check_command.cpp: nor does it.
struct CheckOptions {
  std::string project, rules, format, output, fail_on;  ///< empty: not said
};
/// kExitFailed when the story does not pass, kExitUsage when that cannot be told.
int check(const Common& common, const CheckOptions& options);

// doctor_command.cpp: what is needed, what is there, what to do. kExitFailed when something is wrong.
int doctor(const Common& common);
// report_command.cpp: logs and findings in one file, without secrets. Empty: bpyd-report-TIME.tar.gz here.
int pack_report(const Common& common, const std::filesystem::path& file);

// local_commands.cpp: the tables, the configuration, trust.
int version(const Common& common);
int show_config(const Common& common, const std::filesystem::path& project);
int trust_project(const Common& common, const std::filesystem::path& root);
int routes(const Common& common);
int events(const Common& common);
int errors(const Common& common);

/// Prints an error as text on standard error, or as the JSON payload on standard output.
int report(const Common& common, const Error& error, int exit_code = kExitFailed);

}  // namespace bpyd::app::cli
