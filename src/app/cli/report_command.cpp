// SPDX-License-Identifier: MIT
// `bpyd report`: what somebody needs who is to find out what went wrong: logs, findings, configuration, the
// last crash. No script of a story, no event, no token.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>

#include "../metadata.hpp"
#include "bpyd/core/clock.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/config.hpp"
#include "bpyd/io/files.hpp"
#include "doctor.hpp"
#include "tarball.hpp"

namespace bpyd::app::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kFileMost = 16u << 20;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  if (what.empty()) return;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) text.replace(at, what.size(), with);
}

/// The log holds no secret by its own rules; this is the second lock on the door, and hides who the user is.
class Cleaner {
 public:
  explicit Cleaner(const RunOptions& run) : token_(trim(io::read_file(run.profile_dir() / "token", 4096).value_or(""))) {
    if (const char* home = std::getenv("HOME")) home_ = home;
    if (home_.size() < 2) home_.clear();  // "/" is in every path
  }

  [[nodiscard]] std::string clean(std::string text) const {
    replace_all(text, token_, "***");
    // Line by line: std::regex goes as deep as its text is long.
    static const std::regex secrets(R"re((\b(?:token|ticket|k|code)=|[Bb]earer |"(?:X-BranchPy-Token|Authorization|Cookie)": ?")[^&\s"]{1,2000}|eyJ[A-Za-z0-9_-]{4,2000}\.[A-Za-z0-9_-]{1,2000}\.[A-Za-z0-9_-]{1,2000})re");
    std::string out;
    for (const auto& line : split(text, '\n')) {
      const bool suspect = line.size() < 8192 && (line.contains('=') || line.contains("earer") || line.contains("eyJ") || line.contains("oken") || line.contains("ookie"));
      out += suspect ? std::regex_replace(line, secrets, "$1***") : line;
      out += '\n';
    }
    if (out.size() > 1) out.pop_back();
    replace_all(out, home_, "~");
    return out;
  }

 private:
  std::string token_, home_;
};

std::string configuration(const RunOptions& run) {
  const auto merged = load_config(run, {});
  return merged ? dump_json(daemon::config_report(*merged), 2) : merged.error().message;
}

}  // namespace

int pack_report(const Common& common, const fs::path& wanted) {
  const Cleaner cleaner(common.run);
  const auto now = iso8601_now();
  std::string stamp = now.substr(0, 19);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const auto file = wanted.empty() ? fs::path("bpyd-report-" + stamp + ".tar.gz") : wanted;
  Tarball tarball;
  std::vector<std::string> packed;
  const auto add = [&](const std::string& name, const std::string& text) {
    tarball.add("bpyd-report/" + name, cleaner.clean(text));
    packed.push_back(name);
  };
  add("doctor.json", dump_json(findings_json(examine(common.run)), 2) + "\n");
  add("configuration.json", configuration(common.run) + "\n");
  std::vector<fs::path> files{metadata_file(common.run.profile_dir()), crash_note(common.run.profile_dir()), last_crash(common.run.profile_dir())};
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(common.run.runtime_dir, none)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("ws_daemon") && name.ends_with(".log")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& each : files) {
    if (const auto text = io::read_file(each, kFileMost)) add(each.filename().string(), *text);
  }
  const auto bytes = tarball.packed();
  if (bytes.empty()) return report(common, {Code::internal, "The report cannot be packed"});
  if (const auto ok = io::write_atomically(file, bytes); !ok) return report(common, ok.error());
  std::error_code bad;
  const auto where = fs::absolute(file, bad).string();
  if (common.json) {
    std::cout << dump_json(nlohmann::ordered_json{{"file", where}, {"bytes", bytes.size()}, {"contents", packed}}, 2) << "\n";
    return kExitOk;
  }
  std::cout << where << " (" << bytes.size() / 1024 + 1 << " KiB):\n";
  for (const auto& name : packed) std::cout << "  " << name << "\n";
  std::cout << "It holds no token, no script and no event; names of files and projects stand in the log. Look into it before you send it.\n";
  return kExitOk;
}

}  // namespace bpyd::app::cli
