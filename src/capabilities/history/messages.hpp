// SPDX-License-Identifier: MIT
// What the routes of the history take and answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bpyd/analysis/diff.hpp"
#include "bpyd/core/json_fields.hpp"
#include "snapshot_row.hpp"

namespace bpyd::history {

/// A snapshot as clients see it.
struct SnapshotView : Measures {
  std::int64_t id = 0;
  std::string taken, name, origin, generator;
  bool pinned = false, clean = false;
  std::optional<std::string> commit;
  std::vector<std::string> summary;
  static void describe(auto& fields, auto& self) {
    fields.required("id", self.id, "counts up; never given twice");
    fields.required("taken", self.taken, "when, ISO 8601");
    fields.required("name", self.name, "empty: none");
    fields.required("pinned", self.pinned, "kept whatever its age");
    fields.required("origin", self.origin, "analysis: a save changed the story; request: somebody asked for it");
    fields.optional("commit", self.commit, "git's HEAD at that time, full name");
    fields.required("clean", self.clean, "the scripts were exactly the commit's");
    fields.required("generator", self.generator, "the analyzer that counted");
    fields.required("summary", self.summary, "what changed since the snapshot before, in words");
    Measures::describe(fields, self);
  }
};
SnapshotView view_of(const SnapshotRow& row);

struct ListQueryMessage {
  std::string project;
  std::int64_t limit = 100, offset = 0;
  bool named = false;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("limit", self.limit, "most to answer, 1 to 1000");
    fields.optional("offset", self.offset, "snapshots to skip");
    fields.optional("named", self.named, "only those that have a name");
  }
};
struct ListReply {
  std::string project, root, trouble;
  std::int64_t total = 0, bytes = 0;
  std::optional<std::int64_t> next_offset;
  std::vector<SnapshotView> snapshots;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("total", self.total, "how many there are");
    fields.required("next_offset", self.next_offset, "where the next page starts; null: none");
    fields.required("bytes", self.bytes, "size of the database");
    fields.required("trouble", self.trouble, "why no snapshot can be kept just now; empty: they are");
    fields.required("snapshots", self.snapshots, "the newest first");
  }
};

struct TakeBody {
  std::string project;
  std::optional<std::string> name;
  std::optional<bool> pinned;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("name", self.name, "a name of its own; what has one is kept");
    fields.optional("pinned", self.pinned, "keep it whatever its age");
  }
};
struct TakeReply : SnapshotView {
  bool created = false;
  static void describe(auto& fields, auto& self) {
    fields.required("created", self.created, "false: nothing has changed since the newest snapshot, which this is");
    SnapshotView::describe(fields, self);
  }
};

struct OneQuery {
  std::string id, project;
  bool report = true;
  static void describe(auto& fields, auto& self) {
    fields.required("id", self.id, "its number, its name, or newest");
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("report", self.report, "with its stats2");
  }
};
struct OneReply : SnapshotView {
  RawJson report;
  static void describe(auto& fields, auto& self) {
    SnapshotView::describe(fields, self);
    fields.optional("report", self.report, "stats2 of the story as it was; null when not asked for");
  }
};

struct ChangeBody {
  std::string id, project;
  std::optional<std::string> name;
  std::optional<bool> pinned;
  static void describe(auto& fields, auto& self) {
    fields.required("id", self.id, "its number, its name, or newest");
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("name", self.name, "another name; empty: none any more");
    fields.optional("pinned", self.pinned, "keep it whatever its age");
  }
};
struct RemoveReply {
  std::int64_t deleted = 0;
  static void describe(auto& fields, auto& self) { fields.required("deleted", self.deleted, "its number"); }
};

struct DiffQuery {
  std::string project, from, to;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.required("from", self.from, "a snapshot: its number, its name, or newest");
    fields.optional("to", self.to, "another; default: the story as it is now");
  }
};
struct DiffSide : Measures {
  std::int64_t id = 0;
  std::string name, taken;
  static void describe(auto& fields, auto& self) {
    fields.required("id", self.id, "0: now");
    fields.required("name", self.name, "empty: none");
    fields.required("taken", self.taken, "when, ISO 8601; empty: now");
    Measures::describe(fields, self);
  }
};
struct WordsRow {
  std::string label;
  std::int64_t before = 0, after = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("label", self.label, "its name");
    fields.required("before", self.before, "words in it");
    fields.required("after", self.after, "words in it");
  }
};
struct ProblemRow {
  std::string id, severity, file, message;
  std::int64_t line = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("id", self.id, "the check, see docs/checks.md");
    fields.required("severity", self.severity, "info, warn or error");
    fields.required("file", self.file, "relative to the project's root; empty: the whole story");
    fields.required("line", self.line, "where it stands, or stood");
    fields.required("message", self.message, "what is wrong");
  }
};
struct DiffReply {
  std::string project;
  bool same = false;
  DiffSide before, after;
  analysis::StoryDiff changes;
  std::vector<WordsRow> words;
  std::vector<ProblemRow> problems_gained, problems_lost;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("same", self.same, "labels, choices, endings, paths, words and problems are the same");
    fields.required("before", self.before, "the one side, counted");
    fields.required("after", self.after, "the other");
    analysis::StoryDiff::describe(fields, self.changes);
    fields.required("words", self.words, "labels that grew or shrank, the greatest difference first, at most 200");
    fields.required("problems_gained", self.problems_gained, "found now and not before, at most 1000");
    fields.required("problems_lost", self.problems_lost, "found before and not now, at most 1000");
  }
};

struct TrendQuery {
  std::string project;
  std::vector<std::string> metric{"words"};
  std::int64_t points = 2000;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("metric", self.metric, "what to follow, several with commas: words, seconds, labels, reachable_labels, unreachable_labels, menus, choices, paths, endings, errors, warnings, problems, files, lines");
    fields.optional("points", self.points, "most snapshots to answer, 2 to 10000: of more, evenly chosen ones with the first and the last");
  }
};
struct Series {
  std::string metric;
  RawJson values;
  std::int64_t first = 0, last = 0, lowest = 0, highest = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("metric", self.metric, "its name");
    fields.required("values", self.values, "a list of numbers, one for each of ids");
    fields.required("first", self.first, "of them");
    fields.required("last", self.last, "of them");
    fields.required("lowest", self.lowest, "of them");
    fields.required("highest", self.highest, "of them");
  }
};
struct TrendReply {
  std::string project;
  std::int64_t total = 0;
  RawJson ids, taken, names;
  std::vector<Series> series;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("total", self.total, "snapshots there are");
    fields.required("ids", self.ids, "a list of their numbers, the oldest first");
    fields.required("taken", self.taken, "a list of when, ISO 8601");
    fields.required("names", self.names, "a list of their names; empty: none");
    fields.required("series", self.series, "one for each metric");
  }
};

}  // namespace bpyd::history
