// SPDX-License-Identifier: MIT
#include "judge.hpp"

#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "messages.hpp"

namespace bpyd::governance {
namespace {

using runtime::Task;

constexpr std::size_t kMostTold = 100, kMostWaiting = 64;

const RulesPtr& shipped() {
  static const auto kRules = std::make_shared<const analysis::Rules>(analysis::default_rules());
  return kRules;
}

/// Worker. What cannot be computed is told like a broken file: the daemon goes on.
VerdictPtr verdict_on(const std::filesystem::path& root, const SnapshotPtr& snapshot, const RulesPtr& good, const std::stop_token& stop) {
  auto made = std::make_shared<Verdict>();
  made->generation = snapshot->generation;
  made->evaluated = std::chrono::system_clock::now();
  try {
    made->in_force = rules_in_force(root, good);
    made->day = daemon::today();
    made->evaluation = analysis::evaluate(snapshot->stats, *made->in_force.rules, made->day, stop);
  } catch (const std::exception& exception) {
    made->in_force = {good ? good : shipped(), false, std::string("The rules could not be evaluated: ") + exception.what()};
    made->evaluation.passed = false;
    made->failed = true;
  }
  return made;
}

/// Those of `these` that are not waived, and not among the others.
std::vector<const analysis::Violation*> without(const Verdict* these, const Verdict* others) {
  std::unordered_set<std::string_view> known;
  const auto open = [](const Verdict* verdict, auto&& each) {
    if (verdict == nullptr) return;
    for (const auto& one : verdict->evaluation.violations) {
      if (!one.waived) each(one);
    }
  };
  open(others, [&](const analysis::Violation& one) { known.insert(one.key); });
  std::vector<const analysis::Violation*> out;
  open(these, [&](const analysis::Violation& one) {
    if (!known.contains(one.key)) out.push_back(&one);
  });
  return out;
}

template <class E>
void publish(daemon::Publisher& events, const Change& about, const std::vector<const analysis::Violation*>& violations) {
  if (violations.empty()) return;
  E event;
  static_cast<Change&>(event) = about;
  event.total = std::ssize(violations);
  for (const auto* one : violations) {
    if (event.violations.size() < kMostTold) event.violations.push_back(*one);
  }
  events.publish(std::move(event));
}

}  // namespace

InForce rules_in_force(const std::filesystem::path& root, const RulesPtr& last) {
  auto own = daemon::read_rules(root);
  if (!own) return {last ? last : shipped(), true, std::string(daemon::kRulesFile) + ": " + own.error().message};
  if (!*own) return {shipped(), false, {}};
  return {std::make_shared<const analysis::Rules>(**std::move(own)), true, {}};
}

void Judge::begin(const ProjectPtr& project) {
  auto& ward = wards_[project];
  if (ward) return;
  ward = std::make_shared<Ward>(services_.loop);
  watch_file(project, *ward);
}

/// The watcher of the project itself passes .branchpy over.
void Judge::watch_file(const ProjectPtr& project, Ward& ward) {
  const auto config = services_.config_for(project->root).watch;
  if (!config.enabled) return;
  io::WatchOptions options;
  options.ignore = {"*", "!/.branchpy/", "!/.branchpy/governance.json"};
  options.force_polling = config.polling;
  ward.watcher = services_.watching.watch(project->root, options, {.on_change = [this, project](const io::ChangeSet&) { look(project); }});
}

void Judge::end(const ProjectPtr& project) {
  const auto found = wards_.find(project);
  if (found == wards_.end()) return;
  const auto ward = found->second;
  wards_.erase(found);
  ward->watcher.reset();
  ward->done.fire();
}

void Judge::stop() {
  stopped_ = true;
  for (const auto& [project, ward] : wards_) ward->watcher.reset();
}

void Judge::look(const ProjectPtr& project) {
  const auto found = wards_.find(project);
  if (stopped_ || found == wards_.end() || !project->snapshot) return;
  const auto ward = found->second;
  if (ward->running) ward->again = true;
  else run(project, ward);
}

void Judge::run(const ProjectPtr& project, const WardPtr& ward) {
  ward->running = true;
  ward->again = false;
  workers_.then<VerdictPtr>(
      [root = project->root, snapshot = project->snapshot, good = ward->good](const std::stop_token& stop) { return verdict_on(root, snapshot, good, stop); },
      [this, project, ward](VerdictPtr made) { take(project, ward, std::move(made)); });
}

void Judge::take(const ProjectPtr& project, const WardPtr& ward, VerdictPtr made) {
  const auto found = wards_.find(project);
  const bool ours = !stopped_ && found != wards_.end() && found->second == ward;
  if (ours) {
    note_error(*project, *ward, made->in_force.error);
    const auto before = std::exchange(ward->verdict, made);
    ward->good = made->in_force.rules;
    if (!made->failed) tell(*project, before.get(), *made);
  }
  if (ours && ward->again) return run(project, ward);
  ward->running = false;
  ward->done.fire();
}

void Judge::tell(const daemon::Project& project, const Verdict* before, const Verdict& now) {
  Change about;
  about.project = project.alias;
  about.root = printable_utf8(project.root.string());
  about.generation = now.generation;
  about.first = before == nullptr;
  about.passed = now.evaluation.passed;
  publish<ResolvedEvent>(services_.events, about, without(before, &now));
  publish<ViolationEvent>(services_.events, about, without(&now, before));
}

/// Once for each cause.
void Judge::note_error(const daemon::Project& project, Ward& ward, const std::string& error) {
  if (ward.told_error == error) return;
  ward.told_error = error;
  if (error.empty()) return;
  log::write(log::Level::warn, "governance", "rules.broken", error, {{"project", project.alias}, {"code", code_text(Code::bad_rules)}});
}

Result<void> Judge::room() const {
  if (workers_.in_flight() < kMostWaiting) return {};
  return fail(Code::too_often, "Too many evaluations wait for an answer");
}

Task<Result<Standing>> Judge::standing(std::string name) {
  for (;;) {
    auto found = services_.state.projects.find(name);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    if ((!project->snapshot && !project->failure) || project->stale) {
      if (project->stale) services_.events.publish(daemon::ReportWanted{project});
      auto woken = project->changed.wait();
      co_await std::move(woken);
      continue;
    }
    if (!project->snapshot) co_return std::unexpected(*project->failure);
    const auto kept = wards_.find(project);
    if (kept == wards_.end()) co_return fail(Code::project_not_found, "The project is not registered any more");
    const WardPtr ward = kept->second;
    const bool newest = ward->verdict && ward->verdict->generation == project->snapshot->generation && (ward->verdict->failed || ward->verdict->day == daemon::today());
    if (newest && !ward->running) {
      Standing standing{project, ward->verdict};
      co_return standing;
    }
    if (stopped_) co_return fail(Code::wrong_state, "The daemon is stopping");
    if (!ward->running) look(project);
    auto judged = ward->done.wait();
    co_await std::move(judged);
  }
}

Task<InForce> Judge::rules_of(ProjectPtr project) {
  const auto found = wards_.find(project);
  const RulesPtr good = found == wards_.end() ? nullptr : found->second->good;
  std::function<InForce(std::stop_token)> job = [root = project->root, good](const std::stop_token&) { return rules_in_force(root, good); };
  auto reading = compute(std::move(job));
  auto made = co_await std::move(reading);
  co_return made;
}

}  // namespace bpyd::governance
