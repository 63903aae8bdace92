// SPDX-License-Identifier: MIT
// A project's own rules about its story: kept, changed, tried, and held against every save.
#include "governance.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/story_at.hpp"
#include "judge.hpp"
#include "messages.hpp"

namespace bpyd::governance {
namespace {

using protocol::Response;
using runtime::Task;

constexpr std::int64_t kMostRows = 10'000, kMostOffset = 1'000'000'000;
const std::set<std::string> kSeverities{"", "error", "warn", "info"};

Result<void> page_fits(std::int64_t limit, std::int64_t offset) {
  if (limit >= 1 && limit <= kMostRows && offset >= 0 && offset <= kMostOffset) return {};
  return fail(Code::bad_value, "'limit' must be 1 to 10000 and 'offset' 0 to 1000000000");
}

/// Leaves in the reply the page of those violations that fit.
template <class F>
void cut(EvaluationReply& reply, std::int64_t limit, std::int64_t offset, F&& fits) {
  std::vector<analysis::Violation> page;
  for (auto& one : reply.evaluation.violations) {
    if (!fits(one) || reply.total++ < offset || std::ssize(page) == limit) continue;
    page.push_back(std::move(one));
  }
  reply.evaluation.violations = std::move(page);
  if (offset + limit < reply.total) reply.next_offset = offset + limit;
}

void name(EvaluationReply& reply, const daemon::Project& project) {
  reply.project = project.alias;
  reply.root = printable_utf8(project.root.string());
}

bool given(const RawJson& rules) { return !rules.text.empty() && rules.text != "null"; }

/// As somebody would write it, unless it would be too large to be read again. Of rules that are valid.
std::string indented(const std::string& text) {
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  auto written = json.is_discarded() ? text : dump_json(json, 2) + "\n";
  return written.size() <= daemon::kMostRulesBytes ? written : text;
}

class Governance final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "governance"; }

  void install(daemon::Binder& binder) override {
    using daemon::Method;
    using daemon::Scope;
    binder.route(Method::get, "/api/governance/rules", Scope::read, "The rules in force", this, &Governance::rules);
    binder.route(Method::put, "/api/governance/rules", Scope::admin, "Replace the project's rules", this, &Governance::replace);
    binder.text("/api/governance/schema", Scope::read, "application/json", "JSON Schema of the rules", this, &Governance::schema);
    binder.route(Method::post, "/api/governance/evaluate", Scope::read, "Hold a story against rules: now or then, the rules in force or others", this, &Governance::evaluate, 200,
                 schema_fn<EvaluationReply>);
    binder.route(Method::get, "/api/governance/status", Scope::read, "What the story breaks, as it is now", this, &Governance::status, 200, schema_fn<StatusReply>);
    binder.event<ViolationEvent>("governance");
    binder.event<ResolvedEvent>("governance");
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    judge_.emplace(services);
    services.events.on<daemon::ProjectRegistered>([this](const daemon::ProjectRegistered& event) { judge_->begin(event.project); });
    services.events.on<daemon::ProjectForgotten>([this](const daemon::ProjectForgotten& event) { judge_->end(event.project); });
    services.events.on<daemon::ProjectAnalysed>([this](const daemon::ProjectAnalysed& event) {
      if (event.after) judge_->look(event.project);
    });
  }
  void stop() override {
    if (judge_) judge_->stop();
  }
  [[nodiscard]] bool idle() const override { return !judge_ || judge_->idle(); }

 private:
  Result<Response> schema(const protocol::NoQuery&) { return protocol::text_response(200, "application/json", analysis::rules_schema()); }

  Task<Result<RulesReply>> rules(RulesQuery query) {
    auto found = services_->state.projects.find(query.project);
    if (!found) co_return std::unexpected(found.error());
    if (const auto room = judge_->room(); !room) co_return std::unexpected(room.error());
    auto telling = reply_of(*found);
    auto reply = co_await std::move(telling);
    co_return reply;
  }

  Task<RulesReply> reply_of(ProjectPtr project) {
    auto reading = judge_->rules_of(project);
    auto in_force = co_await std::move(reading);
    RulesReply reply;
    reply.project = project->alias;
    reply.root = printable_utf8(project->root.string());
    reply.file = daemon::kRulesFile;
    reply.exists = in_force.exists;
    reply.rules_file_error = in_force.error;
    reply.rules.text = trim(in_force.rules->document);  // valid, or it would not be in force
    co_return reply;
  }

  /// Written whole, and evaluated before the answer: who asks for the status next has it.
  Task<Result<RulesReply>> replace(RulesBody body) {
    auto found = services_->state.projects.find(body.project);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    if (const auto room = judge_->room(); !room) co_return std::unexpected(room.error());
    std::function<Result<void>(std::stop_token)> job = [root = project->root, text = body.rules.text](const std::stop_token&) -> Result<void> {
      const auto rules = analysis::rules_from_json(text);
      if (!rules) return std::unexpected(rules.error());
      return daemon::write_rules(root, indented(text));
    };
    auto writing = judge_->compute(std::move(job));
    auto written = co_await std::move(writing);
    if (!written) co_return std::unexpected(written.error());
    judge_->look(project);
    if (project->snapshot) {
      auto judging = judge_->standing(project->alias);
      auto judged = co_await std::move(judging);
      if (!judged) co_return std::unexpected(judged.error());
    }
    auto telling = reply_of(project);
    auto reply = co_await std::move(telling);
    co_return reply;
  }

  /// A story as it was, or as it is now (`at` empty).
  Task<Result<SnapshotPtr>> story(ProjectPtr project, std::string at) {
    if (at.empty()) co_return project->snapshot;
    if (at.starts_with(daemon::kSnapshotPrefix)) {
      if (!services_->past) co_return fail(Code::switched_off, "No history is kept: there are no snapshots");
      auto recalling = services_->past(project, at.substr(daemon::kSnapshotPrefix.size()));
      auto recalled = co_await std::move(recalling);
      co_return recalled;
    }
    std::function<Result<SnapshotPtr>(std::stop_token)> job = [root = project->root, at](const std::stop_token& stop) { return daemon::story_at(root, at, stop); };
    auto reading = judge_->compute(std::move(job));
    auto read = co_await std::move(reading);
    co_return read;
  }

  Task<Result<std::string>> commit(ProjectPtr project, std::string at) {
    if (at.empty() || at.starts_with(daemon::kSnapshotPrefix)) co_return at;
    std::function<Result<std::string>(std::stop_token)> job = [root = project->root, at](const std::stop_token& stop) { return daemon::commit_of(root, at, stop); };
    auto looking = judge_->compute(std::move(job));
    auto name = co_await std::move(looking);
    co_return name;
  }

  Task<Result<Response>> evaluate(EvaluateBody body) {
    if (const auto fits = page_fits(body.limit, body.offset); !fits) co_return std::unexpected(fits.error());
    if (const auto room = judge_->room(); !room) co_return std::unexpected(room.error());
    auto judging = judge_->standing(body.project);
    auto standing = co_await std::move(judging);
    if (!standing) co_return std::unexpected(standing.error());
    RulesPtr rules = standing->verdict->in_force.rules;
    if (given(body.rules)) {
      auto tried = analysis::rules_from_json(body.rules.text);
      if (!tried) co_return std::unexpected(tried.error());
      rules = std::make_shared<const analysis::Rules>(*std::move(tried));
    }
    auto naming = commit(standing->project, body.at);
    auto commit = co_await std::move(naming);
    if (!commit) co_return std::unexpected(commit.error());
    auto reading = story(standing->project, *commit);
    auto snapshot = co_await std::move(reading);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    EvaluationReply reply;
    governance::name(reply, *standing->project);
    reply.generation = body.at.empty() ? (*snapshot)->generation : 0;
    if (!commit->empty()) reply.commit = *commit;
    std::function<Response(std::stop_token)> job = [reply = std::move(reply), rules, story = *snapshot, limit = body.limit, offset = body.offset](const std::stop_token& stop) mutable {
      reply.evaluation = analysis::evaluate(story->stats, *rules, daemon::today(), stop);
      cut(reply, limit, offset, [](const analysis::Violation&) { return true; });
      return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
    };
    auto working = judge_->compute(std::move(job));
    auto response = co_await std::move(working);
    co_return response;
  }

  Task<Result<Response>> status(StatusQuery query) {
    if (const auto fits = page_fits(query.limit, query.offset); !fits) co_return std::unexpected(fits.error());
    if (!kSeverities.contains(query.severity)) co_return fail(Code::bad_value, "'severity' must be error, warn or info");
    auto judging = judge_->standing(query.project);
    auto standing = co_await std::move(judging);
    if (!standing) co_return std::unexpected(standing.error());
    const auto verdict = standing->verdict;
    StatusReply reply;
    governance::name(reply, *standing->project);
    reply.generation = verdict->generation;
    reply.evaluated = iso8601(verdict->evaluated);
    reply.rules_file_error = verdict->in_force.error;
    reply.evaluation = verdict->evaluation;
    cut(reply, query.limit, query.offset, [&](const analysis::Violation& one) {
      return (query.severity.empty() || one.severity == query.severity) && (query.rule.empty() || one.rule == query.rule || one.check == query.rule) &&
             (query.file.empty() || one.file == query.file) && (!query.waived || one.waived == *query.waived);
    });
    co_return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
  }

  daemon::Services* services_ = nullptr;
  std::optional<Judge> judge_;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Governance>(); }

}  // namespace bpyd::governance
