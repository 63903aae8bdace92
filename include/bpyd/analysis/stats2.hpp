// SPDX-License-Identifier: MIT
// stats2: everything the daemon says about a story, as one value that can be written and read.
//
// The JSON form is docs/stats2.schema.json; field names here and there are the same. Lines and
// columns count from 1 (0: unknown). `file` is relative to the project's root: "game/script.rpy".
// Thread: values and pure functions, any thread. References into a Stats2 live as long as it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/analysis/rows.hpp"
#include "bpyd/core/error.hpp"

namespace bpyd::analysis {

/// Something found in the story, at its place. `id` is a stable word ("missing-label").
struct Diagnostic {
  std::string id;
  std::string severity;  // info|warn|error
  std::string file;
  std::int64_t line = 0;
  std::int64_t column = 0;
  std::string message;
  std::string suggestion;
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

struct File {
  std::string file;
  std::int64_t lines = 0;
  std::int64_t labels = 0;
  std::int64_t words = 0;
  std::string problem;  // why it could not be read; empty: it was
};

struct Label {
  std::string name;  // "global" or "global.local"
  std::string file;
  std::int64_t line = 0;
  std::string kind;  // global|local|menu|call_from|statement
  std::vector<std::string> params;
  bool hide = false;
  std::int64_t words = 0;
  std::int64_t seconds = 0;  // to read them
  bool reachable = false;
};

/// How the story gets from one label to another.
struct Edge {
  std::string kind;  // jump|call|choice|falls_through|screen|python
  std::string from;  // the label it starts in; empty: before the first label of the file
  std::string to;    // the label it leads to; empty: unknown (dynamic)
  std::string file;
  std::int64_t line = 0;
  std::string text;  // a choice's words, a dynamic target's expression, a call's `from` label
  bool dynamic = false;
  bool missing = false;  // no such label
};

struct Choice {
  std::string text;
  std::string condition;  // empty: always there
  std::int64_t line = 0;
  std::string target;  // the label its block jumps or calls to first; empty: none
  std::string never;   // why it can never be shown, in words; empty: it can
};

struct Menu {
  std::string label;  // the label it stands in
  std::string name;   // `menu name:`; empty: none
  std::string file;
  std::int64_t line = 0;
  std::string set;      // the `set` expression; empty: none
  std::string caption;  // what is asked, the say line or the captions; empty: none
  std::vector<Choice> choices;
};

struct Variable {
  std::string name;
  std::string kind;  // default|define
  std::string file;
  std::int64_t line = 0;
  std::string value;  // the expression as written
};

struct Counts {
  std::int64_t files = 0;
  std::int64_t lines = 0;
  std::int64_t statements = 0;
  std::int64_t labels = 0;
  std::int64_t reachable_labels = 0;
  std::int64_t menus = 0;
  std::int64_t choices = 0;
  std::int64_t jumps = 0;
  std::int64_t calls = 0;
  std::int64_t dialogue = 0;
  std::int64_t words = 0;
  std::int64_t seconds = 0;  // to read them
  std::int64_t screens = 0;
  std::int64_t images = 0;
  std::int64_t translations = 0;
  std::int64_t paths = 0;
  std::string play_throughs;  // how many there are, exactly: decimal digits, often very many
  std::int64_t endings = 0;
  std::int64_t errors = 0;
  std::int64_t warnings = 0;
};

/// One choice the player makes on a path: of a menu, or of a called screen's buttons.
struct PathChoice {
  std::string label;
  std::string file;
  std::int64_t line = 0;
  std::string text;
};

/// A condition that must hold for the path: an `if` branch, a `while`, a conditional choice.
struct PathCondition {
  std::string label;
  std::string file;
  std::int64_t line = 0;
  std::string text;     // "points > 3", "not (points > 3)"
  std::string verdict;  // by what the path sets: holds|fails|maybe
};

/// What a path does to a variable. `before` and `after` are there where they are constants.
struct StateChange {
  std::string label;
  std::string file;
  std::int64_t line = 0;
  std::string variable;
  std::string op;          // "=", "+=", "append", …
  std::string expression;  // as written
  std::optional<std::string> before;
  std::optional<std::string> after;
};

/// A choice of the same menu that the path does not take.
struct PathOther {
  std::string text;
  std::int64_t line = 0;
  std::string never;  // why it can never be shown; empty: it can
};

/// One row of a path told as text. A run of dialogue is one `say` row of `count` lines.
struct Step {
  std::string kind;  // label|say|choice|condition|set|call|return|jump|end
  std::string label;
  std::string file;
  std::string text;
  std::int64_t line = 0;
  std::int64_t count = 1;

  // Only of a path told closely; reports do not hold them.
  std::int64_t words = 0;    // read up to here, this row included
  std::int64_t seconds = 0;  // likewise
  std::uint64_t print = 0;   // equal rows say the same in the same label
  std::int64_t detail = -1;  // of a set row into changes, of a condition row into conditions
  std::vector<PathOther> others{};  // of a choice row: what else could be chosen
};

/// A play-through from an entry to an ending; each loop is gone around at most once.
struct Path {
  std::string id;   // p001, p002 … in script order
  std::string key;  // 16 hex digits: the same while its labels and choices stay the same
  std::string title;
  std::string entry;
  std::string ending;       // the label it ends in
  std::string ending_kind;  // return|end_of_file|quit|main_menu|dynamic|missing|loop|cut
  std::vector<std::string> labels;
  std::vector<PathChoice> choices;
  std::vector<PathCondition> conditions;
  std::vector<StateChange> changes;
  std::vector<Step> steps;
  std::int64_t words = 0;
  std::int64_t seconds = 0;  // to read them
};

/// What a list of paths shows of one.
struct PathHead {
  std::string id;
  std::string key;
  std::string title;
  std::string entry;
  std::string ending;
  std::string ending_kind;
};

/// Paths by their heads; the rest of each is told when it is asked for. Thread: any; `tell` is pure.
class PathList {
 public:
  class Teller {
   public:
    virtual ~Teller() = default;
    [[nodiscard]] virtual Path tell(std::size_t index, bool closely) const = 0;
  };

  using Heads = std::shared_ptr<const std::vector<PathHead>>;
  static Heads share(std::vector<PathHead> heads) {
    return std::make_shared<const std::vector<PathHead>>(std::move(heads));
  }

  PathList() = default;
  PathList(Heads heads, std::shared_ptr<const Teller> teller)
      : heads_(std::move(heads)), teller_(std::move(teller)) {}
  PathList(std::vector<Path> paths);  // NOLINT: told already

  [[nodiscard]] std::size_t size() const { return heads_ ? heads_->size() : 0; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] auto begin() const { return heads().begin(); }
  [[nodiscard]] auto end() const { return heads().end(); }
  [[nodiscard]] const PathHead& operator[](std::size_t index) const { return heads()[index]; }
  /// `closely`: a run of dialogue ends where ways meet, and rows say what stats2.hpp's Step says they do.
  [[nodiscard]] Path tell(std::size_t index, bool closely = false) const;
  [[nodiscard]] const std::vector<PathHead>& heads() const {
    static const std::vector<PathHead> kNone;
    return heads_ ? *heads_ : kNone;
  }
  /// The same list, not only an equal one.
  [[nodiscard]] bool same(const PathList& other) const { return heads_ == other.heads_; }

 private:
  Heads heads_;
  std::shared_ptr<const Teller> teller_;
};

class StoryBook;  // the story behind a report: what can be asked of it, later

struct Stats2 {
  std::string format = "stats2";
  std::int64_t version = 1;
  std::string generator;
  std::string title;  // define config.name; empty: none found
  std::vector<std::string> entries;
  Counts counts;
  bool truncated = false;  // more paths, steps or diagnostics were there than are listed
  Rows<File> files;
  Rows<Label> labels;
  Rows<Menu> menus;
  Rows<Edge> edges;
  Rows<Variable> variables;
  Rows<Diagnostic> diagnostics;
  PathList paths;
  std::shared_ptr<const StoryBook> book;  // null for a report that was read from a file
};

/// Deterministic: the same value gives the same bytes. Indent 1, no time in it, ends in a newline.
std::string stats2_to_json(const Stats2& stats);

/// Reads what any analyzer wrote. Unknown members are ignored, required ones are demanded.
/// Fails with bad_stats2 naming the JSON pointer of the
/// fault: "/paths/3/labels must be a list of strings".
Result<Stats2> stats2_from_json(std::string_view text);

/// The JSON Schema (2020-12) of what stats2_from_json accepts; docs/stats2.schema.json is this text.
std::string stats2_schema();

/// By "p001" or by key; nothing when there is none.
std::optional<std::size_t> find_path(const Stats2& stats, std::string_view id_or_key);

}  // namespace bpyd::analysis
