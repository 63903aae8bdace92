// SPDX-License-Identifier: MIT
// What PILOT asks and answers, and the event that moves its lanes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/daemon/events.hpp"

namespace bpyd::pilot {

struct PathsQuery {
  std::string project, through, to, differs, instead, at;
  std::int64_t limit = 100, offset = 0;
  bool brief = false;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("through", self.through, "labels with commas between: any path through them in this order, shortest first");
    fields.optional("to", self.to, "file:line (script.rpy:12): any path that leads there, shortest first");
    fields.optional("differs", self.differs, "with instead: the path, an id or key, that differs from this one by a single decision");
    fields.optional("instead", self.instead, "file:line of the choice taken instead");
    fields.optional("at", self.at, "a revision of git (HEAD, a commit, a tag), or snapshot:ID; default: now");
    fields.optional("brief", self.brief, "leave out the rows' labels and choices");
    fields.optional("limit", self.limit, "most paths to answer, at most 1000");
    fields.optional("offset", self.offset, "paths to skip");
  }
};

struct PathRow {
  std::string id, key, title, entry, ending, ending_kind;
  std::vector<std::string> labels, choices;
  std::int64_t words = 0, seconds = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("id", self.id, "p001 …");
    fields.required("key", self.key, "survives edits elsewhere in the story");
    fields.required("title", self.title, "in words");
    fields.required("entry", self.entry, "the label it starts at");
    fields.required("ending", self.ending, "the label it ends in");
    fields.required("ending_kind", self.ending_kind, "how it ends");
    fields.required("labels", self.labels, "the labels it passes");
    fields.required("choices", self.choices, "the choices taken");
    fields.required("words", self.words, "words read on the way");
    fields.required("seconds", self.seconds, "to read them");
  }
};

struct PathsReply {
  std::string project, root, schema_status;
  std::vector<std::string> paths;
  std::int64_t path_count = 0, total = 0, generation = 0;
  std::optional<std::int64_t> next_offset;
  std::optional<std::string> suggestion, code, message, play_throughs, watch, commit;
  std::vector<PathRow> details;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is");
    fields.required("paths", self.paths, "ids of this page");
    fields.required("schema_status", self.schema_status, "ok, empty, missing or invalid");
    fields.required("path_count", self.path_count, "all there are; with through or to, those found so far");
    fields.required("total", self.total, "the same");
    fields.optional("play_throughs", self.play_throughs, "how many ways there are to play, exactly, in decimal digits");
    fields.required("next_offset", self.next_offset, "where the next page starts; null: none");
    fields.optional("suggestion", self.suggestion, "what to do when there are none");
    fields.optional("code", self.code, "BPY code of the failed analysis");
    fields.optional("message", self.message, "why the analysis failed");
    fields.optional("watch", self.watch, "why files may have changed unseen (BPY-2005); absent while all can be seen");
    fields.optional("commit", self.commit, "with at: the commit's full name, or the snapshot");
    fields.required("details", self.details, "one row for each id");
  }
};

struct GraphQuery {
  std::string project, path, through, to, instead, at;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.required("path", self.path, "a path's id (p001) or key; with through or to, the id it was answered with (q1)");
    fields.optional("through", self.through, "as asked of /pilot/paths");
    fields.optional("to", self.to, "as asked of /pilot/paths");
    fields.optional("instead", self.instead, "file:line: the path that differs from that one by taking this choice");
    fields.optional("at", self.at, "a revision of git, or snapshot:ID; default: now");
  }
};

struct RequirementsQuery {
  std::string project, at;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.required("at", self.at, "file:line of a choice or of any statement: script.rpy:12");
  }
};

struct TakenRow {
  std::string label, file, text;
  std::int64_t line = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("text", self.text, "the choice's words, the condition");
    fields.required("label", self.label, "the label it stands under");
    fields.required("file", self.file, "relative to the project's root");
    fields.required("line", self.line, "where it stands");
  }
};

struct SetterRow {
  std::string label, file, op, expression;
  std::int64_t line = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("label", self.label, "the label it stands under");
    fields.required("file", self.file, "relative to the project's root");
    fields.required("line", self.line, "where it stands");
    fields.required("op", self.op, "=, +=, append …");
    fields.required("expression", self.expression, "as written");
  }
};

struct NeedRow {
  std::string condition, variable;
  std::vector<SetterRow> setters;
  static void describe(auto& fields, auto& self) {
    fields.required("condition", self.condition, "that asks for it");
    fields.required("variable", self.variable, "what must have some value");
    fields.required("setters", self.setters, "where it gets one, in load order; at most 20");
  }
};

struct RequirementsReply {
  std::string project, label, file;
  std::int64_t line = 0, generation = 0;
  bool reachable = false;
  std::optional<std::string> never;
  std::vector<TakenRow> choices, conditions;
  std::vector<NeedRow> needs;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("generation", self.generation, "which analysis this is");
    fields.required("label", self.label, "the label the line stands under");
    fields.required("file", self.file, "relative to the project's root");
    fields.required("line", self.line, "of the statement or choice");
    fields.required("reachable", self.reachable, "somebody can see it");
    fields.optional("never", self.never, "why nobody can");
    fields.required("choices", self.choices, "taken on every path that leads here, in order");
    fields.required("conditions", self.conditions, "that hold on every path that leads here, in order");
    fields.required("needs", self.needs, "the variables of those conditions, and who sets them");
  }
};

struct ViewQuery {
  std::string project, path, session;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("path", self.path, "the first lane's path; default: the first");
    fields.optional("session", self.session, "the page listens to pilot:{session}");
  }
};

struct PathsUpdate {
  static constexpr daemon::EventInfo kInfo{"pilot.paths.update", "The paths of a story changed"};
  std::string project, root;
  std::int64_t generation = 0;
  std::vector<std::string> paths, files, added, removed, changed, summary;
  std::string schema_status = "ok";
  [[nodiscard]] static std::vector<std::string> channels(const hub::Hub& hub) { return hub.channels("pilot:"); }
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is");
    fields.required("schema_status", self.schema_status, "ok, empty, missing or invalid");
    fields.required("paths", self.paths, "all ids now");
    fields.required("files", self.files, "what the save touched");
    fields.required("added", self.added, "ids that came");
    fields.required("removed", self.removed, "ids that went");
    fields.required("changed", self.changed, "ids whose course changed");
    fields.required("summary", self.summary, "what changed, in words");
  }
};

}  // namespace bpyd::pilot
