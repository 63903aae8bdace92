// SPDX-License-Identifier: MIT
// The whole story as a map: a card for each label, its choices as rows of the card, lines for the ways
// between them, laid out file by file so that a save moves as little as can be.
//
// Units are CSS pixels at scale 1, x to the right, y down, from 0. All are whole numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::analysis {

/// A choice, as a row at the foot of its label's card; `rows` lines of text are kept free for it.
struct MapPin {
  std::string text;
  std::string condition;  // empty: always there
  std::string never;      // why it can never be shown; empty: it can
  std::int64_t line = 0;
  std::int64_t y = 0;      // of its upper edge, below the card's
  std::int64_t rows = 1;
  static void describe(auto& fields, auto& self) {
    fields.required("text", self.text, "what the player reads");
    fields.optional("condition", self.condition, "when it is there; empty: always");
    fields.optional("never", self.never, "why it can never be shown; empty: it can");
    fields.required("line", self.line, "where it stands");
    fields.required("y", self.y, "of its upper edge, below the card's");
    fields.required("rows", self.rows, "lines of text kept free for it");
  }
};

struct MapLabel {
  std::string name;
  std::string file;
  std::int64_t line = 0;
  std::string kind;    // label|local|menu|planned (jumped to, not written yet)|cut (was there once)|file|chapter
  std::string change;  // compared with another story: added|changed|cut; empty: the same, or not compared
  std::string text;    // its first words
  std::int64_t words = 0;
  std::int64_t seconds = 0;
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t route = -1;  // index into endings when all ways from here end there; -1: several, or none
  std::int64_t problems = 0;
  std::string severity;  // of the worst problem: info|warn|error; empty: none
  bool reachable = false;
  bool entry = false;
  bool ending = false;
  std::vector<MapPin> pins;
  std::uint64_t print = 0;  // equal labels say and do the same; not for clients
  static void describe(auto& fields, auto& self) {
    fields.required("name", self.name, "the label; of a file or chapter its name");
    fields.required("file", self.file, "relative to the project's root; empty for what is planned");
    fields.required("line", self.line, "from 1; of what is planned, where it is first asked for");
    fields.required("kind", self.kind, "label, local, menu, planned, cut, file or chapter");
    fields.optional("change", self.change, "compared with another story: added, changed or cut");
    fields.required("text", self.text, "its first words");
    fields.required("words", self.words, "of dialogue");
    fields.required("seconds", self.seconds, "to read them");
    fields.required("x", self.x, "left edge");
    fields.required("y", self.y, "upper edge");
    fields.required("width", self.width, "of the card");
    fields.required("height", self.height, "of the card");
    fields.required("route", self.route, "index into endings when all ways from here end there; -1 else");
    fields.required("problems", self.problems, "how many there are under this label");
    fields.optional("severity", self.severity, "of the worst of them: info, warn or error");
    fields.required("reachable", self.reachable, "somebody can get there");
    fields.required("entry", self.entry, "a story starts here");
    fields.required("ending", self.ending, "a path ends here");
    fields.required("pins", self.pins, "its choices, in order");
  }
};

struct MapEdge {
  std::int64_t from = 0;  // index into labels
  std::int64_t to = 0;
  std::int64_t pin = -1;  // the choice it starts at, index into the label's pins; -1: the card's foot
  std::string kind;       // jump|call|choice|falls_through|screen|python
  std::optional<std::string> file;  // nothing: the file of its label
  std::int64_t line = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("from", self.from, "index into labels");
    fields.required("to", self.to, "index into labels");
    fields.required("pin", self.pin, "the choice it starts at, index into the label's pins; -1: its foot");
    fields.required("kind", self.kind, "jump, call, choice, falls_through, screen or python");
    fields.optional("file", self.file, "where it is written, when not in the file of its label");
    fields.required("line", self.line, "where it is written");
  }
};

/// The ground under the labels of one file.
struct MapFile {
  std::string file;
  std::string chapter;  // files of one chapter follow one another
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t labels = 0;
  std::int64_t words = 0;
  std::int64_t seconds = 0;
  std::int64_t problems = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("file", self.file, "relative to the project's root");
    fields.required("chapter", self.chapter, "its folder below game/, or what its name begins with");
    fields.required("x", self.x, "left edge");
    fields.required("y", self.y, "upper edge");
    fields.required("width", self.width, "of the ground under its labels");
    fields.required("height", self.height, "of it");
    fields.required("labels", self.labels, "how many");
    fields.required("words", self.words, "of dialogue");
    fields.required("seconds", self.seconds, "to read them");
    fields.required("problems", self.problems, "found in it");
  }
};

struct MapKeep;  // what a later map needs of this one to leave things where they are

struct StoryMap {
  std::string level;  // labels|files|chapters
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<std::string> endings;  // labels that paths end in
  std::vector<MapFile> files;        // load order, those with labels; none at the other levels
  std::vector<MapLabel> labels;      // load order, then what is planned, then what was cut
  std::vector<MapEdge> edges;
  std::shared_ptr<const MapKeep> keep;  // not for clients; without it a map is no good as `before`
};

enum class MapLevel : std::uint8_t { labels, files, chapters };

/// `before`: the map of the analysis before, of the same level; cards keep their places where they can.
/// Deterministic. Thread: worker, pure. 10,000 labels take well under 100 ms.
StoryMap lay_out(const Stats2& stats, MapLevel level = MapLevel::labels, const StoryMap* before = nullptr);

/// `now` with what differs from `then` marked (change), and what is gone added on a ground of its own
/// behind everything else; nothing of `now` moves. Both of MapLevel::labels. Pure.
StoryMap compared(StoryMap now, const StoryMap& then);

/// The map as a drawing by itself: texts as text, no script, no outside reference. Pure.
std::string svg_of(const StoryMap& map, const std::string& title);

/// The whole story's labels and ways for Graphviz. Pure.
std::string dot_of(const Stats2& stats);

/// … and for Mermaid. Fails with too_large_for_form above `max_nodes` labels. Pure.
Result<std::string> mermaid_of_story(const Stats2& stats, std::size_t max_nodes = 300);

}  // namespace bpyd::analysis
