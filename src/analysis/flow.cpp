// SPDX-License-Identifier: MIT
#include "bpyd/analysis/flow.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "bpyd/core/json_fields.hpp"

namespace bpyd::analysis {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json menu_row(const Menu& menu) {
  Json row = {{"line", menu.line}, {"name", or_null(menu.name)}, {"choices", Json::array()}};
  for (const auto& choice : menu.choices) {
    row["choices"].push_back({{"text", choice.text},
                              {"condition", or_null(choice.condition)},
                              {"line", choice.line},
                              {"target", or_null(choice.target)}});
  }
  return row;
}

void add_edge(Json& label, const Edge& edge) {
  if (edge.dynamic) {
    label["dynamic"].push_back({{"kind", edge.kind}, {"expression", edge.text}, {"line", edge.line}});
  } else if (edge.kind == "jump") {
    label["jumps"].push_back({{"to", edge.to}, {"line", edge.line}, {"missing", edge.missing}});
  } else if (edge.kind == "call") {
    label["calls"].push_back(
        {{"to", edge.to}, {"line", edge.line}, {"missing", edge.missing}, {"from", or_null(edge.text)}});
  } else if (edge.kind == "falls_through") {
    label["falls_through"] = edge.to;
  }
}

}  // namespace

std::string flow(const Stats2& stats) {
  Json labels = Json::array();
  std::map<std::string_view, std::size_t> at;
  for (const auto& label : stats.labels) {
    if (label.kind == "call_from" || !at.emplace(label.name, labels.size()).second) continue;
    labels.push_back({{"name", label.name},
                      {"file", label.file},
                      {"line", label.line},
                      {"jumps", Json::array()},
                      {"calls", Json::array()},
                      {"menus", Json::array()},
                      {"falls_through", nullptr},
                      {"dynamic", Json::array()}});
  }
  for (const auto& menu : stats.menus) {
    if (const auto found = at.find(menu.label); found != at.end())
      labels[found->second]["menus"].push_back(menu_row(menu));
  }
  for (const auto& edge : stats.edges) {
    if (const auto found = at.find(edge.from); found != at.end()) add_edge(labels[found->second], edge);
  }
  return dump_json({{"labels", std::move(labels)}}, 1) + "\n";
}

}  // namespace bpyd::analysis
