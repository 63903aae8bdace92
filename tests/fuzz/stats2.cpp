// SPDX-License-Identifier: MIT
// A report that another analyzer wrote: an Error that names a pointer, or values that survive a round trip
// and everything the daemon does with a report: compares it, searches it, maps and draws it, judges it.
#include <set>

#include "bpyd/analysis/diff.hpp"
#include "bpyd/analysis/flow.hpp"
#include "bpyd/analysis/governance.hpp"
#include "bpyd/analysis/map.hpp"
#include "bpyd/analysis/mermaid.hpp"
#include "bpyd/analysis/search.hpp"
#include "bpyd/analysis/stats2.hpp"
#include "support.hpp"

using namespace bpyd::analysis;
using bpyd::fuzz::demand;

namespace {

/// Paths are told apart by their keys; another's report may have used one twice.
bool keys_differ(const Stats2& stats) {
  std::set<std::string_view> keys;
  return std::ranges::all_of(stats.paths, [&](const PathHead& path) { return keys.insert(path.key).second; });
}

void paths(const Stats2& stats) {
  for (std::size_t i = 0; i < stats.paths.size() && i < 50; ++i) {
    const auto path = stats.paths.tell(i);
    demand(path.id == stats.paths[i].id && path.key == stats.paths[i].key);
    demand(find_path(stats, path.id).has_value());
    const auto drawing = mermaid_of(stats, path);
    if (drawing) demand(!drawing->contains("<script") && !drawing->contains("%%"));
  }
}

void pictures(const Stats2& stats) {
  const auto empty = lay_out(Stats2{});
  for (const auto level : {MapLevel::labels, MapLevel::files, MapLevel::chapters}) {
    const auto map = lay_out(stats, level, &empty);
    const auto drawing = svg_of(compared(map, empty), "fuzz");
    demand(drawing.ends_with("</svg>\n") && !drawing.contains("<script"));
  }
  demand(dot_of(stats).ends_with("}\n") && flow(stats).ends_with("}\n"));
  if (const auto chart = mermaid_of_story(stats)) demand(!chart->contains("<script") && !chart->contains("%%"));
}

void questions(const Stats2& stats) {
  const Place place{stats.files.empty() ? "game/script.rpy" : stats.files[0].file, 3};
  PathSearch search;
  search.limit = 5;
  search.to.push_back(place);
  if (!stats.labels.empty()) search.through.push_back(stats.labels[0].name);
  (void)find_paths(stats, search);
  (void)requirements(stats, place);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stats = stats2_from_json(bpyd::fuzz::text_of(data, size));
  if (!stats) {
    demand(!stats.error().message.empty());
    return 0;
  }
  const auto text = stats2_to_json(*stats);
  const auto back = stats2_from_json(text);
  demand(back.has_value() && stats2_to_json(*back) == text);
  if (keys_differ(*stats)) demand(diff(*stats, *back).empty());
  demand(diff(Stats2{}, *stats).summary.size() <= 20 && diff(*stats, Stats2{}).summary.size() <= 20);
  paths(*stats);
  pictures(*stats);
  questions(*stats);
  const auto judged = evaluate(*stats, default_rules(), "2026-11-22");
  demand(judged.errors + judged.warnings + judged.infos + judged.waived == std::ssize(judged.violations));
  return 0;
}
