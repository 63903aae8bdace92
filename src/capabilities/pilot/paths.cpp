// SPDX-License-Identifier: MIT
#include "paths.hpp"

#include <algorithm>
#include <charconv>

#include "bpyd/analysis/search.hpp"
#include "bpyd/core/strings.hpp"
#include "fragment.hpp"

namespace bpyd::pilot {
namespace {

using protocol::Response;
using runtime::Task;

constexpr std::int64_t kMostRows = 1000, kMostOffset = 1'000'000'000;
constexpr std::int64_t kNoPath = 100'000;  // beyond all that is searched for

PathRow row_of(const analysis::Path& path, bool brief) {
  PathRow row{path.id, path.key, path.title, path.entry, path.ending, path.ending_kind, {}, {}, path.words, path.seconds};
  if (brief) return row;
  row.labels = path.labels;
  for (const auto& choice : path.choices) row.choices.push_back(choice.text);
  return row;
}

StepRow row_of(const analysis::Path& path, const analysis::Step& step) {
  StepRow row;
  row.kind = step.kind;
  row.key = hex64(step.print != 0 ? step.print : fnv1a(step.text, fnv1a(step.kind + "\n" + step.label)));
  row.label = step.label;
  row.file = step.file;
  row.text = step.text;
  row.line = step.line;
  row.count = step.count;
  row.words = step.words;
  row.seconds = step.seconds;
  for (const auto& other : step.others) row.others.push_back({other.text, other.never, other.line});
  if (step.detail < 0) return row;
  const auto detail = static_cast<std::size_t>(step.detail);
  if (step.kind == "set") {
    const auto& change = path.changes.at(detail);
    row.variable = change.variable;
    row.before = change.before;
    row.after = change.after;
  } else {
    row.verdict = path.conditions.at(detail).verdict;
  }
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

Response json_response(const PathsReply& reply) {
  auto response = protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
  response.etag = hex64(fnv1a(*response.body));
  return response;
}

/// What every list says of its project.
PathsReply reply_for(const Project& project) {
  PathsReply reply;
  reply.project = project.alias;
  reply.root = printable_utf8(project.root.string());
  reply.schema_status = schema_status(project);
  reply.generation = project.generation;
  if (auto why = doubt(project); !why.empty()) reply.watch = std::move(why);
  return reply;
}

/// A page of the story's own paths. Worker.
Response page_of(PathsReply reply, const SnapshotPtr& snapshot, const PathsQuery& query) {
  if (snapshot) {
    const auto& all = snapshot->stats.paths;
    reply.total = reply.path_count = static_cast<std::int64_t>(all.size());
    if (const auto& count = snapshot->stats.counts.play_throughs; !count.empty()) reply.play_throughs = count;
    for (auto at = query.offset; at < std::min(reply.total, query.offset + query.limit); ++at) {
      reply.paths.push_back(all[static_cast<std::size_t>(at)].id);
      reply.details.push_back(row_of(all.tell(static_cast<std::size_t>(at)), query.brief));
    }
    if (query.offset + query.limit < reply.total) reply.next_offset = query.offset + query.limit;
  }
  return json_response(reply);
}

/// A page of what was searched for. Worker.
Response page_of(PathsReply reply, const analysis::FoundPaths& found, const PathsQuery& query) {
  reply.total = reply.path_count = query.offset + static_cast<std::int64_t>(found.paths.size());
  for (std::size_t i = 0; i < found.paths.size(); ++i) {
    reply.paths.push_back(found.paths[i].id);
    reply.details.push_back(row_of(found.paths.tell(i), query.brief));
  }
  if (found.more) reply.next_offset = query.offset + query.limit;
  if (found.gave_up) reply.message = "There may be more: looking for them takes too long";
  return json_response(reply);
}

/// Of "q12", from 0; kNoPath when it is none.
std::int64_t number_of(const std::string& id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + std::min<std::size_t>(1, id.size()), id.data() + id.size(), number);
  return id.starts_with('q') && error == std::errc{} && end == id.data() + id.size() && number > 0 && number <= kNoPath ? number - 1 : kNoPath;
}

/// The one path that a search by number gives. Worker.
Result<analysis::Path> found_path(const analysis::Stats2& stats, const GraphQuery& query, bool closely) {
  auto search = analysis::search_from(query.through, query.to);
  if (!search) return std::unexpected(search.error());
  search->offset = static_cast<std::size_t>(number_of(query.path));
  search->limit = 1;
  const auto found = analysis::find_paths(stats, *search);
  if (!found) return std::unexpected(found.error());
  if (!found->paths.empty()) return found->paths.tell(0, closely);
  return fail(Code::path_not_found, "There is no path " + printable_utf8(query.path.substr(0, 80)) + " among those");
}

/// Worker.
Result<analysis::Path> differing_path(const analysis::Stats2& stats, const GraphQuery& query, bool closely) {
  const auto place = analysis::place_from(query.instead);
  if (!place) return std::unexpected(place.error());
  const auto found = analysis::differing_at(stats, query.path, *place);
  if (!found) return std::unexpected(found.error());
  if (!found->paths.empty()) return found->paths.tell(0, closely);
  return fail(Code::path_not_found, "What " + printable_utf8(query.path.substr(0, 80)) + " sets before rules out " + printable_utf8(query.instead.substr(0, 80)),
              "Choose another way there: GET /pilot/paths?to=" + printable_utf8(query.instead.substr(0, 80)));
}

/// Worker.
Result<analysis::Path> told(const Told& story, const GraphQuery& query, bool closely) {
  if (!query.instead.empty()) return differing_path(story.stats(), query, closely);
  if (!query.through.empty() || !query.to.empty()) return found_path(story.stats(), query, closely);
  return path_of(story, query.path, closely);
}

/// Worker.
Result<analysis::FoundPaths> searched(const analysis::Stats2& stats, const PathsQuery& query) {
  if (!query.differs.empty() || !query.instead.empty()) {
    const auto place = analysis::place_from(query.instead);
    if (!place) return std::unexpected(place.error());
    return analysis::differing_at(stats, query.differs, *place);
  }
  auto search = analysis::search_from(query.through, query.to);
  if (!search) return std::unexpected(search.error());
  search->offset = static_cast<std::size_t>(query.offset);
  search->limit = static_cast<std::size_t>(query.limit);
  return analysis::find_paths(stats, *search);
}

Response path_response(const Told& story, const std::string& root, const analysis::Path& path) {
  PathReply reply;
  reply.project = story.alias;
  reply.root = root;
  reply.generation = story.snapshot->generation;
  if (!story.commit.empty()) reply.commit = story.commit;
  reply.id = path.id;
  reply.key = path.key;
  reply.title = path.title;
  reply.entry = path.entry;
  reply.ending = path.ending;
  reply.ending_kind = path.ending_kind;
  reply.words = path.words;
  reply.seconds = path.seconds;
  reply.labels = path.labels;
  for (const auto& choice : path.choices) reply.choices.push_back(choice.text);
  for (const auto& step : path.steps) reply.steps.push_back(row_of(path, step));
  return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
}

Response graph_response(const Told& story, const std::string&, const analysis::Path& path) {
  const auto started = std::chrono::steady_clock::now();
  auto response = protocol::text_response(200, "text/html; charset=utf-8", graph_fragment(story.alias, *story.snapshot, path));
  response.timings.emplace_back("graph", std::chrono::steady_clock::now() - started);
  response.etag = hex64(fnv1a(*response.body));
  return response;
}

RequirementsReply reply_of(const Project& project, const analysis::Requirements& answer) {
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

}  // namespace

std::string_view schema_status(const Project& project) {
  if (project.failure && project.failure->code == Code::bad_stats2) return "invalid";
  if (!project.snapshot) return "missing";
  return project.snapshot->stats.paths.empty() ? "empty" : "ok";
}

Result<analysis::Path> path_of(const Told& story, const std::string& id, bool closely) {
  const auto& stats = story.stats();
  if (const auto index = analysis::find_path(stats, id)) return stats.paths.tell(*index, closely);
  std::vector<std::string> ids;
  for (const auto& known : stats.paths) {
    if (ids.size() == 10) {
      ids.emplace_back("…");
      break;
    }
    ids.push_back(known.id);
  }
  const auto suggestion = ids.empty() ? "The story has no paths yet: add `label start:` and save" : "Available paths: " + join(ids, ", ");
  const auto when = story.commit.empty() ? std::string() : " at " + story.commit.substr(0, 12);
  return fail(Code::path_not_found, "Path " + printable_utf8(id.substr(0, 80)) + " not found in project " + story.alias + when, suggestion);
}

void Paths::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.route(Method::get, "/pilot/paths", Scope::read, "The story's paths", this, &Paths::list, 200, schema_fn<PathsReply>);
  binder.route(Method::get, "/pilot/path", Scope::read, "One path, step by step", this, &Paths::path, 200, schema_fn<PathReply>);
  binder.route(Method::get, "/pilot/requirements", Scope::read, "What must have happened before a line can be seen", this, &Paths::requirements);
  binder.page("/pilot/graph", Scope::read, "One path as Mermaid text and as steps, an HTML fragment", this, &Paths::graph,
              protocol::ErrorForm::html_fragment);
}

Task<Result<Response>> Paths::list(PathsQuery query) {
  if (query.limit < 1 || query.limit > kMostRows || query.offset < 0 || query.offset > kMostOffset) {
    co_return fail(Code::bad_value, "'limit' must be 1 to 1000 and 'offset' 0 to 1000000000");
  }
  const bool search = !query.through.empty() || !query.to.empty() || !query.differs.empty() || !query.instead.empty();
  if (!search && query.at.empty()) {
    auto waiting = stories_->settled(query.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    const auto key = project->alias + "\n" + std::to_string(project->generation) + "\n" + std::to_string(query.limit) + "\n" + std::to_string(query.offset) + "\n" +
                     (query.brief ? "brief" : "") + doubt(*project);
    if (auto& last = lists_[project->root.string()]; last.first == key) co_return last.second;
    auto reply = reply_for(*project);
    explain(*project, reply);
    std::function<Response(std::stop_token)> job = [reply, snapshot = project->snapshot, query](const std::stop_token&) { return page_of(reply, snapshot, query); };
    auto working = stories_->compute(std::move(job));
    auto response = co_await std::move(working);
    // Forgotten meanwhile, perhaps to be another project: nothing is kept of it.
    const auto still = stories_->find(project->alias);
    if (still == project) lists_[project->root.string()] = {key, response};
    co_return response;
  }
  auto waiting = stories_->story(query.project, query.at);
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  auto reply = reply_for(*story->project);
  if (!story->commit.empty()) {
    reply.commit = story->commit;
    reply.schema_status = story->stats().paths.empty() ? "empty" : "ok";
  }
  const Told asked = *story;
  std::function<Result<Response>(std::stop_token)> job = [reply, story = asked, query, search](const std::stop_token&) -> Result<Response> {
    if (!search) return page_of(reply, story.snapshot, query);
    const auto answer = searched(story.stats(), query);
    if (!answer) return std::unexpected(answer.error());
    return page_of(reply, *answer, query);
  };
  auto working = stories_->compute(std::move(job));
  auto response = co_await std::move(working);
  co_return response;
}

Task<Result<Response>> Paths::named(GraphQuery query, bool closely, Answering answer) {
  auto waiting = stories_->story(query.project, query.at);
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  const Told asked = *story;
  const std::string root = printable_utf8(story->project->root.string());
  std::function<Result<Response>(std::stop_token)> job = [asked, root, query, closely, answer](const std::stop_token&) -> Result<Response> {
    const auto path = told(asked, query, closely);
    if (!path) return std::unexpected(path.error());
    return answer(asked, root, *path);
  };
  auto working = stories_->compute(std::move(job));
  auto response = co_await std::move(working);
  co_return response;
}

Task<Result<Response>> Paths::path(GraphQuery query) { return named(std::move(query), true, path_response); }

Task<Result<Response>> Paths::graph(GraphQuery query) { return named(std::move(query), false, graph_response); }

Task<Result<RequirementsReply>> Paths::requirements(RequirementsQuery query) {
  const auto place = analysis::place_from(query.at);
  if (!place) co_return std::unexpected(place.error());
  auto waiting = stories_->story(query.project, {});
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  std::function<Result<analysis::Requirements>(std::stop_token)> job = [snapshot = story->snapshot, at = *place](const std::stop_token&) { return analysis::requirements(snapshot->stats, at); };
  auto working = stories_->compute(std::move(job));
  auto answer = co_await std::move(working);
  if (!answer) co_return std::unexpected(answer.error());
  co_return reply_of(*story->project, *answer);
}

}  // namespace bpyd::pilot
