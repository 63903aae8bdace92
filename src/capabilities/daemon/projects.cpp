// SPDX-License-Identifier: MIT
// The projects' routes, and <profile>/projects.json behind them.
#include "projects.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::daemon_info {
namespace {

constexpr std::int64_t kMostRows = 1000, kLastRow = 1'000'000'000;

struct SavedProject {
  std::string alias, root;
  static void describe(auto& fields, auto& self) {
    fields.required("alias", self.alias, "short name");
    fields.required("root", self.root, "canonical folder");
  }
};
struct SavedProjects {
  std::vector<SavedProject> projects;
  static void describe(auto& fields, auto& self) { fields.required("projects", self.projects, "registered"); }
};

}  // namespace

ProjectRow row_of(const daemon::Project& project) {
  ProjectRow row;
  row.alias = project.alias;
  row.root = printable_utf8(project.root.string());
  row.title = project.alias;
  row.state = project.state();
  row.watch = project.watch_mode == "off" ? "off" : project.watch_degraded ? "degraded" : "ok";
  row.generation = project.generation;
  if (project.failure) {
    row.problem = project.failure->message;
    row.code = code_text(project.failure->code);
    row.suggestion = project.failure->advice();
  }
  if (!project.snapshot) return row;
  const auto& stats = project.snapshot->stats;
  if (!stats.title.empty()) row.title = stats.title;
  row.labels = static_cast<std::int64_t>(stats.labels.size());
  row.paths = static_cast<std::int64_t>(stats.paths.size());
  row.words = stats.counts.words;
  row.seconds = stats.counts.seconds;
  // Counted, not taken from `counts`: a report of another analyzer may leave those out.
  for (const auto& diagnostic : stats.diagnostics) {
    if (diagnostic.severity == "error") ++row.errors;
    else if (diagnostic.severity != "info") ++row.warnings;
  }
  row.problems = row.errors + row.warnings;
  return row;
}

void ProjectRoutes::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.route(Method::get, "/api/projects", Scope::read, "The registered projects", this, &ProjectRoutes::list);
  binder.route(Method::post, "/api/projects", Scope::admin, "Register a project", this, &ProjectRoutes::add, 201);
  binder.route(Method::get, "/api/projects/{project}", Scope::read, "One project", this, &ProjectRoutes::show);
  binder.route(Method::patch, "/api/projects/{project}", Scope::admin, "Give a project another alias", this, &ProjectRoutes::rename);
  binder.route(Method::del, "/api/projects/{project}", Scope::admin, "Forget a project; its files stay", this, &ProjectRoutes::forget);
}

void ProjectRoutes::start(daemon::Services& services) {
  services_ = &services;
  file_ = std::make_shared<io::StateFile>(services.loop, services.workers, services.identity.profile_dir / "projects.json", 0600, [](const Error& error) {
    log::write(log::Level::warn, "daemon", "projects.unsaved", error.message, {{"code", code_text(error.code)}});
  });
  for (const auto& root : services.config.projects) {
    if (const auto entered = enter(root, ""); !entered) {
      log::write(log::Level::error, "daemon", "project.refused", entered.error().message, {{"root", root}});
    }
  }
  restore();
  // Other capabilities register projects too.
  services.events.on<daemon::ProjectRegistered>([this](const daemon::ProjectRegistered&) { save(); });
}

Result<std::shared_ptr<daemon::Project>> ProjectRoutes::enter(const std::string& root, const std::string& alias) {
  const auto before = services_->state.projects.all().size();
  auto project = services_->state.projects.add(root, alias);
  if (project && services_->state.projects.all().size() > before) {
    services_->events.publish(daemon::ProjectRegistered{*project});
  }
  return project;
}

void ProjectRoutes::restore() {
  const auto file = services_->identity.profile_dir / "projects.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return;
  const auto text = io::read_file(file, 1u << 20);
  const auto json = text ? parse_json_object(*text) : std::unexpected(text.error());
  const auto saved = json ? from_json<SavedProjects>(*json) : std::unexpected(json.error());
  if (!saved) {
    auto aside = file;
    std::filesystem::rename(file, aside += ".bad", ignored);
    log::write(log::Level::warn, "daemon", "projects.set_aside", saved.error().message, {{"file", aside.string()}});
    return;
  }
  for (const auto& project : saved->projects) {
    if (!enter(project.root, project.alias)) {
      log::write(log::Level::info, "daemon", "project.gone", "A project of the last run is not there any more", {{"root", project.root}});
    }
  }
}

void ProjectRoutes::save() {
  SavedProjects saved;
  for (const auto& project : services_->state.projects.all()) saved.projects.push_back({project->alias, project->root.string()});
  file_->write([saved = std::move(saved)] { return to_json_text(saved, 1) + "\n"; });
}

Result<ProjectList> ProjectRoutes::list(const Page& page) {
  if (page.limit < 1 || page.limit > kMostRows || page.offset < 0 || page.offset > kLastRow) {
    return fail(Code::bad_value, "'limit' must be 1 to 1000 and 'offset' 0 to 1000000000");
  }
  ProjectList reply;
  const auto all = services_->state.projects.all();
  reply.total = static_cast<std::int64_t>(all.size());
  for (auto at = page.offset; at < std::min(page.offset + page.limit, reply.total); ++at) {
    reply.projects.push_back(row_of(*all[static_cast<std::size_t>(at)]));
  }
  if (page.offset + page.limit < reply.total) reply.next_offset = page.offset + page.limit;
  return reply;
}

// What is answered is kept: a daemon that is killed right after knows it again.

runtime::Task<Result<ProjectRow>> ProjectRoutes::add(RegisterProject body) {
  const auto root = body.root.value_or(body.path.value_or(""));
  if (root.empty()) co_return fail(Code::missing_parameter, "missing required 'root'", R"(Send {"root": "/path/to/project"})");
  if (root.contains('\0')) co_return fail(Code::bad_value, "'root' holds a NUL byte");
  const auto project = enter(root, body.alias.value_or(""));
  if (!project) co_return std::unexpected(project.error());
  save();
  auto waiting = io::StateFile::settled(file_);
  co_await std::move(waiting);
  co_return row_of(**project);
}

Result<ProjectRow> ProjectRoutes::show(const ProjectQuery& query) {
  auto project = services_->state.projects.find(query.project);
  if (!project) return std::unexpected(project.error());
  return row_of(**project);
}

runtime::Task<Result<ProjectRow>> ProjectRoutes::rename(RenameProject body) {
  const auto project = services_->state.projects.find(body.project);
  if (!project) co_return std::unexpected(project.error());
  if (const auto ok = services_->state.projects.rename(**project, body.alias); !ok) co_return std::unexpected(ok.error());
  save();
  auto waiting = io::StateFile::settled(file_);
  co_await std::move(waiting);
  co_return row_of(**project);
}

runtime::Task<Result<Said>> ProjectRoutes::forget(ProjectQuery query) {
  const auto project = services_->state.projects.find(query.project);
  if (!project) co_return std::unexpected(project.error());
  services_->state.projects.remove(**project);
  services_->events.publish(daemon::ProjectForgotten{*project});
  save();
  auto waiting = io::StateFile::settled(file_);
  co_await std::move(waiting);
  co_return Said{"Project " + (*project)->alias + " is forgotten; its files are untouched"};
}

}  // namespace bpyd::daemon_info
