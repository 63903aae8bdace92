// SPDX-License-Identifier: MIT
#include "maps.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "bpyd/core/strings.hpp"
#include "bpyd/io/git.hpp"

namespace bpyd::pilot {
namespace {

using protocol::Response;
using runtime::Task;

constexpr std::int64_t kMostProblems = 2000, kMostCommits = 1000;
const std::set<std::string> kSeverities{"", "error", "warn", "info"};

Result<analysis::MapLevel> level_from(const std::string& name) {
  if (name == "labels") return analysis::MapLevel::labels;
  if (name == "files") return analysis::MapLevel::files;
  if (name == "chapters") return analysis::MapLevel::chapters;
  return fail(Code::bad_value, "'level' must be labels, files or chapters");
}

std::string key_of(const Project& project, analysis::MapLevel level) { return project.root.string() + "\n" + std::to_string(static_cast<int>(level)); }

/// Labels of `now` that `then` had not, or had otherwise.
std::vector<std::string> changed_labels(const analysis::StoryMap& now, const analysis::StoryMap& then) {
  std::unordered_map<std::string_view, std::uint64_t> before;
  for (const auto& label : then.labels) before.emplace(label.name, label.print);
  std::vector<std::string> names;
  for (const auto& label : now.labels) {
    const auto found = before.find(label.name);
    if (found == before.end() || found->second != label.print) names.push_back(label.name);
  }
  return names;
}

/// The last label of its file at or before a line.
class Owners {
 public:
  explicit Owners(const analysis::Stats2& stats) {
    for (const auto& label : stats.labels) by_file_[label.file].emplace(label.line, label.name);
  }
  [[nodiscard]] std::string of(const std::string& file, std::int64_t line) const {
    const auto labels = by_file_.find(file);
    if (labels == by_file_.end()) return {};
    const auto next = labels->second.upper_bound(line);
    return next == labels->second.begin() ? std::string() : std::prev(next)->second;
  }

 private:
  std::unordered_map<std::string, std::map<std::int64_t, std::string>> by_file_;
};

ProblemsReply problems_of(const analysis::Stats2& stats, const ProblemsQuery& query) {
  const Owners owners(stats);
  ProblemsReply reply;
  reply.errors = stats.counts.errors;
  reply.warnings = stats.counts.warnings;
  reply.truncated = stats.truncated;
  for (const auto& found : stats.diagnostics) {
    const bool fits = (query.severity.empty() || found.severity == query.severity) && (query.id.empty() || found.id == query.id) &&
                      (query.file.empty() || found.file == query.file);
    if (!fits || reply.total++ < query.offset || std::ssize(reply.problems) == query.limit) continue;
    reply.problems.push_back({found.id, found.severity, found.file, owners.of(found.file, found.line), found.message, found.suggestion, found.line, found.column});
  }
  if (query.offset + query.limit < reply.total) reply.next_offset = query.offset + query.limit;
  return reply;
}

SideRow side_of(const Story& story) {
  const auto& counts = story.stats().counts;
  return {story.commit, counts.labels, counts.reachable_labels, counts.words, counts.seconds, counts.choices, counts.paths, counts.endings, counts.errors, counts.warnings};
}

}  // namespace

void Maps::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.route(Method::get, "/pilot/map", Scope::read, "The whole story as a map, laid out", this, &Maps::map, 200, schema_fn<MapReply>);
  binder.route(Method::get, "/pilot/problems", Scope::read, "What the checks found, with the place of each", this, &Maps::problems);
  binder.route(Method::get, "/pilot/revisions", Scope::read, "The commits that touched the story", this, &Maps::revisions);
  binder.route(Method::get, "/pilot/compare", Scope::read, "The story now and then", this, &Maps::compare);
}

void Maps::forget(const Project& project) {
  for (const auto level : {analysis::MapLevel::labels, analysis::MapLevel::files, analysis::MapLevel::chapters}) kept_.erase(key_of(project, level));
}

Task<Maps::MapPtr> Maps::map_of(Story story, analysis::MapLevel level) {
  MapPtr before;
  const bool now = story.commit.empty();
  const auto key = key_of(*story.project, level);
  if (const auto found = kept_.find(key); now && found != kept_.end()) {
    if (found->second.generation == story.snapshot->generation) co_return found->second.map;
    before = found->second.map;
  }
  struct Made {
    MapPtr map;
    std::vector<std::string> changed;
  };
  std::function<Made()> job = [snapshot = story.snapshot, level, before] {
    Made made;
    made.map = std::make_shared<const analysis::StoryMap>(analysis::lay_out(snapshot->stats, level, before.get()));
    if (before) made.changed = changed_labels(*made.map, *before);
    return made;
  };
  auto working = stories_->compute(std::move(job));
  auto made = co_await std::move(working);
  if (auto& kept = kept_[key]; now && kept.generation < story.snapshot->generation) {
    kept = {story.snapshot->generation, before ? kept.generation : 0, made.map, std::move(made.changed)};
  }
  co_return made.map;
}

Task<Result<Response>> Maps::map(MapQuery query) {
  const auto level = level_from(query.level);
  if (!level) co_return std::unexpected(level.error());
  auto waiting = stories_->story(query.project, query.at);
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  MapReply reply;
  reply.project = story->project->alias;
  reply.root = printable_utf8(story->project->root.string());
  reply.generation = story->snapshot->generation;
  if (!story->commit.empty()) reply.commit = story->commit;
  auto drawing = map_of(*story, *level);
  MapPtr map = co_await std::move(drawing);
  const auto kept = kept_.find(key_of(*story->project, *level));
  if (kept != kept_.end() && kept->second.map == map && kept->second.previous > 0) {
    reply.previous = kept->second.previous;
    reply.changed = kept->second.changed;
  }
  MapPtr other;
  if (!query.compare.empty()) {
    auto looking = stories_->story(query.project, query.compare);
    auto then = co_await std::move(looking);
    if (!then) co_return std::unexpected(then.error());
    reply.compared_with = then->commit;
    auto laying = map_of(*then, *level);
    other = co_await std::move(laying);
  }
  std::function<Response()> job = [reply = std::move(reply), map, other]() mutable {
    reply.map = other ? analysis::compared(*map, *other) : *map;
    return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
  };
  auto working = stories_->compute(std::move(job));
  auto response = co_await std::move(working);
  co_return response;
}

Task<Result<ProblemsReply>> Maps::problems(ProblemsQuery query) {
  if (query.limit < 1 || query.limit > kMostProblems || query.offset < 0) co_return fail(Code::bad_value, "'limit' must be 1 to 2000 and 'offset' at least 0");
  if (!kSeverities.contains(query.severity)) co_return fail(Code::bad_value, "'severity' must be error, warn or info");
  auto waiting = stories_->story(query.project, query.at);
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  std::function<ProblemsReply()> job = [snapshot = story->snapshot, query] { return problems_of(snapshot->stats, query); };
  auto working = stories_->compute(std::move(job));
  auto reply = co_await std::move(working);
  reply.project = story->project->alias;
  reply.root = printable_utf8(story->project->root.string());
  reply.generation = story->snapshot->generation;
  if (!story->commit.empty()) reply.commit = story->commit;
  co_return reply;
}

Task<Result<RevisionsReply>> Maps::revisions(RevisionsQuery query) {
  if (query.limit < 1 || query.limit > kMostCommits) co_return fail(Code::bad_value, "'limit' must be 1 to 1000");
  auto waiting = stories_->settled(query.project);
  auto found = co_await std::move(waiting);
  if (!found) co_return std::unexpected(found.error());
  const ProjectPtr project = *found;
  std::function<Result<std::vector<io::Commit>>()> job = [root = project->root.string(), most = static_cast<std::size_t>(query.limit)] { return io::commits(root, most); };
  auto working = stories_->compute(std::move(job));
  auto commits = co_await std::move(working);
  if (!commits) co_return std::unexpected(commits.error());
  RevisionsReply reply;
  reply.project = project->alias;
  for (auto& commit : *commits) reply.revisions.push_back({std::move(commit.id), std::move(commit.date), std::move(commit.author), std::move(commit.subject)});
  co_return reply;
}

Task<Result<CompareReply>> Maps::compare(CompareQuery query) {
  auto first = stories_->story(query.project, query.from.empty() ? "HEAD" : query.from);
  auto before = co_await std::move(first);
  if (!before) co_return std::unexpected(before.error());
  auto second = stories_->story(query.project, query.to);
  auto after = co_await std::move(second);
  if (!after) co_return std::unexpected(after.error());
  std::function<CompareReply()> job = [before = *before, after = *after] {
    CompareReply reply;
    reply.project = after.project->alias;
    reply.before = side_of(before);
    reply.after = side_of(after);
    reply.changes = analysis::diff(before.stats(), after.stats());
    reply.same = reply.changes.empty();
    return reply;
  };
  auto working = stories_->compute(std::move(job));
  auto reply = co_await std::move(working);
  co_return reply;
}

}  // namespace bpyd::pilot
