// SPDX-License-Identifier: MIT
// What the history tells.
#pragma once

#include <string>
#include <vector>

#include "bpyd/daemon/events.hpp"
#include "messages.hpp"

namespace bpyd::history {

struct SnapshotTaken : SnapshotView {
  static constexpr daemon::EventInfo kInfo{"history.snapshot", "A snapshot of the story was kept"};
  std::string project, root;
  std::int64_t generation = 0, milliseconds = 0;
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub&) { return {"history"}; }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "the analysis it was made of");
    fields.required("milliseconds", self.milliseconds, "that keeping it took, beside everything else");
    SnapshotView::describe(fields, self);
  }
};

struct HistoryChanged {
  static constexpr daemon::EventInfo kInfo{"history.changed", "Snapshots were named, pinned, tied to a commit or deleted"};
  std::string project, root, what;
  RawJson ids;
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub&) { return {"history"}; }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("what", self.what, "named, pinned, committed, deleted or retention (too many or too old)");
    fields.required("ids", self.ids, "a list of their numbers");
  }
};

struct HistoryBroken {
  static constexpr daemon::EventInfo kInfo{"history.broken", "The history of a project could not be read and was set aside", log::Level::error};
  std::string project, root, code, message, set_aside;
  std::int64_t rescued = 0;
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub&) { return {"history"}; }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("code", self.code, "BPY-2001");
    fields.required("message", self.message, "what was wrong with it");
    fields.required("set_aside", self.set_aside, "where the damaged file lies now; empty: it could not be moved");
    fields.required("rescued", self.rescued, "snapshots that could be taken over into a new one");
  }
};

}  // namespace bpyd::history
