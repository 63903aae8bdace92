// SPDX-License-Identifier: MIT
// The configuration: described once, merged from its layers, every value with its origin.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/core/json_fields.hpp"

namespace bpyd::daemon {

struct WatchConfig {
  bool enabled = true;
  std::int64_t settle_ms = 5;
  std::vector<std::string> ignore;
  std::vector<std::string> reports{"analyze"};
  bool polling = false;
  static void describe(auto& fields, auto& self) {
    fields.optional("enabled", self.enabled, "watch registered projects");
    fields.optional("settle_ms", self.settle_ms, "quiet time before a save is told, in milliseconds");
    fields.optional("ignore", self.ignore, "further names and patterns to ignore");
    fields.optional("reports", self.reports, "reports run after every save, subscribers or not");
    fields.optional("polling", self.polling, "look every two seconds instead of trusting the kernel (network file systems)");
  }
};

struct AnalyzerConfig {
  std::vector<std::string> command;
  std::string output = "file";
  std::int64_t timeout_s = 120;
  static void describe(auto& fields, auto& self) {
    fields.optional("command", self.command, "external analyzer as a list of arguments; empty: the built-in one");
    fields.optional("output", self.output, "where its stats2 is found: \"file\" (.branchpy/stats2.json) or \"stdout\"");
    fields.optional("timeout_s", self.timeout_s, "seconds it may run");
  }
};

struct PilotConfig {
  std::vector<std::string> warp_command;
  static void describe(auto& fields, auto& self) {
    fields.optional("warp_command", self.warp_command, "starts the game at a line, a list of arguments with {root}, {file}, {line} and {place}; empty: none");
  }
};

struct HistoryConfig {
  bool enabled = true;
  std::int64_t keep = 10000, keep_days = 0;
  static void describe(auto& fields, auto& self) {
    fields.optional("enabled", self.enabled, "keep a snapshot of the story whenever it changed");
    fields.optional("keep", self.keep, "snapshots that are kept, the newest ones; named and pinned ones besides");
    fields.optional("keep_days", self.keep_days, "older ones go, but named and pinned ones; 0: none goes for its age");
  }
};

struct LimitsConfig {
  std::int64_t clients = 10000, message_bytes = 65536, body_bytes = 1048576, messages_per_second = 100,
               message_burst = 200, publishes_per_second = 1000, publish_burst = 2000, subscriptions = 256,
               channels = 10000, queue_messages = 256, queue_bytes = 1048576, heartbeat_s = 30;
  static void describe(auto& fields, auto& self) {
    fields.optional("clients", self.clients, "WebSocket clients at once");
    fields.optional("message_bytes", self.message_bytes, "largest message from a client (close 1009 above)");
    fields.optional("body_bytes", self.body_bytes, "largest request body (413 above)");
    fields.optional("messages_per_second", self.messages_per_second, "sustained rate for one client");
    fields.optional("message_burst", self.message_burst, "messages one client may send at once");
    fields.optional("publishes_per_second", self.publishes_per_second, "sustained rate of publications over one socket");
    fields.optional("publish_burst", self.publish_burst, "publications one socket may send at once");
    fields.optional("subscriptions", self.subscriptions, "subscriptions one client may hold");
    fields.optional("channels", self.channels, "channels there may be");
    fields.optional("queue_messages", self.queue_messages, "messages that may wait for a slow client");
    fields.optional("queue_bytes", self.queue_bytes, "bytes that may wait for a slow client");
    fields.optional("heartbeat_s", self.heartbeat_s, "seconds between pings; silent for two: closed");
  }
};

struct EventLogConfig {
  std::vector<std::string> durable{"*"}, synced{"audit"};
  std::int64_t segment_bytes = 8388608, total_bytes = 67108864, age_hours = 168, sync_ms = 50;
  static void describe(auto& fields, auto& self) {
    fields.optional("durable", self.durable, "channels (or patterns) whose events are logged before they are told");
    fields.optional("synced", self.synced, "of these, those that wait for the disk itself (group commit)");
    fields.optional("segment_bytes", self.segment_bytes, "size of one file of the log");
    fields.optional("total_bytes", self.total_bytes, "the oldest files go above this");
    fields.optional("age_hours", self.age_hours, "files whose events are older go too");
    fields.optional("sync_ms", self.sync_ms, "at most this long until other events are on the disk itself");
  }
};

/// A channel as the catalogue describes it.
struct ChannelConfig {
  std::string channel, purpose;
  std::vector<std::string> events;
  static void describe(auto& fields, auto& self) {
    fields.required("channel", self.channel, "its name, or a room's form such as session:{id}");
    fields.optional("purpose", self.purpose, "what it is for");
    fields.optional("events", self.events, "types of events to expect");
  }
};

struct Config {
  std::string host = "127.0.0.1";
  std::int64_t port = 8765;
  std::int64_t http_port = -1;
  std::string log_level = "info";
  bool log_stderr = false;
  bool insecure = false;
  std::vector<std::string> projects, allow_origins, disabled;
  WatchConfig watch;
  AnalyzerConfig analyzer;
  PilotConfig pilot;
  HistoryConfig history;
  LimitsConfig limits;
  std::string auth = "none", jwt_algorithm = "HS256", jwt_key, tls_cert, tls_key;
  bool compression = false;
  EventLogConfig event_log;
  std::vector<ChannelConfig> channels;

  static void describe(auto& fields, auto& self) {
    fields.optional("host", self.host, "address to listen on");
    fields.optional("port", self.port, "WebSocket port; 0: any; taken: the next up to +5");
    fields.optional("http_port", self.http_port, "HTTP port; -1: the WebSocket port's next");
    fields.optional("log_level", self.log_level, "debug, info, warn or error");
    fields.optional("log_stderr", self.log_stderr, "log lines on standard error too");
    fields.optional("insecure", self.insecure, "listen beyond loopback without token and TLS");
    fields.optional("projects", self.projects, "folders registered at start");
    fields.optional("allow_origins", self.allow_origins, "foreign origins let in, whole (vscode-webview://…)");
    fields.optional("disabled", self.disabled, "capabilities switched off");
    fields.optional("watch", self.watch, "watching and automatic reports");
    fields.optional("analyzer", self.analyzer, "which analyzer makes the reports");
    fields.optional("pilot", self.pilot, "what PILOT may start");
    fields.optional("history", self.history, "what is remembered of a project's story");
    fields.optional("limits", self.limits, "bounds on what clients may do");
    fields.optional("auth", self.auth, "who is let in: none (this machine's own programs), token or jwt");
    fields.optional("jwt_algorithm", self.jwt_algorithm, "the one algorithm accepted: HS256 or RS256");
    fields.optional("jwt_key", self.jwt_key, "file with the secret (HS256) or the public key in PEM (RS256)");
    fields.optional("tls_cert", self.tls_cert, "certificate chain in PEM; with tls_key both ports speak TLS only");
    fields.optional("tls_key", self.tls_key, "its private key in PEM");
    fields.optional("compression", self.compression, "compress for every client that offers it, not only for ?compress=1");
    fields.optional("event_log", self.event_log, "which events outlive the daemon, and how long");
    fields.optional("channels", self.channels, "further channels for the catalogue");
  }
};

/// One layer: an object that may hold any subset of Config, and where it came from.
struct ConfigLayer {
  std::string origin;  ///< a file's path, "environment", "flags"
  std::shared_ptr<const nlohmann::json> values;
};

/// What is in force, and where each leaf ("watch.settle_ms") came from.
struct MergedConfig {
  Config config;
  std::map<std::string, std::string> origins;
};

/// Reads one configuration file. A missing file is an empty layer; anything wrong in it is
/// bad_configuration naming the file.
Result<ConfigLayer> read_config_file(const std::filesystem::path& file);
/// BPYD_PORT, BPYD_WATCH_SETTLE_MS …: a dot becomes an underscore. Values as JSON, else text.
ConfigLayer environment_layer(const char* const* environment);
/// Later layers win, leaf by leaf. Unknown keys are an error that names the nearest known one.
Result<MergedConfig> merge_config(const std::vector<ConfigLayer>& layers);
/// The merged result as `bpyd config` prints it: {"values": {…}, "origins": {…}}.
nlohmann::ordered_json config_report(const MergedConfig& merged);

}  // namespace bpyd::daemon
