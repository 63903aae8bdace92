// SPDX-License-Identifier: MIT
// `bpyd doctor`: what this machine, this profile and these projects need for bpyd to work, and what to do
// where they do not give it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "../metadata.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "bpyd/runtime/crash.hpp"
#include "bpyd/transport/http_client.hpp"
#include "doctor.hpp"

namespace bpyd::app::cli {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::uint64_t kLittleRoom = 200u << 20, kNoRoom = 8u << 20;
constexpr rlim_t kDescriptors = 12'000;  // ten thousand clients, projects, databases
constexpr long kWatches = 65'536, kInstances = 16;

class Findings {
 public:
  void fine(std::string what, std::string found) { list_.push_back({std::move(what), Finding::fine, std::move(found), {}}); }
  void doubt(std::string what, std::string found, std::string advice) { list_.push_back({std::move(what), Finding::doubt, std::move(found), std::move(advice)}); }
  void wrong(std::string what, std::string found, std::string advice) { list_.push_back({std::move(what), Finding::wrong, std::move(found), std::move(advice)}); }
  std::vector<Finding> take() { return std::move(list_); }

 private:
  std::vector<Finding> list_;
};

long number_in(const char* file) {
  std::ifstream in(file);
  long value = -1;
  in >> value;
  return in ? value : -1;
}

/// The one of the profile, when one runs; its ports are not taken by strangers.
std::optional<Metadata> look_at_daemon(Findings& findings, const RunOptions& run) {
  const auto metadata = read_metadata(run.profile_dir());
  if (!metadata) {
    findings.fine("daemon", "none runs for profile '" + run.profile + "'");
    return std::nullopt;
  }
  const std::string who = "pid " + std::to_string(metadata->pid) + ", version " + metadata->server_version;
  if (!answers(*metadata, run)) {
    findings.wrong("daemon", "its metadata names " + who + ", which does not answer", "If no bpyd runs, start one: a start takes stale metadata away. If one hangs: kill " + std::to_string(metadata->pid));
    return std::nullopt;
  }
  if (metadata->server_version != BPYD_VERSION) findings.doubt("daemon", who + " runs; this program is " BPYD_VERSION, "bpyd restart");
  else findings.fine("daemon", who + " answers");
  return *metadata;
}

bool is_free(const std::string& host, std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return true;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

void look_at_ports(Findings& findings, const daemon::Config& config, const std::optional<Metadata>& running) {
  if (config.port == 0) return findings.fine("ports", "any that are free");
  std::vector<std::string> taken;
  unsigned free = 0;
  for (std::int64_t port = config.port; port <= std::min<std::int64_t>(config.port + 5, 65535); ++port) {
    if (running && (port == running->ws_port || port == running->http_port)) ++free;
    else if (is_free(config.host, static_cast<std::uint16_t>(port))) ++free;
    else taken.push_back(std::to_string(port));
  }
  const auto range = std::to_string(config.port) + " to " + std::to_string(std::min<std::int64_t>(config.port + 5, 65535));
  if (free < 2) return findings.wrong("ports", "of " + range + " others hold " + join(taken, ", "), "See who: ss -ltnp; or choose others with --port");
  if (!taken.empty()) return findings.doubt("ports", "of " + range + " others hold " + join(taken, ", ") + "; bpyd takes the next free ones", "See who: ss -ltnp");
  findings.fine("ports", range + (running ? " are free or this daemon's" : " are free"));
}

void look_at_folder(Findings& findings, const std::string& what, const fs::path& folder) {
  struct stat about {};
  if (::lstat(folder.c_str(), &about) < 0) return findings.fine(what, folder.string() + " will be made at the first start");
  if (!S_ISDIR(about.st_mode)) return findings.wrong(what, folder.string() + " is no folder", "Move it away, or choose another --runtime-dir");
  if (about.st_uid != ::geteuid()) return findings.wrong(what, folder.string() + " belongs to somebody else", "Choose another --runtime-dir");
  if ((about.st_mode & 077U) != 0) return findings.wrong(what, "others may enter " + folder.string(), "chmod 700 " + folder.string());
  if (::access(folder.c_str(), W_OK | X_OK) < 0) return findings.wrong(what, folder.string() + " cannot be written", "Mount it writable, or choose another --runtime-dir");
  struct statvfs room {};
  if (::statvfs(folder.c_str(), &room) == 0) {
    const auto bytes = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
    const auto left = std::to_string(bytes >> 20U) + " MiB are free there";
    if (bytes < kNoRoom) return findings.wrong(what, folder.string() + ": " + left, "Free some disk space: nothing can be kept");
    if (bytes < kLittleRoom) return findings.doubt(what, folder.string() + ": " + left, "Free some disk space before it runs out");
  }
  struct statfs kind {};
  constexpr long kNfs = 0x6969, kSmb = 0x517B, kCifs = 0xFF534D42, kSmb2 = 0xFE534D42;
  if (::statfs(folder.c_str(), &kind) == 0 && (kind.f_type == kNfs || kind.f_type == kSmb || kind.f_type == kCifs || kind.f_type == kSmb2)) {
    return findings.doubt(what, folder.string() + " lies on a network file system, where locks and databases may not hold", "Choose a local --runtime-dir");
  }
  findings.fine(what, folder.string() + " is yours alone and can be written");
}

void look_at_limits(Findings& findings) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto most = limit.rlim_max == RLIM_INFINITY ? std::string("any number of") : std::to_string(limit.rlim_max);
  if (limit.rlim_max < kDescriptors) findings.doubt("descriptors", most + " may be open: fewer clients than the 10,000 that bpyd is made for", "ulimit -Hn " + std::to_string(kDescriptors) + ", or LimitNOFILE= of the service that starts it");
  else findings.fine("descriptors", most + " may be open");
  const long watches = number_in("/proc/sys/fs/inotify/max_user_watches"), instances = number_in("/proc/sys/fs/inotify/max_user_instances");
  const auto seen = std::to_string(watches) + " watches, " + std::to_string(instances) + " instances";
  if (watches < 0) findings.doubt("watching", "the kernel tells no inotify limits", "Without inotify projects are polled every two seconds");
  else if (watches < kWatches) findings.doubt("watching", seen + ": a project with more folders is polled", "sudo sysctl fs.inotify.max_user_watches=524288");
  else if (instances < kInstances) findings.doubt("watching", seen, "sudo sysctl fs.inotify.max_user_instances=128");
  else findings.fine("watching", seen);
}

void look_at_access(Findings& findings, const daemon::Config& config, const RunOptions& run) {
  struct stat about {};
  const auto token = run.profile_dir() / "token";
  if (::lstat(token.c_str(), &about) == 0 && (!S_ISREG(about.st_mode) || (about.st_mode & 077U) != 0)) {
    findings.wrong("token", token.string() + " can be read by others", "Remove it: a start with --auth token makes a new one");
  }
  for (const auto& [name, file] : {std::pair<const char*, const std::string&>{"tls_cert", config.tls_cert}, {"tls_key", config.tls_key}, {"jwt_key", config.jwt_key}}) {
    if (!file.empty() && ::access(file.c_str(), R_OK) < 0) findings.wrong(name, file + ": " + std::strerror(errno), "Correct " + std::string(name) + " in the configuration");
  }
  if (config.insecure) findings.doubt("access", "`insecure` lets everybody on the network in without a token", "Use --auth token with --tls-cert and --tls-key");
  else findings.fine("access", "auth " + config.auth + ", listening on " + config.host + (config.tls_cert.empty() ? "" : " with TLS"));
}

void look_at_projects(Findings& findings, const daemon::Config& config) {
  for (const auto& root : config.projects) {
    std::error_code bad;
    if (!fs::is_directory(root, bad)) findings.wrong("project", root + " is no folder", "Take it out of `projects` in the configuration");
    else if (!fs::is_directory(fs::path(root) / "game", bad)) findings.doubt("project", root + " has no game/ folder", "Name the folder that holds game/");
    else if (::access((fs::path(root) / "game").c_str(), R_OK | X_OK) < 0) findings.wrong("project", root + "/game cannot be read", "Mend its permissions");
    else findings.fine("project", root);
  }
}

void look_at_the_past(Findings& findings, const RunOptions& run) {
  for (const auto& file : {crash_note(run.profile_dir()), last_crash(run.profile_dir())}) {
    const auto note = runtime::read_crash_note(file);
    if (!note) continue;
    const auto where = note->trace.size() > 2 ? ", in " + note->trace[2] : std::string();
    return findings.doubt("crashes", "version " + note->version + " ended by " + note->signal + " at " + note->time + where,
                          "bpyd report packs what a report of it needs; " + file.string() + " may be removed then");
  }
  findings.fine("crashes", "none is known");
}

void look_at_programs(Findings& findings) {
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    if (::access((folder + "/git").c_str(), X_OK) == 0) return findings.fine("git", folder + "/git");
  }
  findings.doubt("git", "is not in PATH: no story can be compared with a commit", "Install git");
}

}  // namespace

std::vector<Finding> examine(const RunOptions& run) {
  Findings findings;
  findings.fine("version", "bpyd " BPYD_VERSION);
  const auto merged = load_config(run, {});
  if (merged) findings.fine("configuration", "can be read");
  else findings.wrong("configuration", merged.error().message, std::string(merged.error().advice()));
  const auto config = merged ? merged->config : daemon::Config{};
  look_at_folder(findings, "runtime folder", run.runtime_dir);
  look_at_folder(findings, "profile", run.profile_dir());
  const auto running = look_at_daemon(findings, run);
  look_at_ports(findings, config, running);
  look_at_access(findings, config, run);
  look_at_limits(findings);
  look_at_programs(findings);
  look_at_projects(findings, config);
  look_at_the_past(findings, run);
  return findings.take();
}

ordered_json findings_json(const std::vector<Finding>& findings) {
  ordered_json list = ordered_json::array();
  for (const auto& each : findings) {
    list.push_back({{"what", each.what}, {"state", each.state == Finding::fine ? "ok" : each.state == Finding::doubt ? "warn" : "fail"}, {"found", each.found}});
    if (!each.advice.empty()) list.back()["advice"] = each.advice;
  }
  return list;
}

int doctor(const Common& common) {
  const auto findings = examine(common.run);
  const auto wrong = std::ranges::count(findings, Finding::wrong, &Finding::state);
  if (common.json) {
    std::cout << dump_json(ordered_json{{"ok", wrong == 0}, {"findings", findings_json(findings)}}, 2) << "\n";
    return wrong == 0 ? kExitOk : kExitFailed;
  }
  for (const auto& each : findings) {
    std::cout << (each.state == Finding::fine ? "ok    " : each.state == Finding::doubt ? "warn  " : "FAIL  ") << each.what << ": " << without_controls(each.found) << "\n";
    if (!each.advice.empty()) std::cout << "      " << without_controls(each.advice) << "\n";
  }
  return wrong == 0 ? kExitOk : kExitFailed;
}

}  // namespace bpyd::app::cli
