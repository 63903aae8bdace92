// SPDX-License-Identifier: MIT
// The story's memory: a snapshot after each analysis that changed it, and what can be asked of them.
#include "history.hpp"

#include <algorithm>
#include <optional>

#include "answers.hpp"
#include "bpyd/core/clock.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/settle.hpp"
#include "events.hpp"
#include "keeper.hpp"

namespace bpyd::history {
namespace {

using protocol::Response;
using runtime::Task;
using Need = Archive::Need;
using Path = std::filesystem::path;
using Stop = std::stop_token;

constexpr std::int64_t kMostListed = 1000, kMostOffset = 1'000'000'000, kMostPoints = 10'000;
constexpr std::size_t kLongestName = 100;

/// What names a snapshot is no number and none of the words that stand for one.
Result<void> check_name(const std::optional<std::string>& name) {
  if (!name || name->empty()) return {};
  const bool number = name->find_first_not_of("0123456789") == std::string::npos;
  const bool controls = std::ranges::any_of(*name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (number || controls || name->size() > kLongestName || *name == "newest" || *name == "now" || *name == "diff" || *name == "trend" || !is_utf8(*name))
    return fail(Code::bad_value, "'name' must be a text of at most 100 bytes, and neither a number nor newest, now, diff or trend");
  return {};
}

template <class R>
Response json(const R& reply) {
  return protocol::text_response(200, "application/json", to_json_text(reply) + "\n");
}

class History final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "history"; }

  void install(daemon::Binder& binder) override {
    using daemon::Method;
    using daemon::Scope;
    const std::string base = "/api/v1/history", all = base + "/snapshots", one = all + "/{id}";
    binder.route(Method::get, all, Scope::read, "Snapshots of the story, the newest first", this, &History::list);
    binder.route(Method::post, all, Scope::admin, "Keep the story as it is now", this, &History::take, 201);
    binder.route(Method::get, one, Scope::read, "One snapshot and its report", this, &History::show, 200, schema_fn<OneReply>);
    binder.route(Method::patch, one, Scope::admin, "Name or pin a snapshot", this, &History::change);
    binder.route(Method::del, one, Scope::admin, "Delete a snapshot", this, &History::remove);
    for (const auto& prefix : {base, all}) {
      binder.route(Method::get, prefix + "/diff", Scope::read, "Two snapshots side by side, or one and now", this, &History::diff, 200, schema_fn<DiffReply>);
      binder.route(Method::get, prefix + "/trend", Scope::read, "How the story grew", this, &History::trend, 200, schema_fn<TrendReply>);
    }
    binder.event<SnapshotTaken>("history");
    binder.event<HistoryChanged>("history");
    binder.event<HistoryBroken>("history");
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    keeper_.emplace(services);
    services.past = [this](ProjectPtr project, std::string what) { return recall(std::move(project), std::move(what)); };
    services.events.on<daemon::ProjectAnalysed>([this](const daemon::ProjectAnalysed& event) {
      if (event.after && services_->config_for(event.project->root).history.enabled) keeper_->follow(event.project);
    });
    services.events.on<daemon::ProjectForgotten>([this](const daemon::ProjectForgotten& event) { keeper_->forget(event.project); });
  }
  void stop() override {
    if (keeper_) keeper_->stop();
  }
  [[nodiscard]] bool idle() const override { return !keeper_ || keeper_->idle(); }

 private:
  template <class T>
  using Job = std::function<Outcome<T>(Archive&, const Path&, const Stop&)>;

  Task<Result<SnapshotPtr>> recall(ProjectPtr project, std::string what) {
    Job<SnapshotPtr> job = [what = std::move(what)](Archive& archive, const Path& root, const Stop& stop) { return archive.recall(root, what, stop); };
    auto working = keeper_->ask<SnapshotPtr>(project, std::move(job));
    auto result = co_await std::move(working);
    co_return result;
  }

  Task<Result<ListReply>> list(ListQueryMessage query) {
    if (query.limit < 1 || query.limit > kMostListed || query.offset < 0 || query.offset > kMostOffset) co_return fail(Code::bad_value, "'limit' must be 1 to 1000 and 'offset' 0 to 1000000000");
    auto found = services_->state.projects.find(query.project);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    struct Read {
      RowList rows;
      std::string trouble;
    };
    const ListQuery wanted{query.named, query.limit, query.offset};
    Job<Read> job = [wanted](Archive& archive, const Path& root, const Stop& stop) {
      auto outcome = archive.with<Read>(root, Need::what_there_is, stop, [&](Store& store) -> Result<Read> {
        auto rows = store.list(wanted);
        if (!rows) return std::unexpected(rows.error());
        return Read{*std::move(rows), {}};
      });
      if (outcome.result) outcome.result->trouble = archive.trouble(root);
      else if (outcome.result.error().code == Code::disk_full) outcome.result = Read{{}, outcome.result.error().message};
      return outcome;
    };
    auto working = keeper_->ask<Read>(project, std::move(job));
    auto read = co_await std::move(working);
    if (!read && read.error().code != Code::snapshot_not_found) co_return std::unexpected(read.error());
    ListReply reply;
    reply.project = project->alias;
    reply.root = printable_utf8(project->root.string());
    if (!read) co_return reply;
    reply.total = read->rows.total;
    reply.bytes = read->rows.bytes;
    reply.trouble = read->trouble;
    if (query.offset + query.limit < reply.total) reply.next_offset = query.offset + query.limit;
    for (const auto& row : read->rows.rows) reply.snapshots.push_back(view_of(row));
    co_return reply;
  }

  Task<Result<TakeReply>> take(TakeBody body) {
    if (const auto ok = check_name(body.name); !ok) co_return std::unexpected(ok.error());
    auto waiting = daemon::settled(*services_, body.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    if (!project->snapshot) co_return std::unexpected(*project->failure);
    TakeOrder order;
    order.snapshot = project->snapshot;
    order.origin = "request";
    order.name = body.name;
    order.pinned = body.pinned;
    auto taking = keeper_->take(project, std::move(order));
    auto taken = co_await std::move(taking);
    if (!taken) co_return std::unexpected(taken.error());
    TakeReply reply;
    static_cast<SnapshotView&>(reply) = view_of(taken->row);
    reply.created = taken->created;
    if (!taken->created && (body.name || body.pinned)) changed(project, body.name ? "named" : "pinned", taken->row.id);
    co_return reply;
  }

  Task<Result<Response>> show(OneQuery query) {
    auto found = services_->state.projects.find(query.project);
    if (!found) co_return std::unexpected(found.error());
    Job<Response> job = [query](Archive& archive, const Path& root, const Stop& stop) {
      SnapshotRow row;
      Outcome<Response> outcome{archive.with<Response>(root, Need::what_there_is, stop, [&](Store& store) -> Result<Response> {
        const auto read = store.find(query.id);
        if (!read) return std::unexpected(read.error());
        row = *read;
        return Response{};
      })};
      if (!outcome.result) return outcome;
      OneReply reply;
      static_cast<SnapshotView&>(reply) = view_of(row);
      if (query.report) {
        auto recalled = archive.recall(root, std::to_string(row.id), stop);
        if (!recalled.result) return Outcome<Response>{std::unexpected(recalled.result.error()), recalled.broken};
        reply.report.text = trim(analysis::stats2_to_json((*recalled.result)->stats));
      }
      outcome.result = json(reply);
      return outcome;
    };
    auto working = keeper_->ask<Response>(*found, std::move(job));
    auto response = co_await std::move(working);
    co_return response;
  }

  Task<Result<SnapshotView>> change(ChangeBody body) {
    if (const auto ok = check_name(body.name); !ok) co_return std::unexpected(ok.error());
    auto found = services_->state.projects.find(body.project);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    Job<SnapshotRow> job = [body](Archive& archive, const Path& root, const Stop& stop) {
      return archive.with<SnapshotRow>(root, Need::what_there_is, stop, [&](Store& store) -> Result<SnapshotRow> {
        const auto row = store.find(body.id);
        if (!row || (!body.name && !body.pinned)) return row;
        return store.change(row->id, body.name, body.pinned);
      });
    };
    auto working = keeper_->ask<SnapshotRow>(project, std::move(job));
    auto row = co_await std::move(working);
    if (!row) co_return std::unexpected(row.error());
    if (body.name || body.pinned) changed(project, body.name ? "named" : "pinned", row->id);
    co_return view_of(*row);
  }

  Task<Result<RemoveReply>> remove(OneQuery query) {
    auto found = services_->state.projects.find(query.project);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    Job<std::int64_t> job = [id = query.id](Archive& archive, const Path& root, const Stop& stop) {
      return archive.with<std::int64_t>(root, Need::what_there_is, stop, [&](Store& store) -> Result<std::int64_t> {
        const auto row = store.find(id);
        if (!row) return std::unexpected(row.error());
        const auto ok = store.remove(row->id);
        if (!ok) return std::unexpected(ok.error());
        return row->id;
      });
    };
    auto working = keeper_->ask<std::int64_t>(project, std::move(job));
    const auto id = co_await std::move(working);
    if (!id) co_return std::unexpected(id.error());
    changed(project, "deleted", *id);
    co_return RemoveReply{*id};
  }

  Task<Result<Response>> diff(DiffQuery query) {
    const bool now = query.to.empty() || query.to == "now";
    auto waiting = daemon::settled(*services_, query.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    if (now && !project->snapshot) co_return std::unexpected(*project->failure);
    Job<Response> job = [query, now, live = project->snapshot, alias = project->alias](Archive& archive, const Path& root, const Stop& stop) {
      struct Side {
        SnapshotRow row;
        analysis::Stats2 story;
      };
      struct Sides {
        Side from, to;
      };
      auto both = archive.with<Sides>(root, Need::what_there_is, stop, [&](Store& store) -> Result<Sides> {
        const auto side = [&](const std::string& what, Side& into) -> Result<void> {
          auto row = store.find(what);
          if (!row) return std::unexpected(row.error());
          auto story = Archive::indexed(store, *row);
          if (!story) return std::unexpected(story.error());
          into = {*std::move(row), *std::move(story)};
          return {};
        };
        Sides sides;
        auto ok = side(query.from, sides.from);
        if (ok && !now) ok = side(query.to, sides.to);
        if (!ok) return std::unexpected(ok.error());
        return sides;
      });
      if (!both.result) return Outcome<Response>{std::unexpected(both.result.error()), both.broken};
      const auto& [from, to] = *both.result;
      auto reply = compared(from.story, now ? live->stats : to.story);
      reply.project = alias;
      reply.before = side_of(from.row);
      reply.after = now ? DiffSide{} : side_of(to.row);
      if (now) static_cast<Measures&>(reply.after) = measures_of(live->stats.counts);
      return Outcome<Response>{json(reply), both.broken};
    };
    auto working = keeper_->ask<Response>(project, std::move(job));
    auto response = co_await std::move(working);
    co_return response;
  }

  Task<Result<Response>> trend(TrendQuery query) {
    if (query.points < 2 || query.points > kMostPoints) co_return fail(Code::bad_value, "'points' must be 2 to 10000");
    if (const auto ok = check_metrics(query.metric); !ok) co_return std::unexpected(ok.error());
    auto found = services_->state.projects.find(query.project);
    if (!found) co_return std::unexpected(found.error());
    const ProjectPtr project = *found;
    Job<Response> job = [query, alias = project->alias](Archive& archive, const Path& root, const Stop& stop) {
      auto read = archive.with<Points>(root, Need::what_there_is, stop, [&](Store& store) { return store.points(query.points); });
      const bool none = !read.result && read.result.error().code == Code::snapshot_not_found;
      if (!read.result && !none) return Outcome<Response>{std::unexpected(read.result.error()), read.broken};
      auto reply = trend_of(none ? Points{} : *read.result, query.metric);
      if (!reply) return Outcome<Response>{std::unexpected(reply.error()), read.broken};
      reply->project = alias;
      return Outcome<Response>{json(*reply), read.broken};
    };
    auto working = keeper_->ask<Response>(project, std::move(job));
    auto response = co_await std::move(working);
    co_return response;
  }

  void changed(const ProjectPtr& project, const std::string& what, std::int64_t id) {
    services_->events.publish(HistoryChanged{project->alias, printable_utf8(project->root.string()), what, {"[" + std::to_string(id) + "]"}});
  }

  daemon::Services* services_ = nullptr;
  std::optional<Keeper> keeper_;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<History>(); }

}  // namespace bpyd::history
