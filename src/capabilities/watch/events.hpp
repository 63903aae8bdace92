// SPDX-License-Identifier: MIT
// What the watch tells: a save, what it did to the story, and how well it can see.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/analysis/diff.hpp"
#include "bpyd/daemon/events.hpp"
#include "bpyd/daemon/state.hpp"
#include "bpyd/io/watcher.hpp"

namespace bpyd::watch {

struct FileRow {
  std::string file, change;
  static void describe(auto& fields, auto& self) {
    fields.required("file", self.file, "relative to the project's root");
    fields.required("change", self.change, "created, modified or removed");
  }
};

constexpr std::string_view change_text(io::ChangeKind kind) {
  return kind == io::ChangeKind::created ? "created" : kind == io::ChangeKind::removed ? "removed" : "modified";
}

struct WatchEvent {
  static constexpr daemon::EventInfo kInfo{"watch.event", "Files of a project were saved"};
  std::string project, root, clock;
  std::optional<std::string> report, error;
  std::vector<std::string> files;
  std::vector<FileRow> changes;
  std::optional<std::int64_t> generation;
  std::optional<bool> failed;
  bool rescanned = false, degraded = false, more = false;
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub&) { return {"watch"}; }
  static void describe(auto& fields, auto& self) {
    fields.optional("report", self.report, "the report that was made anew: analyze; absent when none runs");
    fields.required("files", self.files, "what was saved, relative to the root");
    fields.required("changes", self.changes, "the same, with what happened to each");
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.optional("generation", self.generation, "which analysis this is");
    fields.optional("failed", self.failed, "the report could not be made; the last good one is served");
    fields.optional("error", self.error, "why: said once for each cause, not with each save");
    fields.required("rescanned", self.rescanned, "found by looking again, after events were lost");
    fields.required("degraded", self.degraded, "not all can be seen just now: see watch.status");
    fields.required("more", self.more, "too many files for one event: more of the same follow at once");
    fields.required("clock", self.clock, "the moment after these changes, for /api/watch/since");
  }
};

struct StoryDiffEvent : analysis::StoryDiff {
  static constexpr daemon::EventInfo kInfo{"story.diff", "A save changed the story: what came, what went, what can no longer be got to"};
  std::string project, root;
  std::int64_t generation = 0;
  std::vector<std::string> files;
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub& hub) {
    auto names = hub.channels("pilot:");
    names.emplace_back("story");
    return names;
  }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is");
    fields.required("files", self.files, "what the save touched");
    analysis::StoryDiff::describe(fields, self);
  }
};

struct WatchStatusEvent : daemon::WatchStatus {
  static constexpr daemon::EventInfo kInfo{"watch.status", "What is watched, and how well", log::Level::debug};
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub&) { return {"watch"}; }
};

}  // namespace bpyd::watch
