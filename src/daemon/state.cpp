// SPDX-License-Identifier: MIT
// Subscriptions that outlive connections and restarts.
#include "bpyd/daemon/state.hpp"

#include "bpyd/daemon/services.hpp"

#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::daemon {
namespace {

using nlohmann::json;

constexpr std::size_t kFileLimit = 8u << 20;
constexpr std::chrono::milliseconds kSaveDelay{50};
constexpr std::size_t kMostClients = 1000;  // made-up client_ids must not grow the file for ever
constexpr std::size_t kMostBytes = 2u << 20;  // nor what they listen to: it is to be read again

void set_aside(const std::filesystem::path& file, const std::string& why) {
  std::error_code ignored;
  auto aside = file;
  aside += ".bad";
  std::filesystem::rename(file, aside, ignored);
  log::write(log::Level::warn, "daemon", "subscriptions.set_aside", why, {{"file", aside.string()}});
}

/// At most what it takes in the file.
std::size_t size_of(const std::string& client_id, const Subscription& entry) {
  std::size_t bytes = client_id.size() + 64;
  for (const auto& channel : entry.channels) bytes += channel.size() + 8;
  for (const auto& report : entry.reports) bytes += report.size() + 8;
  return bytes;
}

/// Takes what fits and skips what does not: one odd entry must not cost the others.
std::set<std::string> strings_of(const json& entry, const char* key) {
  std::set<std::string> texts;
  const auto list = entry.find(key);
  if (list == entry.end() || !list->is_array()) return texts;
  for (const auto& item : *list) {
    if (item.is_string() && hub::is_channel_name(item.get_ref<const std::string&>())) texts.insert(item.get<std::string>());
  }
  return texts;
}

}  // namespace

Subscribers::Subscribers(runtime::Loop& loop, runtime::Workers& workers, std::filesystem::path file)
    : loop_(loop), file_(std::move(file)), saved_(std::make_shared<io::StateFile>(loop, workers, file_, 0600, [](const Error& error) {
        log::write(log::Level::warn, "daemon", "subscriptions.unsaved", error.message, {{"code", code_text(error.code)}});
      })) {}

void Subscribers::load() {
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) return;
  const auto text = io::read_file(file_, kFileLimit);
  if (!text) return set_aside(file_, text.error().message);
  const auto parsed = parse_json_object(*text);
  if (!parsed) return set_aside(file_, parsed.error().message);
  const auto clients = parsed->find("clients");
  if (clients == parsed->end() || !clients->is_object()) return set_aside(file_, "no 'clients' object in it");
  for (const auto& [client_id, entry] : clients->items()) {
    if (!entry.is_object() || named_.size() >= kMostClients || bytes_ > kMostBytes) continue;
    auto& read = named_[client_id] = {strings_of(entry, "channels"), strings_of(entry, "reports")};
    bytes_ += size_of(client_id, read);
  }
}

std::string Subscribers::text() const {
  json clients = json::object();
  for (const auto& [client_id, entry] : named_) {
    clients[client_id] = {{"channels", entry.channels}, {"reports", entry.reports}};
  }
  return json{{"version", 1}, {"clients", std::move(clients)}}.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

void Subscribers::save_now() {
  if (!std::exchange(save_, nullptr)) return;
  saved_->write([text = text()] { return text; });
  saved_->flush();
}

void Subscribers::subscribe_report(const hub::Client& client, const std::string& report) {
  reports_[client.connection_id].insert(report);
}

void Subscribers::unsubscribe_report(const hub::Client& client, const std::string& report) {
  const auto found = reports_.find(client.connection_id);
  if (found != reports_.end()) found->second.erase(report);
}

void Subscribers::forget_connection(const hub::Client& client) { reports_.erase(client.connection_id); }

std::set<std::string> Subscribers::reports_of(const hub::Client& client) const {
  const auto found = reports_.find(client.connection_id);
  return found == reports_.end() ? std::set<std::string>{} : found->second;
}

std::set<std::string> Subscribers::wanted_reports() const {
  std::set<std::string> all;
  for (const auto& [connection, reports] : reports_) all.insert(reports.begin(), reports.end());
  return all;
}

void Subscribers::remember(const hub::Client& client) {
  if (client.client_id.empty()) return;
  forget(client.client_id);
  std::set<std::string> channels = client.channels;
  std::erase_if(channels, [](const std::string& name) { return hub::is_private(name); });  // these follow the user
  auto& entry = named_[client.client_id] = {std::move(channels), reports_of(client)};
  bytes_ += size_of(client.client_id, entry);
  while (named_.size() > 1 && (named_.size() > kMostClients || bytes_ > kMostBytes)) {
    const auto first = named_.begin();
    forget(first->first == client.client_id ? std::next(first)->first : first->first);
  }
  if (!save_) save_ = loop_.after(kSaveDelay, [this] { save_now(); });
}

void Subscribers::forget(const std::string& client_id) {
  const auto found = named_.find(client_id);
  if (found == named_.end()) return;
  bytes_ -= size_of(found->first, found->second);
  named_.erase(found);
}

const Subscription* Subscribers::remembered(const std::string& client_id) const {
  const auto found = named_.find(client_id);
  return found == named_.end() ? nullptr : &found->second;
}

std::string current_work(const DaemonState& state) {
  for (const auto& project : state.projects.all()) {
    if (project->analysing) return "analyse " + project->alias;
  }
  return {};
}

WatchStatus watch_status(const DaemonState& state) {
  WatchStatus status;
  std::set<std::string> reports = state.subscribers.wanted_reports();
  reports.insert(state.watch.reports.begin(), state.watch.reports.end());
  status.active_reports.assign(reports.begin(), reports.end());
  status.enabled = state.watch.enabled;
  for (const auto& project : state.projects.all()) {
    status.projects.push_back({project->alias, project->watch_mode, project->watch_reason, project->watch_degraded});
  }
  return status;
}

}  // namespace bpyd::daemon
