// SPDX-License-Identifier: MIT
// The whole story for other people's tools: Graphviz, Mermaid.
#include "map_cards.hpp"
#include "quoting.hpp"

namespace bpyd::analysis {

namespace {

constexpr std::size_t kName = 80, kWords = 60, kChoice = 60;  // characters shown

std::string number(std::string_view prefix, std::int64_t n) {
  return std::string(prefix) + std::to_string(n);
}

std::string_view pin_text(const StoryMap& map, const MapEdge& edge) {
  if (edge.pin < 0) return {};
  return map.labels[static_cast<std::size_t>(edge.from)].pins[static_cast<std::size_t>(edge.pin)].text;
}

/// Calls each(file, its labels' numbers); what is planned stands in the file that asks for it.
void each_ground(const Cards& cards, auto&& each) {
  std::vector<std::vector<std::int64_t>> members(cards.map.files.size());
  for (std::size_t i = 0; i < cards.ground.size(); ++i)
    members[cards.ground[i]].push_back(static_cast<std::int64_t>(i));
  for (std::size_t f = 0; f < members.size(); ++f) each(static_cast<std::int64_t>(f), members[f]);
}

std::string dot_node(const MapLabel& label) {
  auto text = quoted_text(label.name, kName, kGraphvizEntity);
  if (!label.text.empty()) text += "\\n" + quoted_text(label.text, kWords, kGraphvizEntity);
  std::string out = "[label=\"" + text + "\"";
  if (label.kind == "planned") out += ", style=dashed";
  if (label.kind != "planned" && !label.reachable) out += ", color=gray, fontcolor=gray";
  if (label.entry) out += ", penwidth=2";
  if (label.ending) out += ", peripheries=2";
  return out + "]";
}

std::string dot_edge(std::string_view kind, std::string_view choice) {
  std::string out;
  if (!choice.empty()) out = "label=\"" + quoted_text(choice, kChoice, kGraphvizEntity) + "\"";
  const std::string_view style = kind == "call"                         ? "style=dashed, arrowhead=empty"
                                 : kind == "falls_through"              ? "style=bold"
                                 : kind == "screen" || kind == "python" ? "style=dotted"
                                                                        : "";
  if (!style.empty()) out.append(out.empty() ? "" : ", ").append(style);
  return out.empty() ? out : " [" + out + "]";
}

}  // namespace

std::string dot_of(const Stats2& stats) {
  const auto cards = cards_of(stats, nullptr);
  const auto& map = cards.map;
  std::string out =
      "digraph story {\n  node [shape=box, fontname=\"sans-serif\"];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  each_ground(cards, [&](std::int64_t f, const std::vector<std::int64_t>& labels) {
    const auto& file = map.files[static_cast<std::size_t>(f)].file;
    out += number("  subgraph cluster_", f) + " {\n    label=\"" + quoted_text(file, kName, kGraphvizEntity) +
           "\";\n";
    for (const auto label : labels)
      out += number("    n", label) + " " + dot_node(map.labels[static_cast<std::size_t>(label)]) + ";\n";
    out += "  }\n";
  });
  for (const auto& edge : map.edges) {
    out += number("  n", edge.from) + number(" -> n", edge.to) + dot_edge(edge.kind, pin_text(map, edge)) +
           ";\n";
  }
  return out + "}\n";
}

Result<std::string> mermaid_of_story(const Stats2& stats, std::size_t max_nodes) {
  const auto cards = cards_of(stats, nullptr);
  const auto& map = cards.map;
  if (map.labels.size() > max_nodes) {
    return fail(Code::too_large_for_form, "The story has " + std::to_string(map.labels.size()) +
                                              " labels; a drawing holds at most " +
                                              std::to_string(max_nodes));
  }
  std::string out = "flowchart TD\n";
  each_ground(cards, [&](std::int64_t f, const std::vector<std::int64_t>& labels) {
    out += number("  subgraph f", f) + "[\"" +
           quoted_text(map.files[static_cast<std::size_t>(f)].file, kName) + "\"]\n";
    for (const auto at : labels) {
      const auto& label = map.labels[static_cast<std::size_t>(at)];
      auto text = quoted_text(label.name, kName);
      if (!label.text.empty()) text += "<br/>" + quoted_text(label.text, kWords);
      out += number("    n", at) + (label.ending ? "([\"" + text + "\"])" : "[\"" + text + "\"]");
      out += label.kind == "planned" ? ":::planned\n" : label.reachable ? "\n" : ":::nowhere\n";
    }
    out += "  end\n";
  });
  for (const auto& edge : map.edges) {
    const auto choice = pin_text(map, edge);
    const bool loose = edge.kind == "call" || edge.kind == "screen" || edge.kind == "python";
    out += number("  n", edge.from) + (loose ? " -.->" : " -->");
    if (!choice.empty()) out += "|\"" + quoted_text(choice, kChoice) + "\"|";
    out += number(" n", edge.to) + "\n";
  }
  return out + "  classDef planned stroke-dasharray:5 5\n  classDef nowhere opacity:0.5\n";
}

}  // namespace bpyd::analysis
