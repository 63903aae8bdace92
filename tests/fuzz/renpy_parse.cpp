// SPDX-License-Identifier: MIT
// Hostile scripts: whatever the bytes are, analysis ends, its report survives a round trip, and
// no path's drawing holds a character that could mean something to Mermaid or to HTML.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/diff.hpp"
#include "bpyd/analysis/facts.hpp"
#include "bpyd/analysis/flow.hpp"
#include "bpyd/analysis/map.hpp"
#include "bpyd/analysis/mermaid.hpp"
#include "bpyd/analysis/search.hpp"

namespace {

using namespace bpyd::analysis;

void demand(bool holds) {
  if (!holds) std::abort();
}

/// A line "#file" starts another file.
std::vector<SourceFile> files_of(std::string_view bytes) {
  std::vector<SourceFile> files;
  while (true) {
    const auto cut = bytes.find("\n#file\n");
    files.push_back({"game/f" + std::to_string(files.size()) + ".rpy",
                     std::make_shared<const std::string>(bytes.substr(0, cut)), ""});
    if (cut == std::string_view::npos || files.size() > 8) return files;
    bytes.remove_prefix(cut + 7);
  }
}

/// Paths through a label and to a line, and what must come before it.
void ask(const Stats2& stats, std::size_t random) {
  PathSearch search;
  search.limit = 5;
  if (!stats.labels.empty()) search.through.push_back(stats.labels[random % stats.labels.size()].name);
  const Place place{"game/f0.rpy", static_cast<std::int64_t>(random % 97) + 1};
  if (random % 2 == 0) search.to.push_back(place);
  if (const auto found = find_paths(stats, search)) {
    for (std::size_t i = 0; i < found->paths.size(); ++i) demand(!found->paths.tell(i).steps.empty());
  }
  if (const auto needed = requirements(stats, place)) demand(needed->reachable || !needed->never.empty());
}

/// The map: no two cards on one another, nothing moves without a cause, and its drawings stay whole.
void map(const Stats2& before, const Stats2& stats) {
  const auto then = lay_out(before);
  const auto now = lay_out(stats, MapLevel::labels, &then);
  for (std::size_t i = 0; i < now.labels.size() && i < 60; ++i) {
    const auto& a = now.labels[i];
    for (std::size_t k = 0; k < i; ++k) {
      const auto& b = now.labels[k];
      demand(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y);
    }
  }
  const auto marked = compared(now, then);
  for (std::size_t i = 0; i < now.labels.size(); ++i)
    demand(marked.labels[i].x == now.labels[i].x && marked.labels[i].y == now.labels[i].y);
  const auto drawing = svg_of(marked, "fuzz");
  demand(drawing.ends_with("</svg>\n") && drawing.find("<script") == std::string::npos);
  demand(dot_of(stats).ends_with("}\n"));
  const auto chart = mermaid_of_story(stats);
  if (chart) demand(chart->find("<script") == std::string::npos && chart->find("%%") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Stats2 before;
  static Analyzer kept;
  Analyzer analyzer;
  const auto files = files_of({reinterpret_cast<const char*>(data), size});
  auto stats = analyzer.analyze(files);
  facts(files, [](std::string_view row) { demand(row.starts_with("{\"i\":") && row.ends_with('}')); });
  demand(flow(stats).ends_with("}\n"));
  const auto text = stats2_to_json(stats);
  // What a script of some kilobytes can say in many paths is told once; smaller reports go around.
  if (text.size() < 500'000) {
    const auto back = stats2_from_json(text);
    demand(back.has_value() && stats2_to_json(*back) == text);
    demand(stats2_to_json(kept.analyze(files)) == text);  // whatever it was given before
  }
  ask(stats, size);
  for (std::size_t i = 0; i < stats.paths.size(); ++i) {
    const auto path = stats.paths.tell(i);
    demand(find_path(stats, path.id) == i);
    demand(find_path(stats, path.key) == i);
    const auto drawing = mermaid_of(stats, path);
    if (drawing)
      demand(drawing->find("<script") == std::string::npos && drawing->find("%%") == std::string::npos);
  }
  map(before, stats);
  demand(diff(stats, stats).empty());
  demand(diff(before, stats).summary.size() <= 20);
  before = std::move(stats);
  return 0;
}
