// SPDX-License-Identifier: MIT
// From change sets to analyses and to watch.event.
#include "watches.hpp"

#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "bpyd/io/source_tree.hpp"
#include "events.hpp"

namespace bpyd::watch {
namespace {

// A client's queue holds a mebibyte: one event may name so many files and no more.
constexpr std::size_t kMostFiles = 4000;

/// Of a picture it matters whether it is there, not how it looks.
bool concerns_story(const io::ChangeSet& saved) {
  return saved.rescanned || std::ranges::any_of(saved.changes, [](const io::FileChange& change) {
           return change.file.ends_with(".rpy") || change.file.ends_with(".rpym") ||
                  (change.kind != io::ChangeKind::modified && change.file.starts_with("game/") && io::may_bring_images(change.file));
         });
}

}  // namespace

void Watches::begin(const ProjectPtr& project) {
  Watched& watched = watched_[project];
  watched.config = settings_.in_force(project->root);
  watched.runner = std::make_shared<Runner>(services_, project, [this, project](const io::ChangeSet& saved) { analysed(project, saved); });
  make_watcher(project, watched);
}

void Watches::make_watcher(const ProjectPtr& project, Watched& watched) {
  watched.watcher.reset();
  if (watched.config.enabled) {
    io::WatchOptions options;
    options.settle = std::chrono::milliseconds(watched.config.settle_ms);
    options.ignore = watched.config.ignore;
    options.force_polling = watched.config.polling;
    watched.watcher = services_.watching.watch(
        project->root, options, {[this, project](const io::ChangeSet& saved) { saw(project, saved); }, [this, project] { note_status(project); }});
  }
  note_status(project);
}

void Watches::end(const ProjectPtr& project) {
  const auto found = watched_.find(project);
  if (found == watched_.end()) return;
  found->second.runner->stop();
  watched_.erase(found);
  services_.events.publish(WatchStatusEvent{daemon::watch_status(services_.state)});
}

void Watches::stop() {
  for (const auto& [project, watched] : watched_) watched.runner->stop();
  watched_.clear();
}

bool Watches::idle() const {
  return settings_.idle() && std::ranges::all_of(watched_, [](const auto& entry) { return entry.second.runner->idle(); });
}

bool Watches::differs(const daemon::WatchConfig& a, const daemon::WatchConfig& b) const {
  return a.enabled != b.enabled || a.settle_ms != b.settle_ms || a.ignore != b.ignore || a.polling != b.polling;
}

void Watches::reconfigure() {
  services_.state.watch = settings_.in_force();
  for (auto& [project, watched] : watched_) {
    auto config = settings_.in_force(project->root);
    const bool anew = differs(config, watched.config);
    watched.config = std::move(config);
    if (!anew) continue;
    watched.began = false;  // what was missed while it was off, or ignored, is in the tree: read when it is watched
    make_watcher(project, watched);
  }
  services_.events.publish(WatchStatusEvent{daemon::watch_status(services_.state)});
}

void Watches::want(const ProjectPtr& project) {
  const auto found = watched_.find(project);
  if (found != watched_.end() && project->stale && found->second.runner->resting()) found->second.runner->request({});
}

const Watched* Watches::find(const ProjectPtr& project) const {
  const auto found = watched_.find(project);
  return found == watched_.end() ? nullptr : &found->second;
}

io::WatcherStatus Watches::status(const ProjectPtr& project) const {
  const auto* watched = find(project);
  return watched != nullptr && watched->watcher ? watched->watcher->status() : io::WatcherStatus{};
}

bool Watches::wants_analysis(const Watched& watched) const {
  return std::ranges::find(watched.config.reports, "analyze") != watched.config.reports.end() ||
         services_.state.subscribers.wanted_reports().contains("analyze");
}

/// The first analysis reads the tree after the watches stand: what is saved from then on is told.
void Watches::note_status(const ProjectPtr& project) {
  Watched& watched = watched_.at(project);
  const auto status = this->status(project);
  const bool same = project->watch_mode == status.mode && project->watch_degraded == status.degraded && project->watch_reason == status.reason;
  project->watch_mode = status.mode;
  project->watch_degraded = status.degraded;
  project->watch_reason = status.reason;
  if (!watched.began && (status.ready || !watched.watcher)) {
    watched.began = true;
    watched.runner->request({});
  }
  if (!same) services_.events.publish(WatchStatusEvent{daemon::watch_status(services_.state)});
}

void Watches::saw(const ProjectPtr& project, const io::ChangeSet& saved) {
  Watched& watched = watched_.at(project);
  ++watched.saves;
  if (!concerns_story(saved)) return tell(project, watched, saved, false);
  // A run in hand may have read the file as it was.
  if (wants_analysis(watched) || !watched.runner->resting()) return watched.runner->request(saved);
  project->stale = true;
  tell(project, watched, saved, false);
}

/// After the analysis, so that who hears of the save can fetch its result.
void Watches::analysed(const ProjectPtr& project, const io::ChangeSet& saved) {
  Watched& watched = watched_.at(project);
  if (!saved.changes.empty() || saved.rescanned) tell(project, watched, saved, true);
}

void Watches::tell(const ProjectPtr& project, Watched& watched, const io::ChangeSet& saved, bool reported) {
  WatchEvent event;
  event.project = project->alias;
  event.root = printable_utf8(project->root.string());
  event.rescanned = saved.rescanned;
  event.degraded = project->watch_degraded;
  if (reported) {
    event.report = "analyze";
    event.generation = project->generation;
    event.failed = project->failure.has_value();
    // A cause is told once; that it still holds is in `failed`, and in /api/projects with its words.
    const auto cause = project->failure ? std::optional(project->failure->message) : std::nullopt;
    if (cause != watched.told_failure) event.error = cause;
    watched.told_failure = cause;
  }
  // Who stops after an event that overtook another, and asks from its clock, must get the other too.
  const auto& untold = watched.runner->untold_from();
  const auto& before = reported || untold.empty() ? saved.clock_before : untold;
  const auto& after = reported || untold.empty() ? saved.clock : untold;
  for (std::size_t at = 0;; at += kMostFiles) {
    WatchEvent part = event;
    part.more = saved.changes.size() > at + kMostFiles;
    part.clock = part.more ? before : after;
    for (auto i = at; i < std::min(saved.changes.size(), at + kMostFiles); ++i) {
      part.files.push_back(saved.changes[i].file);
      part.changes.push_back({saved.changes[i].file, std::string(change_text(saved.changes[i].kind))});
    }
    const bool more = part.more;
    services_.events.publish(std::move(part));
    if (!more) return;
  }
}

}  // namespace bpyd::watch
