// SPDX-License-Identifier: MIT
// Every list of stats2, file by file.
#include "report.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/parser.hpp"
#include "checks.hpp"
#include "file_report.hpp"
#include "reading.hpp"

#ifndef BPYD_VERSION
#define BPYD_VERSION "unknown"
#endif

namespace bpyd::analysis {

using namespace renpy;

/// What one file gives to the lists, as long as the file and what it depends on stay the same.
struct Reporter::FileRows {
  std::shared_ptr<const Part> part;
  std::uint64_t inputs = 0;
  Rows<File>::Piece file;
  Rows<Label>::Piece labels;
  Rows<Menu>::Piece menus;
  Rows<Edge>::Piece edges;
  Rows<Variable>::Piece variables;
  Rows<Diagnostic>::Piece findings;  // what the file tells by itself, sorted
  Counts counts;
  std::int64_t reading = 0;  // of its dialogue, in ticks
  std::string title;
};

namespace {

constexpr std::size_t kMostDiagnostics = 2000;

bool earlier(const Diagnostic& a, const Diagnostic& b) {
  return std::tie(a.line, a.column, a.id, a.message) < std::tie(b.line, b.column, b.id, b.message);
}

}  // namespace

class ReportRun {
 public:
  ReportRun(Reporter& reporter, const std::shared_ptr<const StoryBook>& book, const Names& names)
      : reporter_(reporter), book_(book), story_(*book->story), facts_(*book->story), names_(names) {}

  Stats2 run(const Sheets& apart, std::vector<File> unreadable) {
    complete_ = unreadable.empty();
    out_.generator = "bpyd " BPYD_VERSION;
    out_.book = book_;
    for (const auto entry : story_.entries) out_.entries.emplace_back(story_.label_at(entry)->name);
    out_.counts.play_throughs = book_->plan->play_throughs;
    std::unordered_map<const Part*, std::shared_ptr<const Reporter::FileRows>> kept;
    for (std::uint32_t f = 0; f < story_.parts.size(); ++f) {
      auto rows = rows_of(f);
      take(*rows, unreadable);
      kept.emplace(rows->part.get(), std::move(rows));
    }
    reporter_.kept_ = std::move(kept);
    for (auto& file : unreadable) unread(std::move(file));
    for (const auto& sheet : apart) beside(*sheet->part->file);
    paths();
    diagnostics();
    totals();
    return std::move(out_);
  }

 private:
  /// All that the rows of a file depend on beside the file.
  [[nodiscard]] std::uint64_t inputs_of(std::uint32_t f) const {
    std::uint64_t hash = fnv1a("");
    const auto add = [&](std::uint64_t bits) { hash = (hash ^ bits) * 0x9E3779B97F4A7C15U + (hash >> 31U); };
    add(story_.dynamic ? 1 : 0);
    for (auto s = story_.symbol_base[f]; s < story_.symbol_base[f + 1]; ++s)
      add(story_.sites[s] == kNowhere ? 1 : 0);
    for (auto l = story_.label_base[f]; l < story_.label_base[f + 1]; ++l)
      add(story_.led_to[l] | story_.led_on_top[l] << 1U | facts_.called[l] << 2U |
          (story_.labels[l].again ? 8U : 0U));
    for (auto j = story_.junction_base[f]; j < story_.junction_base[f + 1]; ++j) {
      const auto& junction = story_.junctions[j];
      const bool back =
          junction.flow == Flow::call && junction.target != kNowhere && story_.returns[junction.target] != 0;
      add(story_.reached[j] | story_.top[j] << 1U | (back ? 4U : 0U) |
          static_cast<std::uint64_t>(junction.flow) << 3U);
      if (junction.ways_begin < story_.way_base.back() || junction.flow != Flow::decide) continue;
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
        const auto to = story_.ways[way].to;
        add(to != kNowhere && story_.returns[to] != 0 ? 2 : 1);
      }
    }
    const auto& reasons = book_->plan->feasible.reasons();
    if (!reasons.empty()) {
      for (auto way = story_.way_base[f]; way < story_.way_base[f + 1]; ++way) {
        if (const auto found = reasons.find(way); found != reasons.end())
          add(fnv1a(found->second, way - story_.way_base[f]));
      }
    }
    return hash;
  }

  std::shared_ptr<const Reporter::FileRows> rows_of(std::uint32_t f) {
    const auto inputs = inputs_of(f);
    const auto found = reporter_.kept_.find(story_.parts[f].get());
    if (found != reporter_.kept_.end() && found->second->inputs == inputs) return found->second;
    auto made = std::make_shared<Reporter::FileRows>();
    made->part = story_.parts[f];
    made->inputs = inputs;
    auto lists = file_lists(*book_, f);
    never(f, lists.menus);
    made->counts = lists.counts;
    made->reading = lists.reading;
    made->title = std::move(lists.title);
    made->file = std::make_shared<const std::vector<File>>(1, std::move(lists.file));
    made->labels = std::make_shared<const std::vector<Label>>(std::move(lists.labels));
    made->menus = std::make_shared<const std::vector<Menu>>(std::move(lists.menus));
    made->edges = std::make_shared<const std::vector<Edge>>(std::move(lists.edges));
    made->variables = std::make_shared<const std::vector<Variable>>(std::move(lists.variables));
    Findings findings(story_);
    check_file(*book_, facts_, f, findings);
    std::vector<Diagnostic> rows;
    for (const auto& what : made->part->file->diagnostics)
      rows.push_back(row_of(made->part->file->file, what));
    for (const auto& placed : findings.all()) rows.push_back(row_of(made->part->file->file, placed.what));
    std::ranges::sort(rows, earlier);
    made->findings = std::make_shared<const std::vector<Diagnostic>>(std::move(rows));
    return made;
  }

  /// Why choices can never be shown, in the rows of their menus.
  void never(std::uint32_t f, std::vector<Menu>& menus) {
    const auto& reasons = book_->plan->feasible.reasons();
    if (reasons.empty()) return;
    std::map<std::int64_t, std::string> by_line;
    for (auto way = story_.way_base[f]; way < story_.way_base[f + 1]; ++way) {
      if (const auto found = reasons.find(way);
          found != reasons.end() && story_.option(way).why == Option::Why::choice)
        by_line[story_.option(way).line] = found->second;
    }
    for (auto& menu : menus) {
      for (auto& choice : menu.choices) {
        if (const auto found = by_line.find(choice.line); found != by_line.end())
          choice.never = found->second;
      }
    }
  }

  void take(const Reporter::FileRows& rows, std::vector<File>& unreadable) {
    while (!unreadable.empty() && loads_before(unreadable.front().file, rows.part->file->file)) {
      unread(std::move(unreadable.front()));
      unreadable.erase(unreadable.begin());
    }
    out_.files.add(rows.file);
    out_.labels.add(rows.labels);
    out_.menus.add(rows.menus);
    out_.edges.add(rows.edges);
    out_.variables.add(rows.variables);
    auto& to = out_.counts;
    const auto& from = rows.counts;
    to.statements += from.statements;
    to.lines += from.lines;
    to.words += from.words;
    reading_ += rows.reading;
    to.dialogue += from.dialogue;
    to.menus += from.menus;
    to.choices += from.choices;
    to.jumps += from.jumps;
    to.calls += from.calls;
    to.screens += from.screens;
    to.images += from.images;
    to.translations += from.translations;
    if (!rows.title.empty()) out_.title = rows.title;
    own_.emplace_back(rows.part->file->file, rows.findings);
  }

  void beside(const ParsedFile& parsed) {
    File row;
    row.file = parsed.file;
    row.lines = parsed.physical_lines;
    out_.counts.lines += row.lines;
    for (const auto& what : parsed.diagnostics) find(parsed.file, what);
    out_.files.push_back(std::move(row));
  }

  void unread(File file) {
    find(file.file, {"unreadable-file", Severity::error, 0, 0, "The file could not be read: " + file.problem,
                     "Mend its permissions, or remove it"});
    out_.files.push_back(std::move(file));
  }

  void find(std::uint32_t f, const renpy::Diagnostic& what) { find(story_.parts[f]->file->file, what); }
  void find(const std::string& file, const renpy::Diagnostic& what) {
    more_[file].push_back(row_of(file, what));
  }
  static Diagnostic row_of(const std::string& file, const renpy::Diagnostic& what) {
    return {what.id,        std::string(severity_text(what.severity)),
            file,           what.line,
            what.column,    printable_utf8(what.message),
            what.suggestion};
  }

  void diagnostics() {
    for (const auto& placed : story_.diagnostics) find(placed.file, placed.what);
    Findings findings(story_);
    check_loops(*book_, findings);
    const CheckInput input{*book_, names_};
    check_names(input, findings);
    check_translations(input, findings);
    reporter_.images_.run(*book_, complete_, findings);
    reporter_.lengths_.check(*book_, reporter_.heads_, findings);
    for (const auto& placed : findings.all()) find(placed.file, placed.what);
    if (!story_.labels.empty() && !story_.has_start) {
      find("",
           {"no-start", Severity::warn, 0, 0, "No label start: paths begin at labels that nothing leads to",
            "Add `label start:` where the story begins"});
    }
    for (const auto& [file, piece] : own_) {
      const auto more = more_.find(file);
      if (more == more_.end())
        add_rows(piece);
      else
        more->second.insert(more->second.end(), piece->begin(), piece->end());
      order_.push_back(file);
    }
    merge();
  }

  /// Files about which others tell something too; load order again.
  void merge() {
    if (more_.empty()) return;
    out_.diagnostics = {};
    found_ = 0;
    for (const auto& [file, rows] : more_) {
      if (std::ranges::find(order_, file) == order_.end()) order_.push_back(file);
    }
    std::ranges::sort(order_, [](const auto& a, const auto& b) { return loads_before(a, b); });
    std::unordered_map<std::string_view, Rows<Diagnostic>::Piece> own(own_.begin(), own_.end());
    std::unordered_map<std::string, Rows<Diagnostic>::Piece> kept;
    for (const auto& file : order_) {
      const auto more = more_.find(file);
      if (more == more_.end()) {
        add_rows(own.at(file));
        continue;
      }
      std::ranges::sort(more->second, earlier);
      auto& before = reporter_.diagnostics_[file];
      auto piece = before && *before == more->second
                       ? before
                       : std::make_shared<const std::vector<Diagnostic>>(std::move(more->second));
      add_rows(piece);
      kept.emplace(file, std::move(piece));
    }
    reporter_.diagnostics_ = std::move(kept);
  }

  void add_rows(Rows<Diagnostic>::Piece piece) {
    if (found_ + piece->size() > kMostDiagnostics) {
      out_.truncated = true;
      const auto room = kMostDiagnostics - found_;
      piece = std::make_shared<const std::vector<Diagnostic>>(
          piece->begin(), piece->begin() + static_cast<std::ptrdiff_t>(room));
    }
    found_ += piece->size();
    out_.diagnostics.add(std::move(piece));
  }

  void paths() {
    out_.truncated = out_.truncated || book_->plan->cover.truncated;
    // Titles and keys are made of choices and labels: what is said changes none of them.
    std::uint64_t texts = fnv1a("");
    for (const auto& sheet : book_->sheets)
      texts = (texts ^ sheet->texts) * 0x9E3779B97F4A7C15U + (texts >> 29U);
    const bool same = reporter_.plan_ == book_->plan && reporter_.texts_ == texts;
    if (!same) reporter_.heads_ = PathList::share(book_->heads(book_->plan->cover.routes));
    reporter_.plan_ = book_->plan;
    reporter_.texts_ = texts;
    out_.paths = PathList(reporter_.heads_, book_);
  }

  void totals() {
    auto& c = out_.counts;
    c.files = static_cast<std::int64_t>(out_.files.size());
    c.seconds = seconds_of(reading_);
    c.labels = static_cast<std::int64_t>(out_.labels.size());
    c.reachable_labels = std::ranges::count(out_.labels, true, &Label::reachable);
    c.paths = static_cast<std::int64_t>(out_.paths.size());
    std::unordered_set<std::string_view> endings;
    for (const auto& path : out_.paths) endings.insert(path.ending);
    c.endings = static_cast<std::int64_t>(endings.size());
    c.errors = std::ranges::count(out_.diagnostics, "error", &Diagnostic::severity);
    c.warnings = std::ranges::count(out_.diagnostics, "warn", &Diagnostic::severity);
  }

  Reporter& reporter_;
  std::shared_ptr<const StoryBook> book_;
  const Story& story_;
  StoryFacts facts_;
  const Names& names_;
  std::vector<std::pair<std::string, Rows<Diagnostic>::Piece>> own_;  // by file, load order
  std::unordered_map<std::string, std::vector<Diagnostic>> more_;     // what needs other files to know
  std::vector<std::string> order_;
  std::size_t found_ = 0;
  std::int64_t reading_ = 0;  // ticks
  bool complete_ = true;      // every script could be read
  Stats2 out_;
};

Stats2 Reporter::report(const std::shared_ptr<const StoryBook>& book, const Names& names, const Sheets& apart,
                        std::vector<File> unreadable) {
  return ReportRun(*this, book, names).run(apart, std::move(unreadable));
}

}  // namespace bpyd::analysis
