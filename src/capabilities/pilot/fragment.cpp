// SPDX-License-Identifier: MIT
// The fragment of /pilot/graph.
#include "fragment.hpp"

#include "bpyd/analysis/mermaid.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::pilot {
namespace {

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escape_html(value) + "\"";
}

std::string step_item(const analysis::Step& step) {
  return "<li" + attribute("data-kind", step.kind) + attribute("data-label", step.label) + attribute("data-file", step.file) +
         attribute("data-line", std::to_string(step.line)) + ">" + escape_html(step.text) + "</li>\n";
}

}  // namespace

std::string graph_fragment(const std::string& project, const daemon::Snapshot& snapshot, const analysis::Path& path) {
  std::string html = "<section class=\"pilot-graph\"" + attribute("data-project", project) +
                     attribute("data-path", path.id) + attribute("data-generation", std::to_string(snapshot.generation)) + ">\n";
  if (const auto mermaid = analysis::mermaid_of(snapshot.stats, path)) {
    html += "<pre class=\"mermaid\">" + escape_html(*mermaid) + "</pre>\n";
  } else {
    html += "<p class=\"too-large\"" + attribute("data-code", code_text(mermaid.error().code)) + ">" +
            escape_html(mermaid.error().message) + "</p>\n";
  }
  html += "<ol class=\"steps\">\n";
  for (const auto& step : path.steps) html += step_item(step);
  html += "</ol>\n</section>\n";
  return html;
}

}  // namespace bpyd::pilot
