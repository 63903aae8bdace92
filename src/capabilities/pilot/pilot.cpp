// SPDX-License-Identifier: MIT
// PILOT: the story's paths, their drawings, the page, and the event that keeps it live.
#include "pilot.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "bpyd/analysis/search.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/runtime/on_worker.hpp"
#include "fragment.hpp"
#include "messages.hpp"

namespace bpyd::pilot {
namespace {

using daemon::Project;
using protocol::Response;
using runtime::Task;
using ProjectPtr = std::shared_ptr<Project>;

constexpr std::int64_t kMostRows = 1000;

std::string_view schema_status(const Project& project) {
  if (project.failure && project.failure->code == Code::bad_stats2) return "invalid";
  if (!project.snapshot) return "missing";
  return project.snapshot->stats.paths.empty() ? "empty" : "ok";
}

PathRow row_of(const analysis::Path& path) {
  PathRow row{path.id, path.key, path.title, path.entry, path.ending, path.ending_kind, path.labels, {}, path.words};
  for (const auto& choice : path.choices) row.choices.push_back(choice.text);
  return row;
}

void explain(const Project& project, PathsReply& reply) {
  if (project.failure) {
    reply.code = code_text(project.failure->code);
    reply.message = project.failure->message;
    reply.suggestion = std::string(project.failure->advice());
  } else if (reply.schema_status == "empty") {
    reply.suggestion = "Add a label to a script in game/, `label start:` for one, and save";
  }
}

class Pilot final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "pilot"; }

  void install(daemon::Binder& binder) override {
    using daemon::Method;
    using daemon::Scope;
    binder.route(Method::get, "/pilot/paths", Scope::read, "The story's paths", this, &Pilot::paths);
    binder.route(Method::get, "/pilot/requirements", Scope::read, "What must have happened before a line can be seen", this,
                 &Pilot::requirements);
    binder.page("/pilot/graph", Scope::read, "One path as Mermaid text and as steps, an HTML fragment", this, &Pilot::graph,
                protocol::ErrorForm::html_fragment);
    binder.page("/pilot/view", Scope::read, "Paths side by side, live", this, &Pilot::view);
    binder.event<PathsUpdate>("pilot:{session}");
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    services.events.on<daemon::ProjectAnalysed>([this](const daemon::ProjectAnalysed& event) { analysed(event); });
    services.events.on<daemon::ProjectForgotten>([this](const daemon::ProjectForgotten& event) { lists_.erase(event.project->root.string()); });
  }

 private:
  /// The project once its first analysis has ended, well or not, and once more when it was saved and nobody
  /// wanted a report. A lookup that can wait takes what it needs by value: the project may be
  /// forgotten meanwhile.
  Task<Result<ProjectPtr>> settled(std::string name) {
    auto found = services_->state.projects.find(name);
    while (found && ((!(*found)->snapshot && !(*found)->failure) || (*found)->stale)) {
      if ((*found)->stale) services_->events.publish(daemon::ReportWanted{*found});
      auto woken = (*found)->changed.wait();
      co_await std::move(woken);
    }
    co_return found;
  }

  /// As settled(), and it must hold a story.
  Task<Result<ProjectPtr>> analysed_project(std::string name) {
    auto waiting = settled(std::move(name));
    auto found = co_await std::move(waiting);
    if (found && !(*found)->snapshot) co_return std::unexpected(*(*found)->failure);
    co_return found;
  }

  Task<Result<Response>> paths(PathsQuery query) {
    if (query.limit < 1 || query.limit > kMostRows || query.offset < 0) {
      co_return fail(Code::bad_value, "'limit' must be 1 to 1000 and 'offset' at least 0");
    }
    auto waiting = settled(query.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    if (query.through.empty() && query.to.empty()) co_return cached_list(**found, query);
    const auto search = search_of(query.through, query.to, query.offset, query.limit);
    if (!search) co_return std::unexpected(search.error());
    if (!(*found)->snapshot) co_return std::unexpected(*(*found)->failure);
    auto searching = searched((*found)->snapshot, *search);
    auto answer = co_await std::move(searching);
    if (!answer) co_return std::unexpected(answer.error());
    co_return found_list(**found, query, *answer);
  }

  static Result<analysis::PathSearch> search_of(const std::string& through, const std::string& to, std::int64_t offset,
                                                std::int64_t limit) {
    auto search = analysis::search_from(through, to);
    if (!search) return search;
    search->offset = static_cast<std::size_t>(offset);
    search->limit = static_cast<std::size_t>(limit);
    return search;
  }

  Task<Result<analysis::FoundPaths>> searched(std::shared_ptr<const daemon::Snapshot> snapshot, analysis::PathSearch search) {
    std::function<Result<analysis::FoundPaths>(std::stop_token)> job = [snapshot = std::move(snapshot), search = std::move(search)](
                                                                           const std::stop_token&) {
      return analysis::find_paths(snapshot->stats, search);
    };
    return runtime::on_worker<Result<analysis::FoundPaths>>(services_->loop, services_->workers, std::move(job));
  }

  static Response found_list(const Project& project, const PathsQuery& query, const analysis::FoundPaths& found) {
    PathsReply reply;
    reply.project = project.alias;
    reply.root = printable_utf8(project.root.string());
    reply.schema_status = schema_status(project);
    reply.generation = project.generation;
    reply.total = reply.path_count = query.offset + static_cast<std::int64_t>(found.paths.size());
    for (std::size_t i = 0; i < found.paths.size(); ++i) {
      reply.paths.push_back(found.paths[i].id);
      reply.details.push_back(row_of(found.paths.tell(i)));
    }
    if (found.more) reply.next_offset = query.offset + query.limit;
    if (auto why = doubt(project); !why.empty()) reply.watch = std::move(why);
    if (found.gave_up) reply.message = "There may be more: looking for them takes too long";
    return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
  }

  Task<Result<RequirementsReply>> requirements(RequirementsQuery query) {
    const auto place = analysis::place_from(query.at);
    if (!place) co_return std::unexpected(place.error());
    auto waiting = analysed_project(query.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    const auto snapshot = (*found)->snapshot;
    std::function<Result<analysis::Requirements>(std::stop_token)> job = [snapshot, at = *place](const std::stop_token&) {
      return analysis::requirements(snapshot->stats, at);
    };
    auto working = runtime::on_worker<Result<analysis::Requirements>>(services_->loop, services_->workers, std::move(job));
    auto answer = co_await std::move(working);
    if (!answer) co_return std::unexpected(answer.error());
    co_return reply_of(**found, *answer);
  }

  static RequirementsReply reply_of(const Project& project, const analysis::Requirements& answer) {
    RequirementsReply reply;
    reply.project = project.alias;
    reply.generation = project.generation;
    reply.label = answer.label;
    reply.file = answer.file;
    reply.line = answer.line;
    reply.reachable = answer.reachable;
    if (!answer.never.empty()) reply.never = answer.never;
    for (const auto& choice : answer.choices) reply.choices.push_back({choice.label, choice.file, choice.text, choice.line});
    for (const auto& one : answer.conditions) reply.conditions.push_back({one.label, one.file, one.text, one.line});
    for (const auto& need : answer.needs) {
      NeedRow row{need.condition, need.variable, {}};
      for (const auto& made : need.setters) row.setters.push_back({made.label, made.file, made.op, made.expression, made.line});
      reply.needs.push_back(std::move(row));
    }
    return reply;
  }

  /// Why the story may be older than its files; empty: it is not.
  static std::string doubt(const Project& project) { return project.watch_degraded ? project.watch_reason : std::string(); }

  /// The same page of the same analysis is asked for again and again: by every panel after a save.
  Response cached_list(const Project& project, const PathsQuery& query) {
    const auto key = project.alias + "\n" + std::to_string(project.generation) + "\n" + std::to_string(query.limit) + "\n" + std::to_string(query.offset) + "\n" + doubt(project);
    auto& last = lists_[project.root.string()];
    if (last.first != key) last = {key, list(project, query)};
    return last.second;
  }

  static Response list(const Project& project, const PathsQuery& query) {
    PathsReply reply;
    reply.project = project.alias;
    reply.root = printable_utf8(project.root.string());
    reply.schema_status = schema_status(project);
    reply.generation = project.generation;
    explain(project, reply);
    if (auto why = doubt(project); !why.empty()) reply.watch = std::move(why);
    if (project.snapshot) {
      const auto& all = project.snapshot->stats.paths;
      reply.total = reply.path_count = static_cast<std::int64_t>(all.size());
      if (const auto& count = project.snapshot->stats.counts.play_throughs; !count.empty()) reply.play_throughs = count;
      for (auto at = query.offset; at < std::min(reply.total, query.offset + query.limit); ++at) {
        reply.paths.push_back(all[static_cast<std::size_t>(at)].id);
        reply.details.push_back(row_of(all.tell(static_cast<std::size_t>(at))));
      }
      if (query.offset + query.limit < reply.total) reply.next_offset = query.offset + query.limit;
    }
    auto response = protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
    response.etag = hex64(fnv1a(*response.body));
    return response;
  }

  Task<Result<Response>> graph(GraphQuery query) {
    auto waiting = analysed_project(query.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    if (query.through.empty() && query.to.empty()) co_return draw(**found, path_of(**found, query.path));
    const auto search = search_of(query.through, query.to, number_of(query.path), 1);
    if (!search) co_return std::unexpected(search.error());
    auto searching = searched((*found)->snapshot, *search);
    auto answer = co_await std::move(searching);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->paths.empty()) co_return fail(Code::path_not_found, "There is no path " + printable_utf8(query.path.substr(0, 80)) + " among those");
    co_return draw(**found, answer->paths.tell(0));
  }

  /// Of "q12", from 0; beyond all that is searched for when it is none.
  static std::int64_t number_of(const std::string& id) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(id.data() + std::min<std::size_t>(1, id.size()), id.data() + id.size(), number);
    return id.starts_with('q') && error == std::errc{} && end == id.data() + id.size() && number > 0 && number <= 100000 ? number - 1 : 100000;
  }

  static Result<Response> draw(const Project& project, const Result<analysis::Path>& path) {
    if (!path) return std::unexpected(path.error());
    const auto started = std::chrono::steady_clock::now();
    auto response = protocol::text_response(200, "text/html; charset=utf-8", graph_fragment(project, *path));
    response.timings.emplace_back("graph", std::chrono::steady_clock::now() - started);
    response.etag = hex64(fnv1a(*response.body));
    return response;
  }

  static Result<analysis::Path> path_of(const Project& project, const std::string& id) {
    const auto& stats = project.snapshot->stats;
    if (const auto index = analysis::find_path(stats, id)) return stats.paths.tell(*index);
    std::vector<std::string> ids;
    for (const auto& known : stats.paths) {
      if (ids.size() == 10) {
        ids.emplace_back("…");
        break;
      }
      ids.push_back(known.id);
    }
    const auto suggestion = ids.empty() ? "The story has no paths yet: add `label start:` and save" : "Available paths: " + join(ids, ", ");
    return fail(Code::path_not_found, "Path " + printable_utf8(id.substr(0, 80)) + " not found in project " + project.alias, suggestion);
  }

  Task<Result<Response>> view(ViewQuery query) {
    auto waiting = settled(query.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    if (!query.path.empty() && (*found)->snapshot && !(*found)->snapshot->stats.paths.empty()) {
      const auto path = path_of(**found, query.path);
      if (!path) co_return std::unexpected(path.error());
    }
    const auto* page = protocol::find_asset(services_->assets, "/pilot/view.html");
    if (page == nullptr) co_return fail(Code::route_not_found, "This bpyd was built without its pages", "Build with -DBPYD_WEB=ON");
    co_return protocol::text_response(200, "text/html; charset=utf-8", std::string(page->identity));
  }

  void analysed(const daemon::ProjectAnalysed& event) {
    PathsUpdate update;
    update.project = event.project->alias;
    update.root = printable_utf8(event.project->root.string());
    update.generation = event.project->generation;
    update.schema_status = schema_status(*event.project);
    update.files = event.files;
    if (event.after) {
      for (const auto& path : event.after->stats.paths) update.paths.push_back(path.id);
    }
    if (event.after && event.after->changes) {
      for (const auto& path : event.after->changes->paths) {
        if (path.change == "added") update.added.push_back(path.after);
        else if (path.change == "removed") update.removed.push_back(path.before);
        else update.changed.push_back(path.after);
      }
      update.summary = event.after->changes->summary;
    }
    if (event.project->failure) update.summary.push_back(event.project->failure->message);
    services_->events.publish(std::move(update));
  }

  daemon::Services* services_ = nullptr;
  std::map<std::string, std::pair<std::string, Response>> lists_;  ///< by root: the last page asked for
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Pilot>(); }

}  // namespace bpyd::pilot
