// SPDX-License-Identifier: MIT
#include "file_report.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "reading.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

constexpr std::size_t kValue = 200;  // characters shown of an expression

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
    for (std::size_t i = 0; i < part_.labels.size(); ++i)
      at_label_[part_.labels[i].node] = static_cast<std::int64_t>(i);
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

  void statements(Counts& counts, std::vector<Menu>& menus, std::vector<Edge>& edges,
                  std::vector<Variable>& variables, std::string& title) {
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
      Choice choice{std::string(item.text),
                    item.condition == "True" ? std::string() : std::string(item.condition),
                    item.line,
                    target_of(item.block),
                    {}};
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
      edges.push_back({"falls_through",
                       owner_name(owner),
                       owner_name(to),
                       parsed_.file,
                       parsed_.nodes[n].line,
                       {},
                       false,
                       false});
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

}  // namespace

FileLists file_lists(const StoryBook& book, std::uint32_t file) {
  FileReport report(book, file);
  FileLists out;
  report.labels(out.labels);
  report.statements(out.counts, out.menus, out.edges, out.variables, out.title);
  out.file = report.file(out.counts, out.reading);
  return out;
}

}  // namespace bpyd::analysis
