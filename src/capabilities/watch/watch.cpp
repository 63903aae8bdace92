// SPDX-License-Identifier: MIT
// Watches registered projects; a save leads to an analysis and to one watch.event, and to a
// story.diff when it changed the story.
#include "watch.hpp"

#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/services.hpp"
#include "events.hpp"
#include "routes.hpp"
#include "watches.hpp"

namespace bpyd::watch {
namespace {

class Watch final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "watch"; }

  void install(daemon::Binder& binder) override {
    binder.event<WatchEvent>("watch");
    binder.event<WatchStatusEvent>("watch");
    binder.event<StoryDiffEvent>("story");
    binder.event<StoryDiffEvent>("pilot:{session}");
    routes_.install(binder);
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    watches_ = std::make_unique<Watches>(services);
    services.state.watch = watches_->settings().in_force();
    routes_.start(services, *watches_);
    auto& events = services.events;
    events.on<daemon::ProjectRegistered>([this](const daemon::ProjectRegistered& event) { watches_->begin(event.project); });
    events.on<daemon::ProjectForgotten>([this](const daemon::ProjectForgotten& event) { watches_->end(event.project); });
    events.on<daemon::ProjectAnalysed>([this](const daemon::ProjectAnalysed& event) { tell_changes(event); });
    events.on<daemon::ReportWanted>([this](const daemon::ReportWanted& event) { watches_->want(event.project); });
    events.on<daemon::ConfigReloaded>([this](const daemon::ConfigReloaded&) { watches_->reconfigure(); });
  }

  void stop() override { watches_->stop(); }
  [[nodiscard]] bool idle() const override { return watches_->idle(); }

 private:
  void tell_changes(const daemon::ProjectAnalysed& event) {
    if (!event.after || !event.after->changes || event.after->changes->empty()) return;
    StoryDiffEvent told;
    static_cast<analysis::StoryDiff&>(told) = *event.after->changes;
    told.project = event.project->alias;
    told.root = printable_utf8(event.project->root.string());
    told.generation = event.after->generation;
    told.files = event.files;
    services_->events.publish(std::move(told));
  }

  daemon::Services* services_ = nullptr;
  std::unique_ptr<Watches> watches_;
  Routes routes_;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Watch>(); }

}  // namespace bpyd::watch
