// SPDX-License-Identifier: MIT
// Handshake, health, status, shutdown.
#include "about.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <unistd.h>

#include "bpyd/core/strings.hpp"

namespace bpyd::daemon_info {
namespace {

constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

double uptime(const daemon::Identity& identity) {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - identity.started;
  return passed.count();
}

/// The leading number of "1.2.3".
std::optional<int> major_of(std::string_view version) {
  int major = -1;
  const auto parts = split(version, '.');
  if (parts.empty() || parts.size() > 3 || version.ends_with('.') || version.starts_with('.')) return std::nullopt;
  for (const auto& part : parts) {
    int number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc{} || end != part.data() + part.size() || number < 0) return std::nullopt;
    if (major < 0) major = number;
  }
  return major;
}

std::int64_t resident_kib() {
  long pages = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  const int read = std::fscanf(file, "%ld %ld", &pages, &resident);
  std::fclose(file);
  return read == 2 ? resident * (::sysconf(_SC_PAGESIZE) / 1024) : 0;
}

}  // namespace

Result<Compatibility> compare_versions(std::string_view client, std::string_view server) {
  const auto theirs = major_of(client);
  if (!theirs) return fail(Code::bad_value, "'protocol_version' must look like 1.0.0, not '" + std::string(client.substr(0, 40)) + "'");
  const int ours = *major_of(server);
  if (*theirs == ours) return Compatibility{true, "", "Proceed"};
  // Which side the matrix of the protocol document names, word for word.
  if (*theirs < ours) return Compatibility{false, "daemon", "Prompt user to upgrade daemon"};
  return Compatibility{false, "extension", "Prompt user to upgrade extension"};
}

void About::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.route(Method::get, "/api/handshake", Scope::open, "Versions, capabilities and ports", this, &About::handshake);
  binder.route(Method::get, "/pilot/health", Scope::open, "Is it there, and is a story analysed", this, &About::health, 200, schema_fn<Health>);
  binder.route(Method::get, "/health", Scope::open, "The same by another name", this, &About::health, 200, schema_fn<Health>);
  binder.route(Method::get, "/api/daemon/status", Scope::read, "What the daemon is and does", this, &About::status);
  binder.route(Method::get, "/api/daemon/info", Scope::read, "The same by another name", this, &About::status);
  binder.text("/metrics", Scope::read, std::string(kMetricsType), "Counters and histograms as Prometheus reads them", this, &About::metrics);
  binder.route(Method::post, "/api/auth/link", Scope::admin, "A page's address that lets a browser in once", this, &About::link);
  binder.route(Method::post, "/api/daemon/shutdown", Scope::admin, "Stop cleanly", this, &About::shutdown);
}

void About::start(daemon::Services& services) {
  services_ = &services;
  for (const auto& route : services.tables.routes.all()) {
    if (route.pattern.starts_with("/pilot/")) pilot_routes_.push_back(route.pattern);
  }
}

Result<Handshake> About::handshake(const HandshakeQuery& query) {
  const auto& identity = services_->identity;
  Handshake reply;
  reply.protocol_version = daemon::kProtocolVersion;
  reply.server_version = identity.server_version;
  reply.capabilities = services_->tables.capabilities;
  reply.ws_port = identity.ws_port;
  reply.http_port = identity.http_port;
  const auto& config = services_->config;
  reply.auth_required = config.auth != "none";
  if (reply.auth_required) reply.auth_methods = {config.auth};
  reply.tls_enabled = !config.tls_cert.empty();
  if (!query.protocol_version) return reply;
  const auto verdict = compare_versions(*query.protocol_version, reply.protocol_version);
  if (!verdict) return std::unexpected(verdict.error());
  reply.compatible = verdict->compatible;
  reply.action = verdict->action;
  if (!verdict->compatible) reply.upgrade = verdict->upgrade;
  return reply;
}

/// Asked by the thousand: the text is made anew once a millisecond, or when something else changed.
Result<protocol::Response> About::health(const protocol::NoQuery&) {
  Health reply;
  reply.uptime_seconds = std::floor(uptime(services_->identity) * 1000) / 1000;
  if (!services_->state.watch.enabled) reply.watch = "off";
  for (const auto& project : services_->state.projects.all()) {
    if (project->snapshot) reply.has_stats2 = true;
    if (project->watch_degraded) reply.watch = "degraded";
  }
  const bool same = health_text_ && reply.uptime_seconds == health_.uptime_seconds && reply.watch == health_.watch && reply.has_stats2 == health_.has_stats2;
  if (!same) {
    reply.version = services_->identity.server_version;
    reply.pid = services_->identity.pid;
    reply.routes = pilot_routes_;
    health_text_ = std::make_shared<const std::string>(to_json_text(reply) + "\n");
    health_ = std::move(reply);
  }
  protocol::Response response;
  response.body = health_text_;
  return response;
}

Result<Status> About::status(const protocol::NoQuery&) {
  const auto& identity = services_->identity;
  Status reply;
  reply.version = identity.server_version;
  reply.uptime_seconds = uptime(identity);
  reply.pid = identity.pid;
  reply.port = reply.http_port = identity.http_port;
  reply.ws_port = identity.ws_port;
  reply.started_at = iso8601(identity.started_at);
  reply.host = identity.host;
  reply.profile = identity.profile;
  reply.runtime_dir = identity.runtime_dir.string();
  reply.client_count = static_cast<std::int64_t>(services_->state.clients.clients());
  reply.memory_kib = resident_kib();
  const auto projects = services_->state.projects.all();
  reply.projects = static_cast<std::int64_t>(projects.size());
  if (const auto work = daemon::current_work(services_->state); !work.empty()) {
    reply.operation_in_progress = true;
    reply.daemon_state = "busy";
    reply.current_operation = work;
  }
  return reply;
}

Result<protocol::Response> About::metrics(const protocol::NoQuery&) {
  return protocol::text_response(200, kMetricsType, services_->state.clients.metrics().text());
}

Result<PageLink> About::link(const LinkQuery& query, const protocol::Request& request) {
  if (!query.path.starts_with('/') || query.path.starts_with("//") || query.path.contains('\\')) {
    return fail(Code::bad_value, "'path' must be a path of this daemon, such as /pilot/view");
  }
  return PageLink{services_->page_link(query.path, request.grant)};
}

Result<Said> About::shutdown(const protocol::NoQuery&) {
  services_->shut_down("POST /api/daemon/shutdown");
  return Said{"Shutting down"};
}

}  // namespace bpyd::daemon_info
