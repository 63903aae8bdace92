// SPDX-License-Identifier: MIT
// Watches registered projects; a save leads to an analysis and to one watch.event, and to a
// story.diff when it changed the story.
#include "watch.hpp"

#include <map>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/io/source_tree.hpp"
#include "events.hpp"
#include "runner.hpp"

namespace bpyd::watch {
namespace {

using daemon::Project;
using ProjectPtr = std::shared_ptr<Project>;

std::string_view change_text(io::ChangeKind kind) {
  switch (kind) {
    case io::ChangeKind::created: return "created";
    case io::ChangeKind::modified: return "modified";
    case io::ChangeKind::removed: return "removed";
  }
  return "modified";
}

/// Of a picture it matters whether it is there, not how it looks.
bool concerns_story(const io::ChangeSet& saved) {
  return saved.rescanned || std::ranges::any_of(saved.changes, [](const io::FileChange& change) {
           return change.file.ends_with(".rpy") || change.file.ends_with(".rpym") ||
                  (change.kind != io::ChangeKind::modified && change.file.starts_with("game/") && io::may_bring_images(change.file));
         });
}

class Watch final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "watch"; }

  void install(daemon::Binder& binder) override {
    binder.event<WatchEvent>("watch");
    binder.event<WatchStatusEvent>("watch");
    binder.event<StoryDiffEvent>("story");
    binder.event<StoryDiffEvent>("pilot:{session}");
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    services.events.on<daemon::ProjectRegistered>([this](const daemon::ProjectRegistered& event) { begin(event.project); });
    services.events.on<daemon::ProjectAnalysed>([this](const daemon::ProjectAnalysed& event) { tell_changes(event); });
    services.events.on<daemon::ProjectForgotten>([this](const daemon::ProjectForgotten& event) { end(event.project); });
  }

  void stop() override {
    for (const auto& [project, watched] : watched_) watched.runner->stop();
    watched_.clear();
  }

  [[nodiscard]] bool idle() const override {
    return std::ranges::all_of(watched_, [](const auto& entry) { return entry.second.runner->idle(); });
  }

 private:
  struct Watched {
    std::shared_ptr<Runner> runner;
    std::unique_ptr<io::Watcher> watcher;
  };

  void begin(const ProjectPtr& project) {
    Watched& watched = watched_[project];
    watched.runner = std::make_shared<Runner>(*services_, project, [this, project](const io::ChangeSet& saved) { analysed(project, saved); });
    if (services_->state.watch.enabled) {
      io::WatchOptions options;
      options.settle = std::chrono::milliseconds(services_->state.watch.settle_ms);
      options.ignore = services_->state.watch.ignore;
      options.force_polling = services_->state.watch.polling;
      watched.watcher = services_->watching.watch(project->root, options, {[this, project](const io::ChangeSet& saved) { saw(project, saved); }, [this, project] { note_status(project); }});
    }
    note_status(project);
    watched.runner->request({});
  }

  void end(const ProjectPtr& project) {
    const auto found = watched_.find(project);
    if (found == watched_.end()) return;
    found->second.runner->stop();
    watched_.erase(found);
    services_->events.publish(WatchStatusEvent{daemon::watch_status(services_->state)});
  }

  [[nodiscard]] bool wants_analysis() const {
    const auto& always = services_->state.watch.reports;
    return std::ranges::find(always, "analyze") != always.end() || services_->state.subscribers.wanted_reports().contains("analyze");
  }

  void saw(const ProjectPtr& project, const io::ChangeSet& saved) {
    note_status(project);
    if (concerns_story(saved) && wants_analysis()) return watched_.at(project).runner->request(saved);
    tell(project, saved, false);
  }

  /// After the analysis, so that who hears of the save can fetch its result.
  void analysed(const ProjectPtr& project, const io::ChangeSet& saved) {
    if (!saved.changes.empty() || saved.rescanned) tell(project, saved, true);
  }

  void tell(const ProjectPtr& project, const io::ChangeSet& saved, bool reported) {
    WatchEvent event;
    event.project = project->alias;
    event.root = printable_utf8(project->root.string());
    event.rescanned = saved.rescanned;
    for (const auto& change : saved.changes) {
      event.files.push_back(change.file);
      event.changes.push_back({change.file, std::string(change_text(change.kind))});
    }
    if (reported) {
      event.report = "analyze";
      event.generation = project->generation;
      if (project->failure) event.error = project->failure->message;
    }
    services_->events.publish(std::move(event));
  }

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

  void note_status(const ProjectPtr& project) {
    const auto& watcher = watched_.at(project).watcher;
    const io::WatcherStatus status = watcher ? watcher->status() : io::WatcherStatus{};
    const bool same = project->watch_mode == status.mode && project->watch_degraded == status.degraded && project->watch_reason == status.reason;
    project->watch_mode = status.mode;
    project->watch_degraded = status.degraded;
    project->watch_reason = status.reason;
    if (!same) services_->events.publish(WatchStatusEvent{daemon::watch_status(services_->state)});
  }

  daemon::Services* services_ = nullptr;
  std::map<ProjectPtr, Watched> watched_;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Watch>(); }

}  // namespace bpyd::watch
