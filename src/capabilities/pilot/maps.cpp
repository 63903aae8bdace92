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

constexpr std::int64_t kMostProblems = 2000, kMostCommits = 1000, kMostOffset = 1'000'000'000;
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

SideRow side_of(const Told& story) {
  const auto& counts = story.stats().counts;
  return {story.commit, counts.labels, counts.reachable_labels, counts.words, counts.seconds, counts.choices, counts.paths, counts.endings, counts.errors, counts.warnings};
}

}  // namespace

void Maps::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.route(Method::get, "/pilot/map", Scope::read, "The whole story as a map, laid out", this, &Maps::map, 200, schema_fn<MapReply>);
  binder.route(Method::get, "/pilot/problems", Scope::read, "What the checks found, with the place of each", this, &Maps::problems, 200, schema_fn<ProblemsReply>);
  binder.route(Method::get, "/pilot/revisions", Scope::read, "The commits that touched the story", this, &Maps::revisions);
  binder.route(Method::get, "/pilot/compare", Scope::read, "The story now and then", this, &Maps::compare, 200, schema_fn<CompareReply>);
}

void Maps::forget(const Project& project) {
  for (const auto level : {analysis::MapLevel::labels, analysis::MapLevel::files, analysis::MapLevel::chapters}) kept_.erase(key_of(project, level));
}

Maps::Kept* Maps::kept(const Story& story, analysis::MapLevel level) {
  const auto found = kept_.find(key_of(*story.project, level));
  return found != kept_.end() && found->second.project.lock() == story.project ? &found->second : nullptr;
}

Task<Maps::MapPtr> Maps::map_of(Story story, analysis::MapLevel level) {
  if (!story.commit.empty()) {
    auto laying = laid_out(std::move(story), level, nullptr, nullptr);
    auto map = co_await std::move(laying);
    co_return map;
  }
  for (;;) {
    auto* known = kept(story, level);
    if (known == nullptr) {
      Kept fresh;
      fresh.project = story.project;
      known = &(kept_[key_of(*story.project, level)] = std::move(fresh));
    }
    if (known->map && known->generation == story.snapshot->generation) co_return known->map;
    if (!known->making) {
      known->making = std::make_shared<runtime::Signal>(stories_->loop());
      auto laying = laid_out(std::move(story), level, known->map, known->making);
      auto map = co_await std::move(laying);
      co_return map;
    }
    const auto making = known->making;
    auto made = making->wait();
    co_await std::move(made);
  }
}

/// `making` is fired when it is done, whatever became of the project meanwhile; null: it is not kept.
Task<Maps::MapPtr> Maps::laid_out(Story story, analysis::MapLevel level, MapPtr before, std::shared_ptr<runtime::Signal> making) {
  struct Made {
    MapPtr map;
    std::vector<std::string> changed;
  };
  std::function<Made(std::stop_token)> job = [snapshot = story.snapshot, level, before](const std::stop_token&) {
    Made made;
    made.map = std::make_shared<const analysis::StoryMap>(analysis::lay_out(snapshot->stats, level, before.get()));
    if (before) made.changed = changed_labels(*made.map, *before);
    return made;
  };
  auto working = stories_->compute(std::move(job));
  auto made = co_await std::move(working);
  if (auto* known = making ? kept(story, level) : nullptr; known != nullptr && known->making == making) {
    known->making = nullptr;
    known->previous = known->generation;
    known->generation = story.snapshot->generation;
    known->map = made.map;
    known->changed = std::move(made.changed);
    known->text.reset();
  }
  if (making) making->fire();
  co_return made.map;
}

Task<Result<Response>> Maps::map(MapQuery query) {
  const auto level = level_from(query.level);
  if (!level) co_return std::unexpected(level.error());
  if (!query.compare.empty() && *level != analysis::MapLevel::labels) co_return fail(Code::bad_value, "'compare' goes with the level labels");
  auto waiting = stories_->story(query.project, query.at);
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  MapReply reply;
  reply.project = story->alias;
  reply.root = printable_utf8(story->project->root.string());
  reply.generation = story->snapshot->generation;
  if (!story->commit.empty()) reply.commit = story->commit;
  auto drawing = map_of(*story, *level);
  const MapPtr map = co_await std::move(drawing);
  const auto current = [&]() -> Kept* {
    auto* known = story->commit.empty() ? kept(*story, *level) : nullptr;
    return known != nullptr && known->map == map ? known : nullptr;
  };
  if (const auto* known = current(); known != nullptr) {
    if (query.compare.empty() && known->text && known->alias == story->alias) co_return *known->text;
    if (known->previous > 0) {
      reply.previous = known->previous;
      reply.changed = known->changed;
    }
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
  std::function<Response(std::stop_token)> job = [reply = std::move(reply), map, other](const std::stop_token&) mutable {
    reply.map = other ? analysis::compared(*map, *other) : *map;
    return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
  };
  auto working = stories_->compute(std::move(job));
  auto response = co_await std::move(working);
  if (auto* known = current(); known != nullptr && !other) {
    known->alias = story->alias;
    known->text = response;
  }
  co_return response;
}

Task<Result<Response>> Maps::problems(ProblemsQuery query) {
  if (query.limit < 1 || query.limit > kMostProblems || query.offset < 0 || query.offset > kMostOffset) co_return fail(Code::bad_value, "'limit' must be 1 to 2000 and 'offset' 0 to 1000000000");
  if (!kSeverities.contains(query.severity)) co_return fail(Code::bad_value, "'severity' must be error, warn or info");
  auto waiting = stories_->story(query.project, query.at);
  auto story = co_await std::move(waiting);
  if (!story) co_return std::unexpected(story.error());
  const Told asked = *story;
  std::function<Response(std::stop_token)> job = [asked, query, root = printable_utf8(story->project->root.string())](const std::stop_token&) {
    auto reply = problems_of(asked.stats(), query);
    reply.project = asked.alias;
    reply.root = root;
    reply.generation = asked.snapshot->generation;
    if (!asked.commit.empty()) reply.commit = asked.commit;
    return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
  };
  auto working = stories_->compute(std::move(job));
  auto response = co_await std::move(working);
  co_return response;
}

Task<Result<RevisionsReply>> Maps::revisions(RevisionsQuery query) {
  if (query.limit < 1 || query.limit > kMostCommits) co_return fail(Code::bad_value, "'limit' must be 1 to 1000");
  auto waiting = stories_->settled(query.project);
  auto found = co_await std::move(waiting);
  if (!found) co_return std::unexpected(found.error());
  const ProjectPtr project = *found;
  std::function<Result<std::vector<io::Commit>>(std::stop_token)> job = [root = project->root.string(), most = static_cast<std::size_t>(query.limit)](const std::stop_token& stop) {
    io::GitLimits limits;
    limits.stop = stop;
    return io::commits(root, most, limits);
  };
  auto working = stories_->compute(std::move(job));
  auto commits = co_await std::move(working);
  if (!commits) co_return std::unexpected(commits.error());
  RevisionsReply reply;
  reply.project = project->alias;
  for (auto& commit : *commits) reply.revisions.push_back({std::move(commit.id), std::move(commit.date), std::move(commit.author), std::move(commit.subject)});
  co_return reply;
}

Task<Result<Response>> Maps::compare(CompareQuery query) {
  auto first = stories_->story(query.project, query.from.empty() ? "HEAD" : query.from);
  auto then = co_await std::move(first);
  if (!then) co_return std::unexpected(then.error());
  auto second = stories_->story(query.project, query.to);
  auto now = co_await std::move(second);
  if (!now) co_return std::unexpected(now.error());
  const Told before = *then, after = *now;
  std::function<Response(std::stop_token)> job = [before, after](const std::stop_token&) {
    CompareReply reply;
    reply.project = after.alias;
    reply.before = side_of(before);
    reply.after = side_of(after);
    reply.changes = analysis::diff(before.stats(), after.stats());
    reply.same = reply.changes.empty();
    return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
  };
  auto working = stories_->compute(std::move(job));
  auto response = co_await std::move(working);
  co_return response;
}

}  // namespace bpyd::pilot
