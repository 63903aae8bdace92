// SPDX-License-Identifier: MIT
// PILOT: the story's paths, their drawings, the map, the page, and the event that keeps it live.
#include "pilot.hpp"

#include <optional>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/services.hpp"
#include "maps.hpp"
#include "messages.hpp"
#include "out.hpp"
#include "paths.hpp"
#include "stories.hpp"

namespace bpyd::pilot {
namespace {

using protocol::Response;
using runtime::Task;

class Pilot final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "pilot"; }

  void install(daemon::Binder& binder) override {
    paths_.install(binder);
    maps_.install(binder);
    out_.install(binder);
    binder.page("/pilot/view", daemon::Scope::read, "Paths side by side, live", this, &Pilot::view);
    binder.event<PathsUpdate>("pilot:{session}");
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    stories_.emplace(services);
    paths_.start(*stories_);
    maps_.start(*stories_);
    out_.start(services, *stories_, maps_);
    services.events.on<daemon::ProjectAnalysed>([this](const daemon::ProjectAnalysed& event) { analysed(event); });
    services.events.on<daemon::ProjectForgotten>([this](const daemon::ProjectForgotten& event) {
      paths_.forget(*event.project);
      maps_.forget(*event.project);
      stories_->forget(*event.project);
    });
  }

 private:
  Task<Result<Response>> view(ViewQuery query) {
    auto waiting = stories_->settled(query.project);
    auto found = co_await std::move(waiting);
    if (!found) co_return std::unexpected(found.error());
    if (!query.path.empty() && (*found)->snapshot && !(*found)->snapshot->stats.paths.empty() && is_plain(query.path)) {
      const Told story{(*found)->snapshot, (*found)->alias, {}};
      const auto path = path_of(story, query.path);
      if (!path) co_return std::unexpected(path.error());
    }
    const auto* page = protocol::find_asset(services_->assets, "/pilot/view.html");
    if (page == nullptr) co_return fail(Code::route_not_found, "This bpyd was built without its pages", "Build with -DBPYD_WEB=ON");
    co_return protocol::text_response(200, "text/html; charset=utf-8", std::string(page->identity));
  }

  /// A path of the story as it is now; "p001~script.rpy:12", "p001@HEAD" and the like are the page's to ask for.
  static bool is_plain(const std::string& lane) { return lane.find_first_of("~@:") == std::string::npos; }

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
  std::optional<Stories> stories_;
  Paths paths_;
  Maps maps_;
  Out out_;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Pilot>(); }

}  // namespace bpyd::pilot
