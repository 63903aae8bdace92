// SPDX-License-Identifier: MIT
// What the routes of the watch take and answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events.hpp"
#include "settings.hpp"

namespace bpyd::watch {

struct SinceQuery {
  std::string project, clock;
  std::int64_t limit = 1000, offset = 0;
  bool sync = true;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root");
    fields.optional("clock", self.clock, "of an earlier answer, of a watch.event or of the status; none: all files");
    fields.optional("limit", self.limit, "most changes to answer, 1 to 10000");
    fields.optional("offset", self.offset, "changes to skip; ask with the same clock until next_offset is absent");
    fields.optional("sync", self.sync, "first see everything that was written before this call");
  }
};

/// Every answer that rests on the watch says how well it can see.
struct Sight {
  std::string project, root, clock;
  bool degraded = false;
  std::optional<std::string> reason;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("clock", self.clock, "to ask from the next time");
    fields.required("degraded", self.degraded, "not all can be seen just now");
    fields.optional("reason", self.reason, "why, with the remedy");
  }
};

struct SinceReply : Sight {
  bool fresh = false;
  std::vector<FileRow> changes;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_offset;
  static void describe(auto& fields, auto& self) {
    Sight::describe(fields, self);
    fields.required("fresh", self.fresh, "the clock is unknown (a restart, other settings) or too old: these are all files, forget the rest");
    fields.required("changes", self.changes, "in order of folder, then name");
    fields.required("total", self.total, "how many there are");
    fields.optional("next_offset", self.next_offset, "offset of the next page; absent on the last");
  }
};

struct SyncBody {
  std::string project;
  std::int64_t timeout_ms = 10'000;
  bool reports = true;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root");
    fields.optional("timeout_ms", self.timeout_ms, "how long to wait, 1 to 120000");
    fields.optional("reports", self.reports, "wait for the reports too that these changes lead to, and so for their events; false: only until seen");
  }
};

struct WatchRow : Sight {
  std::string mode;
  bool enabled = true, ready = false, analysing = false;
  std::int64_t files = 0, folders = 0, watches = 0, polled = 0, rescans = 0, saves = 0, settle_ms = 0;
  std::vector<std::string> ignore, reports;
  std::optional<std::string> code, failure;
  static void describe(auto& fields, auto& self) {
    Sight::describe(fields, self);
    fields.optional("code", self.code, "BPY-2005 when it is degraded");
    fields.required("enabled", self.enabled, "is it watched at all");
    fields.required("mode", self.mode, "inotify, polling, mixed or off");
    fields.required("ready", self.ready, "the first look at the tree is done");
    fields.required("files", self.files, "watched");
    fields.required("folders", self.folders, "watched");
    fields.required("watches", self.watches, "of the kernel's that it holds");
    fields.required("polled", self.polled, "folders that are looked at every two seconds");
    fields.required("rescans", self.rescans, "looks at the whole tree, after lost events or mounts");
    fields.required("saves", self.saves, "change sets seen");
    fields.required("settle_ms", self.settle_ms, "quiet time before a save is told");
    fields.required("ignore", self.ignore, "what is ignored besides the defaults");
    fields.required("reports", self.reports, "run after every save");
    fields.required("analysing", self.analysing, "a report is being made");
    fields.optional("failure", self.failure, "why the newest report could not be made");
  }
};

struct WatchCost {
  std::int64_t watches = 0, watch_limit = 0, memory_kib = 0;
  double cpu_seconds = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("watches", self.watches, "of the kernel's, all projects together");
    fields.required("watch_limit", self.watch_limit, "fs.inotify.max_user_watches; 0: not known");
    fields.required("memory_kib", self.memory_kib, "resident memory of the daemon");
    fields.required("cpu_seconds", self.cpu_seconds, "computing time of the daemon since its start");
  }
};

struct WatchStatusReply {
  bool enabled = true;
  std::vector<std::string> active_reports;
  std::vector<WatchRow> projects;
  WatchCost cost;
  static void describe(auto& fields, auto& self) {
    fields.required("enabled", self.enabled, "is anything watched");
    fields.required("activeReports", self.active_reports, "reports that run after a save");
    fields.required("projects", self.projects, "each project's watcher");
    fields.required("cost", self.cost, "what watching costs");
  }
};

struct ConfigQuery {
  std::string project;
  static void describe(auto& fields, auto& self) { fields.optional("project", self.project, "alias or root; none: what holds for all"); }
};

struct ConfigBody : Override {
  std::optional<std::string> project;
  std::vector<std::string> roots;
  bool reset = false;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; none: for all projects");
    fields.optional("roots", self.roots, "folders to watch from now on, also after a restart: registered when they are not yet");
    fields.optional("reset", self.reset, "first forget what was set here");
    Override::describe(fields, self);
  }
};

struct ConfigReply {
  std::optional<std::string> project;
  daemon::WatchConfig config;
  std::vector<std::string> roots, defaults;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "whose; absent: all");
    daemon::WatchConfig::describe(fields, self.config);
    fields.required("roots", self.roots, "folders that are watched");
    fields.required("defaults", self.defaults, "what is ignored before `ignore`, in gitignore syntax");
  }
};

}  // namespace bpyd::watch
