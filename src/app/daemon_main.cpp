// SPDX-License-Identifier: MIT
// The composition root: constructions in dependency order; unwinding is shutdown.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>
#include <variant>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/project_config.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/io/files.hpp"
#include "bpyd/io/lock.hpp"
#include "bpyd/runtime/crash.hpp"
#include "bpyd/transport/http_client.hpp"
#include "bpyd/transport/server.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "profiles.hpp"
#include "roster.hpp"

namespace bpyd::web {
protocol::Assets assets();
}

namespace bpyd::app {
namespace {

constexpr std::chrono::milliseconds kCloseTime{1500}, kStartTime{3000}, kStartPause{20};
constexpr unsigned kAbortAfterSeconds = 4;
constexpr suseconds_t kMomentMicros = 300'000;
constexpr unsigned kWorkers = 2;

int complain(const Error& error, int exit_code) {
  std::cerr << "bpyd: " << code_text(error.code) << " " << error.message << "\n      " << error.advice() << "\n";
  return exit_code;
}

hub::HubLimits hub_limits(const daemon::LimitsConfig& config) {
  hub::HubLimits limits;
  const auto size = [](std::int64_t value) { return static_cast<std::size_t>(std::max<std::int64_t>(value, 1)); };
  limits.clients = size(config.clients);
  limits.subscriptions = size(config.subscriptions);
  limits.messages_per_second = static_cast<double>(config.messages_per_second);
  limits.message_burst = static_cast<double>(config.message_burst);
  limits.publishes_per_second = static_cast<double>(config.publishes_per_second);
  limits.publish_burst = static_cast<double>(config.publish_burst);
  limits.channels = size(config.channels);
  limits.outbox = {size(config.queue_messages), size(config.queue_bytes)};
  limits.heartbeat = std::chrono::seconds(std::max<std::int64_t>(config.heartbeat_s, 1));
  return limits;
}

Result<transport::ServerOptions> server_options(const daemon::Config& config, const std::filesystem::path& profile_dir) {
  const bool loopback = config.host == "localhost" || config.host == "::1" || config.host.starts_with("127.");
  const bool guarded = config.auth != "none" && !config.tls_cert.empty() && !config.tls_key.empty();
  if (!loopback && !guarded && !config.insecure) {
    return fail(Code::bad_configuration, "Listening on " + config.host + " lets everybody on the network in",
                "Listen on 127.0.0.1; or give --auth token with --tls-cert and --tls-key; or say --insecure if that is what you want");
  }
  transport::ServerOptions options;
  options.host = config.host;
  options.ws_port = static_cast<std::uint16_t>(config.port);
  options.http_port = config.http_port;
  options.allow_origins = config.allow_origins;
  options.compression = config.compression;
  options.auth = config.auth;
  options.profile_dir = profile_dir;
  options.jwt_algorithm = config.jwt_algorithm;
  options.jwt_key = config.jwt_key;
  options.tls_certificate = config.tls_cert;
  options.tls_key = config.tls_key;
  options.connections = static_cast<std::size_t>(config.limits.clients) * 2;
  options.message_limit = static_cast<std::size_t>(config.limits.message_bytes);
  options.body_limit = static_cast<std::size_t>(config.limits.body_bytes);
  return options;
}

Result<void> check_disabled(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const auto& row : roster()) {
    if (!row.asked_for) known.emplace_back(row.name);
  }
  for (const auto& name : names) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return fail(Code::bad_configuration, "'disabled' names '" + name + "', which is no capability", "There are: " + join(known, ", "));
  }
  return {};
}

/// Another daemon holds the profile, but does not answer: say which.
int deaf(const RunOptions& options, const Result<Metadata>& metadata) {
  if (!metadata) {
    return complain({Code::wrong_state, "Another bpyd holds profile '" + options.profile + "' but has not said where it listens",
                     "Wait a moment and try again, or choose another --profile"}, kExitDeaf);
  }
  std::cout << to_json_text(*metadata, 2) << std::endl;
  return complain({Code::wrong_state, "The bpyd of profile '" + options.profile + "' runs (pid " + std::to_string(metadata->pid) + ") but does not answer"}, kExitDeaf);
}

/// The profile's lock, or the exit code of a start that has come too late.
std::variant<io::ProcessLock, int> take_profile(const RunOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + kStartTime;
  for (;;) {
    auto lock = io::ProcessLock::acquire(lock_file(options.profile_dir()));
    if (!lock) return complain(lock.error(), kExitFailed);
    const auto metadata = read_metadata(options.profile_dir());
    // Asked with the lock in hand too: its file may have been removed under a daemon that serves.
    if (metadata && answers(*metadata, options)) {
      std::cout << to_json_text(*metadata, 2) << std::endl;
      return kExitOk;
    }
    if (*lock) return std::move(**lock);
    // It starts and has not said where it listens; or somebody only looked at the lock.
    if (std::chrono::steady_clock::now() > deadline) return deaf(options, metadata);
    std::this_thread::sleep_for(kStartPause);
  }
}

/// Whoever starts us may have blocked or ignored what we rely on; and a signal that means nothing to us ends nothing.
void settle_signals() {
  std::signal(SIGCHLD, SIG_DFL);
  // A dead stdout or client is no reason to die (R21), nor is a file at its limit (R28).
  for (const int number : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2, SIGIO}) std::signal(number, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void print_banner(const daemon::Identity& identity, const daemon::DaemonState& state, bool tls) {
  if (::isatty(STDOUT_FILENO) == 0) return;  // an editor that spawns it wants to hear of errors only
  const std::string base = http_base(identity.host, identity.http_port, tls);
  std::cout << "bpyd " << identity.server_version << "\n  start page  " << base << "/\n  WebSocket   ws"
            << http_base(identity.host, identity.ws_port, tls).substr(4) << "/ws\n  reference   " << base << "/docs\n";
  for (const auto& project : state.projects.all()) {
    std::cout << "  PILOT       " << base << "/pilot/view?project=" << percent_encode(project->alias) << "   (" << project->root.string() << ")\n";
  }
  std::cout << "Ctrl-C stops it." << std::endl;
}

/// What ended the last run, when that was a fault: in the log and in a word, and kept for `bpyd report`.
void tell_last_crash(const std::filesystem::path& profile_dir) {
  const auto note = runtime::read_crash_note(crash_note(profile_dir));
  if (!note) return;
  std::string trace;
  for (const auto& frame : note->trace) trace += (trace.empty() ? "" : " < ") + frame;
  const std::string what = "The last run (version " + note->version + ") ended by " + note->signal + " at " + note->time;
  log::write(log::Level::error, "daemon", "daemon.crashed_before", what, {{"signal", note->signal}, {"trace", trace}});
  log::to_stderr("bpyd: " + printable_utf8(what) + "\n      `bpyd report` packs what a report of it needs\n");
  std::error_code ignored;
  std::filesystem::rename(crash_note(profile_dir), last_crash(profile_dir), ignored);
}

/// Ten thousand clients need more descriptors than the usual soft limit of 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The running daemon: what has to be undone in order at the end.
class Running {
 public:
  Running(const RunOptions& options, daemon::MergedConfig merged)
      : options_(options), config_(std::move(merged.config)), workers_(loop_, kWorkers),
        hub_(loop_, hub_limits(config_.limits), metrics_), publisher_(bus_, hub_), watching_(loop_, workers_), processes_(loop_),
        state_{hub_, daemon::Subscribers(loop_, workers_, options.profile_dir() / "daemon_subs.json"), config_.watch, daemon::Projects(loop_)},
        services_{loop_, workers_, publisher_, state_, watching_, processes_, tables_, config_, identity_, web::assets(),
                  nullptr, [this](const std::string& target, const protocol::Grant& grant) { return server_->page_link(target, grant); },
                  [this](const std::string& why) { loop_.post([this, why] { shut_down(why); }); },
                  [this](const std::filesystem::path& root) { return config_for(root); }} {}

  int run() {
    if (const auto ok = check_disabled(config_.disabled); !ok) return complain(ok.error(), kExitUsage);
    for (const auto& row : roster()) {
      if (row.asked_for && !options_.test_echo) continue;
      if (std::ranges::find(config_.disabled, row.name) == config_.disabled.end()) capabilities_.push_back(row.make());
      else if (!row.prefix.empty()) tables_.routes.switch_off(std::string(row.prefix), std::string(row.name));
    }
    for (const auto& capability : capabilities_) {
      daemon::Binder binder(tables_, capability->name());
      capability->install(binder);
      tables_.capabilities.emplace_back(capability->name());
    }
    if (tables_.conflict) return complain(*tables_.conflict, kExitFailed);
    auto options = server_options(config_, options_.profile_dir());
    if (!options) return complain(options.error(), kExitUsage);
    server_ = std::make_unique<transport::Server>(loop_, *std::move(options), tables_.routes, tables_.doors, hub_, services_.assets);
    const auto ports = server_->listen();
    if (!ports) return complain(ports.error(), ports.error().code == Code::no_port ? kExitNoPort : kExitUsage);
    introduce(*ports);
    metrics_.count("bpyd_log_lines_lost_total", "Log lines that could not be written", [] { return static_cast<double>(log::lost_lines()); });
    open_event_log();
    state_.subscribers.load();
    for (const auto& capability : capabilities_) capability->start(services_);
    watch_signals();
    server_->start();
    if (const auto ok = write_metadata(options_.profile_dir(), metadata()); !ok) return complain(ok.error(), kExitFailed);
    print_banner(identity_, state_, !config_.tls_cert.empty());
    loop_.run();
    keep_and_leave();
    return kExitOk;
  }

 private:
  /// Without it everything works but resuming over a restart: a full or read-only disk is no
  /// reason to be absent.
  void open_event_log() {
    const auto& wanted = config_.event_log;
    if (wanted.durable.empty()) return;
    runtime::EventLogOptions options;
    options.folder = options_.profile_dir() / "events";
    options.segment_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(wanted.segment_bytes, 65536));
    options.total_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(wanted.total_bytes, 65536));
    options.age = std::chrono::hours(std::max<std::int64_t>(wanted.age_hours, 1));
    options.sync_after = std::chrono::milliseconds(std::max<std::int64_t>(wanted.sync_ms, 1));
    auto log = runtime::EventLog::open(loop_, workers_, std::move(options));
    if (!log) {
      log::write(log::Level::error, "events", "event_log.unavailable", log.error().message, {{"code", code_text(log.error().code)}});
      return;
    }
    event_log_ = *std::move(log);
    services_.event_log = event_log_.get();
    hub_.keep(*event_log_, {wanted.durable, wanted.synced});
    identity_.epoch = event_log_->epoch();
    count_event_log();
  }

  void count_event_log() {
    const auto show = [this](const char* name, const char* help, std::uint64_t runtime::EventLogStats::*field) {
      metrics_.count(name, help, [this, field] { return static_cast<double>(event_log_->stats().*field); });
    };
    show("bpyd_event_log_appended_total", "Events written to the event log", &runtime::EventLogStats::appended);
    show("bpyd_event_log_bytes_total", "Bytes written to the event log", &runtime::EventLogStats::appended_bytes);
    show("bpyd_event_log_write_errors_total", "Writes to the event log that failed", &runtime::EventLogStats::write_errors);
    show("bpyd_event_log_syncs_total", "Times the event log was synced to the disk", &runtime::EventLogStats::syncs);
    show("bpyd_event_log_damaged_total", "Events lost to damage in the event log", &runtime::EventLogStats::damaged);
    metrics_.gauge("bpyd_event_log_bytes", "Size of the event log", [this] { return static_cast<double>(event_log_->stats().bytes); });
  }

  /// What was promised is put on the disk first. Then jobs that do not look at their stop tokens (a long analysis,
  /// a layout) get a moment to end, and are left behind with the process.
  void keep_and_leave() {
    workers_.keep_what_waits();
    if (event_log_) event_log_->close();
    if (server_->connections() > 0) {  // somebody waits in a handler that does not come back
      log::close();
      ::_exit(kExitOk);
    }
    const itimerval moment{{}, {0, kMomentMicros}};
    ::setitimer(ITIMER_REAL, &moment, nullptr);
  }

  void introduce(transport::Ports ports) {
    identity_.server_version = BPYD_VERSION;
    identity_.host = config_.host == "localhost" ? "127.0.0.1" : config_.host;
    identity_.profile = options_.profile;
    identity_.epoch = random_hex(8);
    identity_.runtime_dir = options_.runtime_dir;
    identity_.profile_dir = options_.profile_dir();
    identity_.pid = ::getpid();
    identity_.ws_port = ports.ws;
    identity_.http_port = ports.http;
    identity_.started_at = std::chrono::system_clock::now();
    identity_.started = std::chrono::steady_clock::now();
  }

  [[nodiscard]] Metadata metadata() const {
    Metadata data;
    data.pid = identity_.pid;
    data.ws_port = identity_.ws_port;
    data.http_port = identity_.http_port;
    data.protocol_version = daemon::kProtocolVersion;
    data.server_version = identity_.server_version;
    data.started_at = iso8601(identity_.started_at);
    data.capabilities = tables_.capabilities;
    data.host = identity_.host;
    data.profile = identity_.profile;
    data.epoch = identity_.epoch;
    data.runtime_dir = identity_.runtime_dir.string();
    data.tls = !config_.tls_cert.empty();
    return data;
  }

  daemon::Config config_for(const std::filesystem::path& root) {
    auto merged = load_config(options_, root);
    if (!merged) {
      log::write(log::Level::warn, "daemon", "config.project", merged.error().message, {{"code", code_text(merged.error().code)}});
      return config_;
    }
    const auto untrusted = [&](const std::string& key) {
      const auto origin = merged->origins.find(key);
      const bool from_project = origin != merged->origins.end() && origin->second == (root / ".branchpy" / "config.json").string();
      if (!from_project || daemon::is_trusted(options_.profile_dir(), root)) return false;
      log::write(log::Level::warn, "daemon", "config.untrusted", "The project's " + key + " is not run: `bpyd trust " + root.string() + "` allows it",
                 {{"code", code_text(Code::not_trusted)}});
      return true;
    };
    if (untrusted("analyzer.command")) merged->config.analyzer = config_.analyzer;
    if (untrusted("pilot.warp_command")) merged->config.pilot = config_.pilot;
    return std::move(merged->config);
  }

  void watch_signals() {
    await_signal();
    const auto signal_file = options_.profile_dir() / "shutdown.signal";
    io::WatchOptions watch;
    watch.ignore = {"*", "!shutdown.signal"};
    const auto look = [this, signal_file](const io::ChangeSet&) {
      std::error_code ignored;
      if (std::filesystem::remove(signal_file, ignored)) shut_down("shutdown.signal");
    };
    stop_file_ = watching_.watch(options_.profile_dir(), watch, {.on_change = look});
  }

  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (number == SIGHUP) reload();
      else shut_down(number == SIGINT ? "SIGINT" : "SIGTERM");
      await_signal();  // a second signal changes nothing, and must not kill
    });
  }

  void reload() {
    auto merged = load_config(options_, {});
    if (!merged) {
      log::write(log::Level::error, "daemon", "config.reload", merged.error().message, {{"code", code_text(merged.error().code)}});
      return;
    }
    config_ = std::move(merged->config);
    state_.watch = config_.watch;
    publisher_.publish(daemon::ConfigReloaded{});
    if (const auto level = log::parse_level(config_.log_level)) log::set_level(*level);
    log::write(log::Level::info, "daemon", "config.reload", "Configuration read again; ports and limits hold until a restart");
  }

  void shut_down(const std::string& why) {
    if (stopping_) return;
    stopping_ = true;
    // Whatever clients and workers do, the process ends in time (R20).
    std::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(kAbortAfterSeconds);
    log::write(log::Level::info, "daemon", "daemon.stopping", "Stopping: " + why);
    server_->stop_accepting();
    for (auto it = capabilities_.rbegin(); it != capabilities_.rend(); ++it) (*it)->stop();
    stop_file_.reset();
    processes_.kill_all();
    state_.subscribers.save_now();
    std::error_code ignored;
    std::filesystem::remove(metadata_file(options_.profile_dir()), ignored);
    server_->close(kCloseTime, [this] {
      signals_.cancel();
      loop_.stop();
    });
  }

  const RunOptions& options_;
  daemon::Config config_;
  daemon::Identity identity_;
  daemon::Tables tables_;
  runtime::Loop loop_;
  runtime::Workers workers_;
  runtime::Bus bus_;
  runtime::Metrics metrics_;
  std::unique_ptr<runtime::EventLog> event_log_;  ///< null when it cannot be had
  hub::Hub hub_;
  daemon::Publisher publisher_;
  io::WatchService watching_;
  io::ProcessRunner processes_;
  daemon::DaemonState state_;
  daemon::Services services_;
  std::vector<std::unique_ptr<daemon::Capability>> capabilities_;
  std::unique_ptr<transport::Server> server_;
  boost::asio::signal_set signals_{loop_.context(), SIGTERM, SIGINT, SIGHUP};
  std::unique_ptr<io::Watcher> stop_file_;
  bool stopping_ = false;
};

}  // namespace

Result<daemon::MergedConfig> load_config(const RunOptions& options, const std::filesystem::path& project) {
  std::vector<daemon::ConfigLayer> layers{shipped_profile(options.profile)};
  auto own = daemon::read_config_file(options.profile_dir() / "config.json");
  if (!own) return std::unexpected(own.error());
  layers.push_back(*std::move(own));
  if (!project.empty()) {
    auto theirs = daemon::read_project_config(project);
    if (!theirs) return std::unexpected(theirs.error());
    layers.push_back(*std::move(theirs));
  }
  layers.push_back(daemon::environment_layer(::environ));
  layers.push_back(options.flags);
  return daemon::merge_config(layers);
}

int run_daemon(const RunOptions& options) {
  settle_signals();
  ::umask(0077);
  raise_descriptor_limit();
  for (const auto& folder : {options.runtime_dir, options.profile_dir()}) {
    if (const auto ok = io::make_private_dir(folder); !ok) return complain(ok.error(), kExitFailed);
  }
  const auto taken = take_profile(options);
  if (const int* code = std::get_if<int>(&taken)) return *code;
  std::error_code ignored;
  std::filesystem::remove(options.profile_dir() / "shutdown.signal", ignored);
  std::filesystem::remove(metadata_file(options.profile_dir()), ignored);  // of one that was killed
  io::sweep_temporaries(options.profile_dir());
  auto merged = load_config(options, {});
  if (!merged) return complain(merged.error(), kExitUsage);
  const auto level = log::parse_level(merged->config.log_level);
  if (!level) return complain(level.error(), kExitUsage);
  log::Options logging{options.runtime_dir / "ws_daemon.log", *level, merged->config.log_stderr};
  if (const auto ok = log::open(logging); !ok) return complain(ok.error(), kExitFailed);
  tell_last_crash(options.profile_dir());
  runtime::catch_crashes(logging.file, crash_note(options.profile_dir()));
  const int code = Running(options, *std::move(merged)).run();
  log::close();
  return code;
}

}  // namespace bpyd::app
