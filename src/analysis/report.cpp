// SPDX-License-Identifier: MIT
// Every list of stats2, file by file.
#include "report.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/parser.hpp"
#include "checks.hpp"
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
constexpr std::size_t kValue = 200;

std::string_view kind_of(Reference::How how) {
  switch (how) {
    case Reference::How::jump:
      return "jump";
    case Reference::How::call:
      return "call";
    case Reference::How::screen:
      return "screen";
    case Reference::How::python:
      return "python";
  }
  return "jump";
}

/// The rows of one file.
class FileReport {
 public:
  FileReport(const StoryBook& book, std::uint32_t f)
      : story_(*book.story), f_(f), part_(*story_.parts[f]), parsed_(*part_.file), sheet_(*book.sheets[f]) {}

  void labels(std::vector<Label>& out) {
    const auto reachable = story_.reachable(f_);
    std::vector<std::int64_t> words(part_.labels.size(), 0), reading(part_.labels.size(), 0);
    at_label_.assign(part_.nodes.size(), -1);
    for (std::size_t i = 0; i < part_.labels.size(); ++i) at_label_[part_.labels[i].node] = static_cast<std::int64_t>(i);
    dialogue([&](NodeId n, std::int64_t count) {
      if (part_.owner[n] == kNoNode) return;
      const auto label = static_cast<std::size_t>(at_label_[part_.owner[n]]);
      words[label] += count;
      reading[label] += sheet_.own_reading(n);
    });
    for (std::size_t i = 0; i < part_.labels.size(); ++i) {
      const auto n = part_.labels[i].node;
      const auto& node = parsed_.as<LabelNode>(n);
      Label label;
      label.name = node.name;
      label.file = parsed_.file;
      label.line = parsed_.nodes[n].line;
      label.kind = node.from_call                                  ? "call_from"
                   : node.from_menu                                ? "menu"
                   : node.name.find('.') != std::string_view::npos ? "local"
                                                                   : "global";
      for (const auto param : node.params) label.params.emplace_back(param);
      label.hide = node.hide;
      label.words = words[i];
      label.seconds = seconds_of(reading[i]);
      label.reachable = reachable[n];
      out.push_back(std::move(label));
    }
  }

  void statements(Counts& counts, std::vector<Menu>& menus, std::vector<Edge>& edges, std::vector<Variable>& variables,
                  std::string& title) {
    NodeId skip_to = 0;  // dialogue of translations is not the story's
    for (NodeId n = 0; n < parsed_.nodes.size(); ++n) {
      const auto& node = parsed_.nodes[n];
      if (node.kind == Kind::Translate || node.kind == Kind::TranslateString) ++counts.translations;
      if (node.kind == Kind::Translate) skip_to = std::max(skip_to, node.end);
      if (n < skip_to) continue;
      if (node.kind == Kind::Menu) menu(n, menus, edges, counts);
      if (node.kind == Kind::Jump) ++counts.jumps;
      if (node.kind == Kind::Call) ++counts.calls;
      if (node.kind == Kind::Screen) ++counts.screens;
      if (node.kind == Kind::Image) ++counts.images;
      if (node.kind == Kind::Define || node.kind == Kind::Default) variable(n, variables, title);
    }
    counts.statements = static_cast<std::int64_t>(parsed_.nodes.size());
    references(edges);
    falls_through(edges);
    std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
      return std::tie(a.line, a.kind, a.to, a.text) < std::tie(b.line, b.kind, b.to, b.text);
    });
  }

  File file(Counts& counts, std::int64_t& reading) {
    File row;
    row.file = parsed_.file;
    row.lines = parsed_.physical_lines;
    row.labels = static_cast<std::int64_t>(part_.labels.size());
    dialogue([&](NodeId n, std::int64_t words) {
      ++counts.dialogue;
      row.words += words;
      reading += sheet_.own_reading(n);
    });
    counts.lines = row.lines;
    counts.words = row.words;
    return row;
  }

 private:
  template <class F>
  void dialogue(F&& each) const {
    NodeId skip_to = 0;
    for (NodeId n = 0; n < parsed_.nodes.size(); ++n) {
      const auto& node = parsed_.nodes[n];
      if (node.kind == Kind::Translate) skip_to = std::max(skip_to, node.end);
      if (node.kind == Kind::Say && n >= skip_to) each(n, std::int64_t{sheet_.own_words(n)});
    }
  }

  [[nodiscard]] std::string owner_name(NodeId n) const {
    const auto owner = part_.owner[n];
    return owner == kNoNode ? std::string() : std::string(parsed_.as<LabelNode>(owner).name);
  }
  [[nodiscard]] bool there(Symbol symbol) const {
    return symbol != kNoSymbol && story_.sites[story_.symbol_base[f_] + symbol] != kNowhere;
  }

  /// The label that a choice's block leads to by its first jump or call.
  [[nodiscard]] std::string target_of(Block block) const {
    for (auto n = block.begin; n < block.end; n = parsed_.nodes[n].end) {
      const auto& node = part_.nodes[n];
      if (node.flow == Flow::jump || node.flow == Flow::call)
        return there(node.symbol) ? std::string(part_.symbols[node.symbol]) : std::string();
    }
    return {};
  }

  void menu(NodeId n, std::vector<Menu>& menus, std::vector<Edge>& edges, Counts& counts) {
    const auto& node = parsed_.nodes[n];
    const auto& from = std::get<MenuNode>(node.payload);
    Menu row;
    row.label = owner_name(n);
    row.file = parsed_.file;
    row.line = node.line;
    row.set = from.set;
    if (n > 0 && parsed_.nodes[n - 1].line >= node.line) {
      if (const auto* said = std::get_if<SayNode>(&parsed_.nodes[n - 1].payload)) row.caption = said->what;
    }
    const auto owner = part_.owner[n];
    if (owner != kNoNode && parsed_.as<LabelNode>(owner).from_menu && parsed_.nodes[owner].line == node.line)
      row.name = owner_name(n);
    for (const auto& item : from.items) {
      if (item.caption) {
        row.caption += (row.caption.empty() ? "" : " ") + std::string(item.text);
        continue;
      }
      Choice choice{std::string(item.text), item.condition == "True" ? std::string() : std::string(item.condition),
                    item.line, target_of(item.block), {}};
      if (!choice.target.empty())
        edges.push_back({"choice", row.label, choice.target, row.file, item.line, choice.text, false, false});
      row.choices.push_back(std::move(choice));
    }
    ++counts.menus;
    counts.choices += static_cast<std::int64_t>(row.choices.size());
    menus.push_back(std::move(row));
  }

  void variable(NodeId n, std::vector<Variable>& variables, std::string& title) {
    const auto& node = parsed_.nodes[n];
    const auto& from = std::get<DefineNode>(node.payload);
    Variable row;
    row.name = from.store == "store" ? std::string(from.name)
                                     : std::string(from.store.substr(6)) + "." + std::string(from.name);
    row.kind = node.kind == Kind::Define ? "define" : "default";
    row.file = parsed_.file;
    row.line = node.line;
    row.value = shortened(from.expression, kValue);
    if (row.name == "config.name") title = title_from(from.expression);
    variables.push_back(std::move(row));
  }

  static std::string title_from(std::string_view expression) {
    const auto open = expression.find_first_of("\"'");
    if (open == std::string_view::npos) return {};
    const auto close = expression.find(expression[open], open + 1);
    return close == std::string_view::npos ? std::string()
                                           : std::string(expression.substr(open + 1, close - open - 1));
  }

  void references(std::vector<Edge>& edges) const {
    for (const auto& reference : part_.references) {
      Edge edge;
      edge.kind = kind_of(reference.how);
      edge.from = owner_name(reference.from);
      edge.to = reference.dynamic ? std::string() : std::string(reference.target);
      edge.file = parsed_.file;
      edge.line = reference.line;
      edge.text = reference.dynamic ? shortened(reference.target, kValue) : std::string(reference.call_from);
      edge.dynamic = reference.dynamic;
      edge.missing = !reference.dynamic && !there(reference.symbol);
      edges.push_back(std::move(edge));
    }
  }

  void falls_through(std::vector<Edge>& edges) const {
    std::set<std::pair<NodeId, NodeId>> seen;
    const auto note = [&](NodeId n, NodeId to) {
      if (to == kNoNode || at_label_[to] < 0 || parsed_.as<LabelNode>(to).from_call) return;
      const auto owner = part_.owner[n];
      if (owner == to || owner == kNoNode || !seen.emplace(owner, to).second) return;
      edges.push_back({"falls_through", owner_name(owner), owner_name(to), parsed_.file, parsed_.nodes[n].line, {}, false, false});
    };
    for (NodeId n = 0; n < part_.nodes.size(); ++n) {
      const auto& node = part_.nodes[n];
      if (node.flow == Flow::next || node.flow == Flow::call) note(n, node.next);
      if (node.flow != Flow::decide) continue;
      for (auto i = node.options_begin; i < node.options_end; ++i) note(n, part_.options[i].to);
    }
  }

  const Story& story_;
  std::uint32_t f_;
  const Part& part_;
  const ParsedFile& parsed_;
  const Sheet& sheet_;
  std::vector<std::int64_t> at_label_;
};

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
    for (auto s = story_.symbol_base[f]; s < story_.symbol_base[f + 1]; ++s) add(story_.sites[s] == kNowhere ? 1 : 0);
    for (auto l = story_.label_base[f]; l < story_.label_base[f + 1]; ++l)
      add(story_.led_to[l] | story_.led_on_top[l] << 1U | facts_.called[l] << 2U | (story_.labels[l].again ? 8U : 0U));
    for (auto j = story_.junction_base[f]; j < story_.junction_base[f + 1]; ++j) {
      const auto& junction = story_.junctions[j];
      const bool back = junction.flow == Flow::call && junction.target != kNowhere && story_.returns[junction.target] != 0;
      add(story_.reached[j] | story_.top[j] << 1U | (back ? 4U : 0U) | static_cast<std::uint64_t>(junction.flow) << 3U);
      if (junction.ways_begin < story_.way_base.back() || junction.flow != Flow::decide) continue;
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
        const auto to = story_.ways[way].to;
        add(to != kNowhere && story_.returns[to] != 0 ? 2 : 1);
      }
    }
    const auto& reasons = book_->plan->feasible.reasons();
    if (!reasons.empty()) {
      for (auto way = story_.way_base[f]; way < story_.way_base[f + 1]; ++way) {
        if (const auto found = reasons.find(way); found != reasons.end()) add(fnv1a(found->second, way - story_.way_base[f]));
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
    FileReport report(*book_, f);
    std::vector<Label> labels;
    std::vector<Menu> menus;
    std::vector<Edge> edges;
    std::vector<Variable> variables;
    report.labels(labels);
    report.statements(made->counts, menus, edges, variables, made->title);
    never(f, menus);
    made->file = std::make_shared<const std::vector<File>>(1, report.file(made->counts, made->reading));
    made->labels = std::make_shared<const std::vector<Label>>(std::move(labels));
    made->menus = std::make_shared<const std::vector<Menu>>(std::move(menus));
    made->edges = std::make_shared<const std::vector<Edge>>(std::move(edges));
    made->variables = std::make_shared<const std::vector<Variable>>(std::move(variables));
    Findings findings(story_);
    check_file(*book_, facts_, f, findings);
    std::vector<Diagnostic> rows;
    for (const auto& what : made->part->file->diagnostics) rows.push_back(row_of(made->part->file->file, what));
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
      if (const auto found = reasons.find(way); found != reasons.end() && story_.option(way).why == Option::Why::choice)
        by_line[story_.option(way).line] = found->second;
    }
    for (auto& menu : menus) {
      for (auto& choice : menu.choices) {
        if (const auto found = by_line.find(choice.line); found != by_line.end()) choice.never = found->second;
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
    return {what.id,     std::string(severity_text(what.severity)), file, what.line,
            what.column, printable_utf8(what.message),              what.suggestion};
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
      find("", {"no-start", Severity::warn, 0, 0, "No label start: paths begin at labels that nothing leads to",
                "Add `label start:` where the story begins"});
    }
    for (const auto& [file, piece] : own_) {
      const auto more = more_.find(file);
      if (more == more_.end()) add_rows(piece);
      else more->second.insert(more->second.end(), piece->begin(), piece->end());
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
      piece = std::make_shared<const std::vector<Diagnostic>>(piece->begin(), piece->begin() + static_cast<std::ptrdiff_t>(room));
    }
    found_ += piece->size();
    out_.diagnostics.add(std::move(piece));
  }

  void paths() {
    out_.truncated = out_.truncated || book_->plan->cover.truncated;
    // Titles and keys are made of choices and labels: what is said changes none of them.
    std::uint64_t texts = fnv1a("");
    for (const auto& sheet : book_->sheets) texts = (texts ^ sheet->texts) * 0x9E3779B97F4A7C15U + (texts >> 29U);
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
