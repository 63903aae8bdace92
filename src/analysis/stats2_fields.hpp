// SPDX-License-Identifier: MIT
// The members of stats2, described once: the writer, the reader and the schema all read this.
//
// A visitor has required(name, member, doc), optional(name, member, doc) and
// one_of(name, member, doc, words). Optional members are always written; readers may miss them.
#pragma once

#include <array>
#include <string_view>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::analysis {

constexpr std::array<std::string_view, 3> kSeverities = {"info", "warn", "error"};

template <class V>
void describe(V& v, Diagnostic& d) {
  v.required("id", d.id,
             "a stable word for what is wrong: missing-label, duplicate-label, unreachable-label, …");
  v.one_of("severity", d.severity, "how bad it is", kSeverities);
  v.required("file", d.file, "relative to the project's root; empty when it concerns the project");
  v.required("line", d.line, "from 1; 0 when unknown");
  v.optional("column", d.column, "from 1, in characters; 0 when unknown");
  v.required("message", d.message, "what is wrong, in words");
  v.optional("suggestion", d.suggestion, "a step that mends it");
}

template <class V>
void describe(V& v, File& f) {
  v.required("file", f.file, "relative to the project's root");
  v.optional("lines", f.lines, "physical lines");
  v.optional("labels", f.labels, "labels defined in it");
  v.optional("words", f.words, "words of dialogue");
  v.optional("problem", f.problem, "why it could not be read; empty when it was");
}

template <class V>
void describe(V& v, Label& l) {
  v.required("name", l.name, "global, or global.local");
  v.required("file", l.file, "relative to the project's root");
  v.required("line", l.line, "where it is defined");
  v.optional("kind", l.kind, "global, local, menu (menu name:), call_from (call … from name)");
  v.optional("params", l.params, "parameter names, *args and **kwargs with their stars");
  v.optional("hide", l.hide, "label … hide:");
  v.optional("words", l.words, "words of dialogue below it, up to the next label");
  v.optional("seconds", l.seconds, "to read them: 200 words a minute; 500 characters of Chinese or Japanese");
  v.optional("reachable", l.reachable, "something leads to it");
}

template <class V>
void describe(V& v, Choice& c) {
  v.required("text", c.text, "the words the player sees");
  v.optional("condition", c.condition, "when it is shown; empty: always");
  v.required("line", c.line, "where it stands");
  v.optional("target", c.target, "the label its block jumps or calls to first; empty: none");
  v.optional("never", c.never, "why it can never be shown; empty: it can");
}

template <class V>
void describe(V& v, Menu& m) {
  v.required("label", m.label, "the label it stands under");
  v.optional("name", m.name, "its own label (menu name:); empty: none");
  v.required("file", m.file, "relative to the project's root");
  v.required("line", m.line, "where it begins");
  v.optional("set", m.set, "its set expression; empty: none");
  v.optional("caption", m.caption, "what is asked above the choices; empty: nothing");
  v.required("choices", m.choices, "in script order");
}

template <class V>
void describe(V& v, Edge& e) {
  v.required("kind", e.kind, "jump, call, choice, falls_through, screen, python");
  v.required("from", e.from, "the label it starts under; empty: before the first label of the file");
  v.required("to", e.to, "the label it leads to; empty when only the run knows");
  v.optional("file", e.file, "relative to the project's root");
  v.optional("line", e.line, "where it is written");
  v.optional("text", e.text, "a choice's words, a dynamic target's expression, the label of call … from");
  v.optional("dynamic", e.dynamic, "the target is computed when the story runs");
  v.optional("missing", e.missing, "there is no such label");
}

template <class V>
void describe(V& v, Variable& x) {
  v.required("name", x.name, "with its store when that is not the default one");
  v.required("kind", x.kind, "default or define");
  v.optional("file", x.file, "relative to the project's root");
  v.optional("line", x.line, "where it is defined");
  v.optional("value", x.value, "the expression as written");
}

template <class V>
void describe(V& v, Counts& c) {
  v.optional("files", c.files, "scripts read");
  v.optional("lines", c.lines, "physical lines");
  v.optional("statements", c.statements, "Ren'Py statements");
  v.optional("labels", c.labels, "labels");
  v.optional("reachable_labels", c.reachable_labels, "labels something leads to");
  v.optional("menus", c.menus, "menus");
  v.optional("choices", c.choices, "choices in menus");
  v.optional("jumps", c.jumps, "jump statements");
  v.optional("calls", c.calls, "call statements");
  v.optional("dialogue", c.dialogue, "lines of dialogue, translations left out");
  v.optional("words", c.words, "words of dialogue, translations left out");
  v.optional("seconds", c.seconds, "to read them: 200 words a minute; 500 characters of Chinese or Japanese");
  v.optional("screens", c.screens, "screens");
  v.optional("images", c.images, "image statements");
  v.optional("translations", c.translations, "translated blocks and strings");
  v.optional("paths", c.paths, "paths listed");
  v.optional("play_throughs", c.play_throughs,
             "how many there are, exactly, in decimal digits; each loop gone around at most once; empty: too "
             "many to write");
  v.optional("endings", c.endings, "labels a listed path ends in");
  v.optional("errors", c.errors, "diagnostics of severity error");
  v.optional("warnings", c.warnings, "diagnostics of severity warn");
}

template <class V>
void describe(V& v, PathChoice& c) {
  v.optional("label", c.label, "the label it stands under");
  v.optional("file", c.file, "relative to the project's root");
  v.optional("line", c.line, "where it stands");
  v.required("text", c.text, "the words the player picks");
}

template <class V>
void describe(V& v, PathCondition& c) {
  v.optional("label", c.label, "the label it stands under");
  v.optional("file", c.file, "relative to the project's root");
  v.optional("line", c.line, "where it stands");
  v.required("text", c.text, "what must hold: points > 3, not (points > 3)");
  v.optional("verdict", c.verdict, "by what the path itself sets: holds, fails, or maybe");
}

template <class V>
void describe(V& v, StateChange& c) {
  v.optional("label", c.label, "the label it stands under");
  v.optional("file", c.file, "relative to the project's root");
  v.optional("line", c.line, "where it stands");
  v.required("variable", c.variable, "what changes");
  v.optional("op", c.op, "=, +=, append, …");
  v.optional("expression", c.expression, "as written");
  v.optional("before", c.before, "its value before, where that is a constant");
  v.optional("after", c.after, "its value after, where that is a constant");
}

template <class V>
void describe(V& v, Step& s) {
  v.required("kind", s.kind, "label, say, choice, condition, set, call, return, jump, end");
  v.optional("label", s.label, "the label it stands under");
  v.optional("file", s.file, "relative to the project's root");
  v.optional("line", s.line, "where it stands");
  v.optional("text", s.text, "what happens, shortened");
  v.optional("count", s.count, "lines of dialogue in this row");
}

template <class V>
void describe(V& v, Path& p) {
  v.required("id", p.id, "p001, p002 … in script order");
  v.optional("key", p.key, "the same while its labels and choices stay the same");
  v.optional("title", p.title, "its choices in a line");
  v.optional("entry", p.entry, "the label it begins in");
  v.optional("ending", p.ending, "the label it ends in");
  v.optional("ending_kind", p.ending_kind,
             "return, end_of_file, quit, main_menu, dynamic, missing, loop, cut");
  v.required("labels", p.labels, "every label it passes, in order");
  v.optional("choices", p.choices, "every choice the player makes");
  v.optional("conditions", p.conditions, "every condition that must hold");
  v.optional("changes", p.changes, "every change of a variable");
  v.optional("steps", p.steps, "the path told row by row");
  v.optional("words", p.words, "words of dialogue on it");
  v.optional("seconds", p.seconds, "to read them: 200 words a minute; 500 characters of Chinese or Japanese");
}

template <class V>
void describe(V& v, Stats2& s) {
  v.constant("format", s.format, "stats2");
  v.constant("version", s.version, 1);
  v.optional("generator", s.generator, "the program that wrote this");
  v.optional("title", s.title, "define config.name; empty when there is none");
  v.optional("entries", s.entries, "labels where paths begin");
  v.optional("counts", s.counts, "the story in numbers");
  v.optional("truncated", s.truncated, "more paths, steps or diagnostics were there than are listed");
  v.optional("files", s.files, "every script, in load order");
  v.required("labels", s.labels, "every label, in load order");
  v.optional("menus", s.menus, "every menu, in load order");
  v.optional("edges", s.edges, "how labels lead to labels");
  v.optional("variables", s.variables, "every default and define, in load order");
  v.optional("diagnostics", s.diagnostics, "what is wrong, by file and line");
  v.required("paths", s.paths, "a set of play-throughs in which every choice and branch occurs");
}

}  // namespace bpyd::analysis
