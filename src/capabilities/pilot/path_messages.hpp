// SPDX-License-Identifier: MIT
// One path, step by step, as lanes show it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::pilot {

struct OtherRow {
  std::string text, never;
  std::int64_t line = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("text", self.text, "what the player reads");
    fields.required("line", self.line, "where it stands");
    fields.required("never", self.never, "why it can never be shown; empty: it can");
  }
};

struct StepRow {
  std::string kind, key, label, file, text;
  std::int64_t line = 0, count = 1, words = 0, seconds = 0;
  std::optional<std::string> variable, before, after, verdict;
  std::vector<OtherRow> others;
  static void describe(auto& fields, auto& self) {
    fields.required("kind", self.kind, "label, say, choice, condition, set, call, return, jump or end");
    fields.required("key", self.key, "equal steps of two paths, or of two revisions, have equal keys");
    fields.required("label", self.label, "the label it stands under");
    fields.required("file", self.file, "relative to the project's root");
    fields.required("line", self.line, "where it stands");
    fields.required("text", self.text, "first words, the choice, the condition, the assignment, the target");
    fields.required("count", self.count, "lines of dialogue in this step");
    fields.required("words", self.words, "read up to here, this step included");
    fields.required("seconds", self.seconds, "to read them");
    fields.optional("variable", self.variable, "of an assignment");
    fields.optional("before", self.before, "its value before, where that is a constant");
    fields.optional("after", self.after, "its value after, likewise");
    fields.optional("verdict", self.verdict, "of a condition by what the path sets: holds, fails or maybe");
    fields.required("others", self.others, "of a choice: what else its menu offers");
  }
};

struct PathReply {
  std::string project, root, id, key, title, entry, ending, ending_kind;
  std::optional<std::string> commit;
  std::int64_t generation = 0, words = 0, seconds = 0;
  std::vector<std::string> labels, choices;
  std::vector<StepRow> steps;
  static void describe(auto& fields, auto& self) {
    fields.required("project", self.project, "alias");
    fields.required("root", self.root, "canonical folder");
    fields.required("generation", self.generation, "which analysis this is; 0: a revision's");
    fields.optional("commit", self.commit, "with at: the commit's full name, or the snapshot");
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
    fields.required("steps", self.steps, "in order; the last is the end");
  }
};

}  // namespace bpyd::pilot
