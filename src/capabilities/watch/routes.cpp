// SPDX-License-Identifier: MIT
// The routes of the watch.
#include "routes.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "bpyd/core/strings.hpp"
#include "bpyd/runtime/signal.hpp"

namespace bpyd::watch {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMostChanges = 10'000, kMostOffset = 1'000'000'000;
constexpr std::int64_t kLongestWait = 120'000;
constexpr milliseconds kSincePatience{10'000};

/// A wait that ends with the event or with the limit, whichever is first. Held by both.
struct Wait {
  explicit Wait(runtime::Loop& loop) : ended(loop) {}
  runtime::Signal ended;
  bool done = false, late = false;
  std::unique_ptr<runtime::Timer> timer;
};

/// "c:5f0c…:12" → "c:5f0c…": which watcher's clock it is.
std::string instance_of(const std::string& clock) { return clock.substr(0, clock.rfind(':')); }

std::int64_t number_in(const char* file) {
  std::int64_t number = 0;
  std::ifstream(file) >> number;
  return number;
}

WatchCost cost_now() {
  WatchCost cost;
  cost.watch_limit = number_in("/proc/sys/fs/inotify/max_user_watches");
  std::int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  cost.memory_kib = resident * (::sysconf(_SC_PAGESIZE) / 1024);
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  cost.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  return cost;
}

}  // namespace

void Routes::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.route(Method::get, "/api/watch/since", Scope::read, "Files that changed since a clock", this, &Routes::since);
  binder.route(Method::post, "/api/watch/sync", Scope::read, "Returns when everything written before the call was seen and told", this, &Routes::sync);
  binder.route(Method::get, "/api/watch/status", Scope::read, "What is watched, how well, and what that costs", this, &Routes::status);
  binder.route(Method::get, "/api/watch/config", Scope::read, "How is watched, for all or for one project", this, &Routes::config);
  binder.route(Method::post, "/api/watch/config", Scope::admin, "Set what is watched and how; it holds over restarts", this, &Routes::configure);
}

void Routes::start(daemon::Services& services, Watches& watches) {
  services_ = &services;
  watches_ = &watches;
}

runtime::Task<Result<ProjectPtr>> Routes::synced(std::string name, milliseconds limit, bool reports) {
  auto project = services_->state.projects.find(name);
  if (!project) co_return std::unexpected(project.error());
  const auto* watched = watches_->find(*project);
  if (watched == nullptr || !watched->watcher) {
    co_return fail(Code::wrong_state, "Project '" + (*project)->alias + "' is not watched", R"(Switch it on: POST /api/watch/config {"enabled": true})");
  }
  auto wait = std::make_shared<Wait>(services_->loop);
  wait->timer = services_->loop.after(limit, [weak = std::weak_ptr(wait)] {
    const auto held = weak.lock();
    if (!held) return;
    held->late = true;
    held->ended.fire();
  });
  // Other settings make another watcher: then that one is asked.
  for (std::string asked; !wait->late;) {
    watched = watches_->find(*project);
    if (watched == nullptr || !watched->watcher) co_return fail(Code::wrong_state, "Project '" + (*project)->alias + "' is not watched any more");
    const auto instance = instance_of(watched->watcher->clock());
    if (wait->done && instance == asked) break;
    asked = instance;
    wait->done = false;
    watched->watcher->sync([wait] {
      wait->done = true;
      wait->ended.fire();
    });
    while (!wait->done && !wait->late) {
      auto waiting = wait->ended.wait();
      co_await std::move(waiting);
    }
  }
  while (reports && !wait->late) {
    watched = watches_->find(*project);
    if (watched == nullptr || watched->runner->resting()) break;
    watched->runner->when_rested([wait] { wait->ended.fire(); });
    auto waiting = wait->ended.wait();
    co_await std::move(waiting);
  }
  if (wait->late) {
    co_return fail(Code::wrong_state, "Not all of '" + (*project)->alias + "' was seen within " + std::to_string(limit.count()) + " ms",
                   "Ask again, or with a longer timeout_ms; GET /api/watch/status says what it waits for");
  }
  co_return project;
}

void Routes::sight_of(const ProjectPtr& project, Sight& sight) const {
  const auto* watched = watches_->find(project);
  const auto status = watches_->status(project);
  sight.project = project->alias;
  sight.root = printable_utf8(project->root.string());
  if (watched != nullptr && watched->watcher) sight.clock = watched->watcher->clock();
  sight.degraded = status.degraded;
  if (!status.reason.empty()) sight.reason = status.reason;
}

runtime::Task<Result<SinceReply>> Routes::since(SinceQuery query) {
  if (query.limit < 1 || query.limit > kMostChanges || query.offset < 0 || query.offset > kMostOffset) {
    co_return fail(Code::bad_value, "'limit' must be 1 to 10000 and 'offset' 0 to 1000000000");
  }
  if (query.sync) {
    auto waiting = synced(query.project, kSincePatience, false);
    const auto ready = co_await std::move(waiting);
    if (!ready) co_return std::unexpected(ready.error());
  }
  const auto project = services_->state.projects.find(query.project);
  if (!project) co_return std::unexpected(project.error());
  const auto* watched = watches_->find(*project);
  if (watched == nullptr || !watched->watcher) co_return fail(Code::wrong_state, "Project '" + (*project)->alias + "' is not watched");
  // No clock is one that no watcher gave.
  const std::string_view clock = query.clock.empty() ? "c:0000000000000000:0" : std::string_view(query.clock);
  auto found = watched->watcher->since(clock, static_cast<std::size_t>(query.offset), static_cast<std::size_t>(query.limit));
  if (!found) co_return std::unexpected(found.error());
  SinceReply reply;
  sight_of(*project, reply);
  reply.clock = found->clock;
  reply.fresh = found->fresh;
  reply.total = found->total;
  for (const auto& change : found->changes) reply.changes.push_back({change.file, std::string(change_text(change.kind))});
  const auto next = query.offset + static_cast<std::int64_t>(reply.changes.size());
  if (next < reply.total) reply.next_offset = next;
  co_return reply;
}

runtime::Task<Result<Sight>> Routes::sync(SyncBody body) {
  if (body.timeout_ms < 1 || body.timeout_ms > kLongestWait) co_return fail(Code::bad_value, "'timeout_ms' must be 1 to 120000");
  auto waiting = synced(body.project, milliseconds(body.timeout_ms), body.reports);
  const auto project = co_await std::move(waiting);
  if (!project) co_return std::unexpected(project.error());
  Sight sight;
  sight_of(*project, sight);
  co_return sight;
}

WatchRow Routes::row_of(const ProjectPtr& project) const {
  WatchRow row;
  sight_of(project, row);
  const auto status = watches_->status(project);
  row.mode = status.mode;
  row.ready = status.ready;
  row.files = status.files;
  row.folders = status.folders;
  row.watches = status.watches;
  row.polled = status.polled;
  row.rescans = status.rescans;
  row.analysing = project->analysing;
  if (row.degraded) row.code = code_text(Code::watch_limit);
  if (project->failure) row.failure = project->failure->message;
  const auto* watched = watches_->find(project);
  if (watched == nullptr) return row;
  row.enabled = watched->config.enabled;
  row.saves = watched->saves;
  row.settle_ms = watched->config.settle_ms;
  row.ignore = watched->config.ignore;
  row.reports = watched->config.reports;
  return row;
}

Result<WatchStatusReply> Routes::status(const protocol::NoQuery&) {
  WatchStatusReply reply;
  const auto known = daemon::watch_status(services_->state);
  reply.enabled = known.enabled;
  reply.active_reports = known.active_reports;
  reply.cost = cost_now();
  for (const auto& project : services_->state.projects.all()) {
    reply.projects.push_back(row_of(project));
    reply.cost.watches += reply.projects.back().watches;
  }
  return reply;
}

Result<ConfigReply> Routes::config(const ConfigQuery& query) {
  ConfigReply reply;
  reply.config = watches_->settings().in_force();
  if (!query.project.empty()) {
    const auto project = services_->state.projects.find(query.project);
    if (!project) return std::unexpected(project.error());
    reply.project = (*project)->alias;
    reply.config = watches_->settings().in_force((*project)->root);
  }
  reply.defaults = io::default_ignores();
  for (const auto& project : services_->state.projects.all()) reply.roots.push_back(printable_utf8(project->root.string()));
  return reply;
}

Result<void> Routes::watch_root(const std::string& root) {
  if (root.contains('\0')) return fail(Code::bad_value, "'roots' holds a NUL byte");
  const auto before = services_->state.projects.all().size();
  auto project = services_->state.projects.add(root, "");
  if (!project) return std::unexpected(project.error());
  if (services_->state.projects.all().size() > before) services_->events.publish(daemon::ProjectRegistered{*project});
  return {};
}

runtime::Task<Result<ConfigReply>> Routes::configure(ConfigBody body) {
  std::string root;
  if (body.project) {
    const auto project = services_->state.projects.find(*body.project);
    if (!project) co_return std::unexpected(project.error());
    root = (*project)->root.string();
  }
  if (const auto ok = watches_->settings().set(root, body, body.reset); !ok) co_return std::unexpected(ok.error());
  watches_->reconfigure();
  for (const auto& one : body.roots) {
    if (const auto ok = watch_root(one); !ok) co_return std::unexpected(ok.error());
  }
  auto waiting = watches_->settings().kept();
  co_await std::move(waiting);
  co_return config({body.project.value_or("")});
}

}  // namespace bpyd::watch
