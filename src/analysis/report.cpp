// SPDX-License-Identifier: MIT
// Every list of stats2, from the story.
#include "report.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/parser.hpp"
#include "checks.hpp"
#include "count.hpp"
#include "cover.hpp"
#include "teller.hpp"

#ifndef BPYD_VERSION
#define BPYD_VERSION "unknown"
#endif

namespace bpyd::analysis {

using renpy::Flow;
using renpy::Kind;
using renpy::kNowhere;
using renpy::Reference;
using renpy::Story;
using renpy::StoryId;

namespace {

constexpr std::size_t kMostDiagnostics = 2000;
constexpr std::size_t kValue = 200;

class Reporter {
 public:
  Reporter(const Story& story, const Names& names, std::vector<File> unreadable)
      : story_(story), names_(names), telling_(story), unreadable_(std::move(unreadable)) {}

  Stats2 run() {
    out_.generator = "bpyd " BPYD_VERSION;
    for (const auto entry : story_.entries) out_.entries.push_back(name_of(entry));
    labels();
    for (std::uint32_t f = 0; f < story_.files.size(); ++f) file(f);
    edges();
    const Chart chart(story_);
    diagnostics(chart);
    auto paths = cover(chart, telling_);
    out_.counts.play_throughs = count_play_throughs(chart);
    out_.truncated = out_.truncated || paths.truncated;
    out_.paths = std::move(paths.paths);
    counts();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string name_of(StoryId label) const {
    return label == kNowhere ? std::string() : std::string(story_.label_at(label)->name);
  }
  [[nodiscard]] std::string owner_name(StoryId id) const { return name_of(story_.owner[id]); }
  [[nodiscard]] const std::string& file_name(StoryId id) const { return story_.parsed(id).file; }

  void labels() {
    at_label_.assign(story_.nodes.size(), -1);
    for (const auto& site : story_.labels) {
      const auto& node = *story_.label_at(site.node);
      Label label;
      label.name = site.name;
      label.file = file_name(site.node);
      label.line = story_.node(site.node).line;
      label.kind = node.from_call                                  ? "call_from"
                   : node.from_menu                                ? "menu"
                   : site.name.find('.') != std::string_view::npos ? "local"
                                                                   : "global";
      for (const auto param : node.params) label.params.emplace_back(param);
      label.hide = node.hide;
      label.reachable = story_.reachable[site.node];
      at_label_[site.node] = static_cast<std::int64_t>(out_.labels.size());
      out_.labels.push_back(std::move(label));
    }
  }

  void file(std::uint32_t f) {
    const auto& parsed = *story_.files[f];
    File row;
    row.file = parsed.file;
    row.lines = parsed.physical_lines;
    renpy::NodeId skip_to = 0;  // dialogue of translations is not the story's
    for (renpy::NodeId n = 0; n < parsed.nodes.size(); ++n) {
      const auto& node = parsed.nodes[n];
      const auto id = story_.id(f, n);
      if (node.kind == Kind::Translate) skip_to = std::max(skip_to, node.end);
      if (node.kind == Kind::Label) ++row.labels;
      if (node.kind == Kind::Say && n >= skip_to)
        row.words += dialogue(id);
      else if (n >= skip_to)
        statement(id, node);
      if (node.kind == Kind::Translate || node.kind == Kind::TranslateString) ++out_.counts.translations;
    }
    out_.counts.statements += static_cast<std::int64_t>(parsed.nodes.size());
    out_.counts.lines += row.lines;
    out_.counts.words += row.words;
    out_.files.push_back(std::move(row));
  }

  std::int64_t dialogue(StoryId id) {
    const auto words = static_cast<std::int64_t>(telling_.words[id]);
    ++out_.counts.dialogue;
    if (const auto owner = story_.owner[id]; owner != kNowhere) out_.labels[at_label_[owner]].words += words;
    return words;
  }

  void statement(StoryId id, const renpy::Node& node) {
    switch (node.kind) {
      case Kind::Menu:
        menu(id, node);
        break;
      case Kind::Jump:
        ++out_.counts.jumps;
        break;
      case Kind::Call:
        ++out_.counts.calls;
        break;
      case Kind::Screen:
        ++out_.counts.screens;
        break;
      case Kind::Image:
        ++out_.counts.images;
        break;
      case Kind::Define:
      case Kind::Default:
        variable(id, node);
        break;
      default:
        break;
    }
  }

  /// The label that a choice's block leads to by its first jump or call.
  std::string target_of(std::uint32_t f, renpy::Block block) const {
    for (auto n = block.begin; n < block.end; n = story_.files[f]->nodes[n].end) {
      const auto& node = story_.nodes[story_.id(f, n)];
      if (node.flow == Flow::jump || node.flow == Flow::call) return name_of(node.target);
    }
    return {};
  }

  void menu(StoryId id, const renpy::Node& node) {
    const auto& from = std::get<renpy::MenuNode>(node.payload);
    const auto f = story_.file_of(id);
    Menu row;
    row.label = owner_name(id);
    row.file = file_name(id);
    row.line = node.line;
    row.set = from.set;
    const auto before = id > story_.base[f] ? id - 1 : kNowhere;
    if (before != kNowhere && story_.node(before).line >= node.line) {
      if (const auto* said = std::get_if<renpy::SayNode>(&story_.node(before).payload))
        row.caption = said->what;
    }
    const auto owner = story_.owner[id];
    if (owner != kNowhere && story_.label_at(owner)->from_menu && story_.node(owner).line == node.line)
      row.name = name_of(owner);
    for (const auto& item : from.items) {
      if (item.caption) {
        row.caption += (row.caption.empty() ? "" : " ") + std::string(item.text);
        continue;
      }
      Choice choice{std::string(item.text),
                    item.condition == "True" ? std::string() : std::string(item.condition), item.line,
                    target_of(f, item.block)};
      if (!choice.target.empty()) {
        out_.edges.push_back(
            {"choice", row.label, choice.target, row.file, item.line, choice.text, false, false});
      }
      row.choices.push_back(std::move(choice));
    }
    ++out_.counts.menus;
    out_.counts.choices += static_cast<std::int64_t>(row.choices.size());
    out_.menus.push_back(std::move(row));
  }

  void variable(StoryId id, const renpy::Node& node) {
    const auto& from = std::get<renpy::DefineNode>(node.payload);
    Variable row;
    row.name = from.store == "store" ? std::string(from.name)
                                     : std::string(from.store.substr(6)) + "." + std::string(from.name);
    row.kind = node.kind == Kind::Define ? "define" : "default";
    row.file = file_name(id);
    row.line = node.line;
    row.value = shortened(from.expression, kValue);
    if (row.name == "config.name") out_.title = title_from(from.expression);
    out_.variables.push_back(std::move(row));
  }

  static std::string title_from(std::string_view expression) {
    const auto open = expression.find_first_of("\"'");
    if (open == std::string_view::npos) return {};
    const auto close = expression.find(expression[open], open + 1);
    return close == std::string_view::npos ? std::string()
                                           : std::string(expression.substr(open + 1, close - open - 1));
  }

  void edges() {
    for (const auto& reference : story_.references) {
      Edge edge;
      edge.kind = kind_of(reference.how);
      edge.from = owner_name(reference.from);
      edge.to = reference.dynamic ? std::string() : std::string(reference.target);
      edge.file = file_name(reference.from);
      edge.line = reference.line;
      edge.text = reference.dynamic ? shortened(reference.target, kValue) : std::string(reference.call_from);
      edge.dynamic = reference.dynamic;
      edge.missing = !reference.dynamic && reference.to == kNowhere;
      out_.edges.push_back(std::move(edge));
    }
    falls_through();
    std::ranges::sort(out_.edges, [](const Edge& a, const Edge& b) {
      if (a.file != b.file) return renpy::loads_before(a.file, b.file);
      return std::tie(a.line, a.kind, a.to, a.text) < std::tie(b.line, b.kind, b.to, b.text);
    });
  }

  static std::string_view kind_of(Reference::How how) {
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

  void falls_through() {
    std::set<std::pair<StoryId, StoryId>> seen;
    const auto note = [&](StoryId id, StoryId to) {
      if (to == kNowhere || at_label_[to] < 0 || story_.label_at(to)->from_call) return;
      const auto owner = story_.owner[id];
      if (owner == to || owner == kNowhere || !seen.emplace(owner, to).second) return;
      out_.edges.push_back({"falls_through",
                            name_of(owner),
                            name_of(to),
                            file_name(id),
                            story_.node(id).line,
                            {},
                            false,
                            false});
    };
    for (StoryId id = 0; id < story_.nodes.size(); ++id) {
      const auto& node = story_.nodes[id];
      if (node.flow == Flow::next || node.flow == Flow::call) note(id, node.next);
      if (node.flow != Flow::decide) continue;
      for (auto i = node.options_begin; i < node.options_end; ++i) {
        const auto& option = story_.options[i];
        if (option.why == renpy::Option::Why::choice || option.why == renpy::Option::Why::condition)
          note(id, option.to);
      }
    }
  }

  void diagnostics(const Chart& chart) {
    const auto add = [&](const std::string& file, const renpy::Diagnostic& what) {
      if (out_.diagnostics.size() >= kMostDiagnostics) {
        out_.truncated = true;
        return;
      }
      out_.diagnostics.push_back({what.id, std::string(severity_text(what.severity)), file, what.line,
                                  what.column, printable_utf8(what.message), what.suggestion});
    };
    for (auto& file : unreadable_) {
      add(file.file, {"unreadable-file", Severity::error, 0, 0, "The file could not be read: " + file.problem,
                      "Mend its permissions, or remove it"});
      out_.files.push_back(std::move(file));
    }
    for (const auto& file : story_.files) {
      for (const auto& what : file->diagnostics) add(file->file, what);
    }
    for (const auto& placed : story_.diagnostics) add(story_.files[placed.file]->file, placed.what);
    for (const auto& placed : check_story({story_, chart, names_}))
      add(story_.files[placed.file]->file, placed.what);
    if (!story_.labels.empty() && !story_.by_name.contains("start")) {
      add("",
          {"no-start", Severity::warn, 0, 0, "No label start: paths begin at labels that nothing leads to",
           "Add `label start:` where the story begins"});
    }
    std::ranges::sort(out_.files,
                      [](const File& a, const File& b) { return renpy::loads_before(a.file, b.file); });
    std::ranges::sort(out_.diagnostics, [](const Diagnostic& a, const Diagnostic& b) {
      if (a.file != b.file) return renpy::loads_before(a.file, b.file);
      return std::tie(a.line, a.column, a.id, a.message) < std::tie(b.line, b.column, b.id, b.message);
    });
  }

  void counts() {
    auto& c = out_.counts;
    c.files = static_cast<std::int64_t>(out_.files.size());
    c.labels = static_cast<std::int64_t>(out_.labels.size());
    c.reachable_labels = std::ranges::count(out_.labels, true, &Label::reachable);
    c.paths = static_cast<std::int64_t>(out_.paths.size());
    std::unordered_set<std::string_view> endings;
    for (const auto& path : out_.paths) endings.insert(path.ending);
    c.endings = static_cast<std::int64_t>(endings.size());
    c.errors = std::ranges::count(out_.diagnostics, "error", &Diagnostic::severity);
    c.warnings = std::ranges::count(out_.diagnostics, "warn", &Diagnostic::severity);
  }

  const Story& story_;
  const Names& names_;
  Telling telling_;
  std::vector<File> unreadable_;
  std::vector<std::int64_t> at_label_;  // per statement: index into out_.labels, -1: no label
  Stats2 out_;
};

}  // namespace

Stats2 report(const Story& story, const Names& names, std::vector<File> unreadable) {
  return Reporter(story, names, std::move(unreadable)).run();
}

}  // namespace bpyd::analysis
