// SPDX-License-Identifier: MIT
// What the daemon says about itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/core/fields.hpp"

namespace bpyd::daemon_info {

struct HandshakeQuery {
  std::optional<std::string> protocol_version;
  static void describe(auto& fields, auto& self) {
    fields.optional("protocol_version", self.protocol_version, "the client's: answered with compatible and upgrade");
  }
};

struct Handshake {
  std::string protocol_version, server_version;
  std::vector<std::string> capabilities;
  std::int64_t ws_port = 0, http_port = 0;
  bool auth_required = false;
  std::vector<std::string> auth_methods;
  bool tls_enabled = false;
  std::optional<bool> compatible;
  std::optional<std::string> upgrade, action;
  static void describe(auto& fields, auto& self) {
    fields.required("protocol_version", self.protocol_version, "of this daemon");
    fields.required("server_version", self.server_version, "of this daemon");
    fields.required("capabilities", self.capabilities, "what is switched on");
    fields.required("ws_port", self.ws_port, "the WebSocket role's port");
    fields.required("http_port", self.http_port, "the HTTP role's port");
    fields.required("auth_required", self.auth_required, "is a token needed");
    fields.required("auth_methods", self.auth_methods, "how to authenticate");
    fields.required("tls_enabled", self.tls_enabled, "https and wss?");
    fields.optional("compatible", self.compatible, "the client's protocol_version fits");
    fields.optional("upgrade", self.upgrade, "when it does not: \"daemon\" or \"extension\"");
    fields.optional("action", self.action, "what to do, in words");
  }
};

struct Health {
  bool ok = true;
  std::string version;
  bool has_stats2 = false;
  std::vector<std::string> routes;
  std::string status = "ok", watch = "ok";
  double uptime_seconds = 0;
  std::int64_t pid = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("ok", self.ok, "always true: it answers");
    fields.required("version", self.version, "of this daemon");
    fields.required("has_stats2", self.has_stats2, "is a story analysed");
    fields.required("routes", self.routes, "PILOT's routes");
    fields.required("status", self.status, "ok");
    fields.required("watch", self.watch, "ok, degraded or off");
    fields.required("uptime_seconds", self.uptime_seconds, "since start");
    fields.required("pid", self.pid, "of this daemon");
  }
};

struct Status {
  std::string status = "running", version, started_at, host, daemon_state = "idle", profile, runtime_dir;
  double uptime_seconds = 0;
  std::int64_t pid = 0, port = 0, ws_port = 0, http_port = 0, client_count = 0, projects = 0, memory_kib = 0;
  bool dev_mode = false, operation_in_progress = false;
  std::optional<std::string> current_operation;
  static void describe(auto& fields, auto& self) {
    fields.required("status", self.status, "running");
    fields.required("uptime_seconds", self.uptime_seconds, "since start");
    fields.required("version", self.version, "of this daemon");
    fields.required("pid", self.pid, "of this daemon");
    fields.required("port", self.port, "the HTTP role's");
    fields.required("ws_port", self.ws_port, "the WebSocket role's");
    fields.required("http_port", self.http_port, "the HTTP role's");
    fields.required("started_at", self.started_at, "ISO 8601, UTC");
    fields.required("dev_mode", self.dev_mode, "always false");
    fields.required("host", self.host, "address listened on");
    fields.required("profile", self.profile, "one daemon for each");
    fields.required("runtime_dir", self.runtime_dir, "logs and state");
    fields.required("operation_in_progress", self.operation_in_progress, "is an analysis running");
    fields.required("daemon_state", self.daemon_state, "idle or busy");
    fields.optional("current_operation", self.current_operation, "what is running");
    fields.required("client_count", self.client_count, "WebSocket clients");
    fields.required("projects", self.projects, "registered projects");
    fields.required("memory_kib", self.memory_kib, "resident memory");
  }
};

struct Said {
  std::string message;
  static void describe(auto& fields, auto& self) { fields.required("message", self.message, "what will happen"); }
};

struct LinkQuery {
  std::string path = "/";
  static void describe(auto& fields, auto& self) { fields.optional("path", self.path, "the page, with its query"); }
};

struct PageLink {
  std::string path;
  static void describe(auto& fields, auto& self) { fields.required("path", self.path, "the same with a code that works once, for 30 seconds"); }
};

struct ProjectRow {
  std::string alias, root, title, state, watch;
  std::int64_t labels = 0, paths = 0, words = 0, seconds = 0, problems = 0, errors = 0, warnings = 0, generation = 0;
  std::optional<std::string> problem, code, suggestion;
  static void describe(auto& fields, auto& self) {
    fields.required("alias", self.alias, "short name, for ?project=");
    fields.required("root", self.root, "canonical folder");
    fields.required("title", self.title, "config.name, or the alias");
    fields.required("state", self.state, "analysing, ready or failed");
    fields.required("watch", self.watch, "ok, degraded or off");
    fields.required("labels", self.labels, "labels in the story");
    fields.required("paths", self.paths, "paths listed");
    fields.required("words", self.words, "words in the story");
    fields.required("seconds", self.seconds, "to read them");
    fields.required("problems", self.problems, "errors and warnings");
    fields.required("errors", self.errors, "problems the game stops at");
    fields.required("warnings", self.warnings, "problems it runs in spite of");
    fields.required("generation", self.generation, "analyses so far");
    fields.optional("problem", self.problem, "why the last analysis failed");
    fields.optional("code", self.code, "its BPY code");
    fields.optional("suggestion", self.suggestion, "the way out");
  }
};

struct Page {
  std::int64_t limit = 100, offset = 0;
  static void describe(auto& fields, auto& self) {
    fields.optional("limit", self.limit, "most rows to answer, at most 1000");
    fields.optional("offset", self.offset, "rows to skip");
  }
};

struct ProjectList {
  std::vector<ProjectRow> projects;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_offset;
  static void describe(auto& fields, auto& self) {
    fields.required("projects", self.projects, "in order of alias");
    fields.required("total", self.total, "all there are");
    fields.required("next_offset", self.next_offset, "where the next page starts; null: none");
  }
};

struct ProjectQuery {
  std::string project;
  static void describe(auto& fields, auto& self) { fields.required("project", self.project, "alias or root"); }
};

struct RegisterProject {
  std::optional<std::string> root, path, alias;
  static void describe(auto& fields, auto& self) {
    fields.optional("root", self.root, "absolute folder that holds game/");
    fields.optional("path", self.path, "the same by another name");
    fields.optional("alias", self.alias, "short name; default: the folder's");
  }
};

struct RenameProject {
  std::string project, alias;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias or root (from the path)");
    fields.required("alias", self.alias, "the new short name");
  }
};

}  // namespace bpyd::daemon_info
