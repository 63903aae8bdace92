// SPDX-License-Identifier: MIT
// The story map, its problems, and the story compared with what it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/analysis/diff.hpp"
#include "bpyd/analysis/map.hpp"

namespace bpyd::pilot {

struct MapQuery {
  std::string project, at, compare, level = "labels";
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("at", self.at, "a revision of git, or snapshot:ID; default: now");
    fields.optional("compare", self.compare, "a revision or snapshot:ID to mark what was added, changed and cut since");
    fields.optional("level", self.level, "labels, files or chapters");
  }
};

struct MapReply {
  std::string project, root;
  std::int64_t generation = 0;
  std::optional<std::int64_t> previous;
  std::optional<std::string> commit, compared_with;
  std::vector<std::string> changed;
  analysis::StoryMap map;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is; 0: a revision's");
    fields.optional("previous", self.previous, "the analysis that `changed` counts from");
    fields.required("changed", self.changed, "labels that came or say something else since then");
    fields.optional("commit", self.commit, "with at: the commit's full name, or the snapshot");
    fields.optional("compared_with", self.compared_with, "with compare: the commit's full name");
    fields.required("level", self.map.level, "labels, files or chapters");
    fields.required("width", self.map.width, "in pixels at scale 1");
    fields.required("height", self.map.height, "in pixels at scale 1");
    fields.required("endings", self.map.endings, "labels that paths end in");
    fields.required("files", self.map.files, "the ground under the labels of each file");
    fields.required("labels", self.map.labels, "load order, then what is planned, then what was cut");
    fields.required("edges", self.map.edges, "the ways between them");
  }
};

struct ProblemsQuery {
  std::string project, at, severity, id, file;
  std::int64_t limit = 100, offset = 0;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("at", self.at, "a revision of git, or snapshot:ID; default: now");
    fields.optional("severity", self.severity, "only these: error, warn or info");
    fields.optional("id", self.id, "only those of this check: missing-label …");
    fields.optional("file", self.file, "only those in this file");
    fields.optional("limit", self.limit, "most to answer, at most 2000");
    fields.optional("offset", self.offset, "problems to skip");
  }
};

struct ProblemRow {
  std::string id, severity, file, label, message, suggestion;
  std::int64_t line = 0, column = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("id", self.id, "the check that found it, see docs/checks.md");
    fields.required("severity", self.severity, "info, warn or error");
    fields.required("file", self.file, "relative to the project's root; empty: the whole story");
    fields.required("line", self.line, "from 1; 0: unknown");
    fields.required("column", self.column, "from 1; 0: unknown");
    fields.required("label", self.label, "the label it stands under; empty: none");
    fields.required("message", self.message, "what is wrong");
    fields.required("suggestion", self.suggestion, "what to do");
  }
};

struct ProblemsReply {
  std::string project, root;
  std::optional<std::string> commit;
  std::int64_t generation = 0, total = 0, errors = 0, warnings = 0;
  bool truncated = false;
  std::optional<std::int64_t> next_offset;
  std::vector<ProblemRow> problems;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is; 0: a revision's");
    fields.optional("commit", self.commit, "with at: the commit's full name, or the snapshot");
    fields.required("total", self.total, "how many fit the question");
    fields.required("errors", self.errors, "errors in the whole story");
    fields.required("warnings", self.warnings, "warnings in the whole story");
    fields.required("truncated", self.truncated, "there were more than are listed");
    fields.required("next_offset", self.next_offset, "where the next page starts; null: none");
    fields.required("problems", self.problems, "in load order");
  }
};

struct RevisionsQuery {
  std::string project;
  std::int64_t limit = 30;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("limit", self.limit, "most commits to answer, at most 1000");
  }
};

struct RevisionRow {
  std::string commit, date, author, subject;
  static void describe(auto& fields, auto& self) {
    fields.required("commit", self.commit, "full name");
    fields.required("date", self.date, "ISO 8601");
    fields.required("author", self.author, "name");
    fields.required("subject", self.subject, "the message's first line");
  }
};

struct RevisionsReply {
  std::string project;
  std::vector<RevisionRow> revisions;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("revisions", self.revisions, "commits that touched game/, the newest first");
  }
};

struct CompareQuery {
  std::string project, from = "HEAD", to;
  static void describe(auto& fields, auto& self) {
    fields.optional("project", self.project, "alias or root; not needed with one project");
    fields.optional("from", self.from, "a revision of git, or snapshot:ID");
    fields.optional("to", self.to, "another; default: now");
  }
};

/// One side, counted.
struct SideRow {
  std::string commit;
  std::int64_t labels = 0, reachable_labels = 0, words = 0, seconds = 0, choices = 0, paths = 0, endings = 0, errors = 0, warnings = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("commit", self.commit, "full name; empty: now");
    fields.required("labels", self.labels, "how many");
    fields.required("reachable_labels", self.reachable_labels, "that somebody can get to");
    fields.required("words", self.words, "of dialogue");
    fields.required("seconds", self.seconds, "to read them");
    fields.required("choices", self.choices, "in menus");
    fields.required("paths", self.paths, "listed");
    fields.required("endings", self.endings, "labels that paths end in");
    fields.required("errors", self.errors, "found");
    fields.required("warnings", self.warnings, "found");
  }
};

struct CompareReply {
  std::string project;
  bool same = false;
  SideRow before, after;
  analysis::StoryDiff changes;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("same", self.same, "neither labels, choices, endings nor paths differ");
    fields.required("before", self.before, "counts of the one side");
    fields.required("after", self.after, "counts of the other");
    analysis::StoryDiff::describe(fields, self.changes);
  }
};

}  // namespace bpyd::pilot
