// SPDX-License-Identifier: MIT
// The middle of the daemon alone: read a story, say what is in it.
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/facts.hpp"
#include "bpyd/analysis/flow.hpp"
#include "bpyd/analysis/search.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "cli.hpp"
#include "scripts.hpp"

namespace bpyd::app::cli {
namespace {

Result<analysis::Stats2> read_story(const std::filesystem::path& root) {
  const auto sources = read_sources(root);
  if (!sources) return std::unexpected(sources.error());
  return analysis::Analyzer().analyze(sources->scripts, sources->resources);
}

Result<void> write_report(const std::filesystem::path& root, const std::string& text) {
  return io::write_in_project(root, "stats2.json", text);
}

template <class L>
void print_faults(std::ostream& out, const L& faults) {
  for (const auto& found : faults) {
    out << found.file << ":" << found.line << ":" << found.column << ": " << found.severity << ": "
        << found.message << " [" << found.id << "]\n";
    if (!found.suggestion.empty()) out << "    " << found.suggestion << "\n";
  }
}

void print_summary(const analysis::Stats2& stats) {
  const auto& counts = stats.counts;
  std::cout << (stats.title.empty() ? "(no title)" : stats.title) << ": " << counts.files << " files, "
            << counts.labels << " labels, " << counts.menus << " menus with " << counts.choices
            << " choices, " << counts.jumps << " jumps, " << counts.calls << " calls, " << counts.words
            << " words, " << stats.paths.size() << " paths" << (stats.truncated ? " (cut)" : "") << "\n";
  print_faults(std::cout, stats.diagnostics);
}

}  // namespace

int analyze(const Common& common, const std::filesystem::path& root, bool write) {
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  const auto text = common.json || write ? analysis::stats2_to_json(*stats) : std::string();
  if (common.json)
    std::cout << text;
  else
    print_summary(*stats);
  if (!write) return kExitOk;
  if (const auto ok = write_report(root, text); !ok) return report(common, ok.error());
  return kExitOk;
}

namespace {

void print_paths_json(const analysis::Stats2& stats, const analysis::PathList& paths, bool more) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto path = paths.tell(i);
    std::vector<std::string> choices;
    for (const auto& choice : path.choices) choices.push_back(choice.text);
    list.push_back({{"id", path.id},
                    {"key", path.key},
                    {"title", path.title},
                    {"ending", path.ending},
                    {"ending_kind", path.ending_kind},
                    {"labels", path.labels},
                    {"choices", choices},
                    {"words", path.words},
                    {"seconds", path.seconds}});
  }
  std::cout << dump_json({{"path_count", paths.size()},
                          {"more", more},
                          {"play_throughs", stats.counts.play_throughs},
                          {"paths", std::move(list)}},
                         1)
            << "\n";
}

void print_paths_text(const analysis::PathList& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto path = paths.tell(i);
    std::cout << path.id << "  " << path.title << "  (" << path.choices.size() << " choices, " << path.words
              << " words)\n";
    std::cout << "      " << join(path.labels, " → ") << "\n";
  }
}

/// Any path through labels or to a line, instead of those that show everything.
int search_paths(const Common& common, const analysis::Stats2& stats, const PathChoice& chosen) {
  auto search = analysis::search_from(chosen.through, chosen.to);
  if (!search) return report(common, search.error(), kExitUsage);
  if (chosen.limit < 0 || chosen.limit > 1000 || chosen.offset < 0)
    return report(common, {Code::bad_value, "--limit must be 1 to 1000 and --offset at least 0", ""},
                  kExitUsage);
  search->offset = static_cast<std::size_t>(chosen.offset);
  search->limit = chosen.limit == 0 ? 20 : static_cast<std::size_t>(chosen.limit);
  const auto found = analysis::find_paths(stats, *search);
  if (!found) return report(common, found.error());
  if (common.json) {
    print_paths_json(stats, found->paths, found->more || found->gave_up);
    return kExitOk;
  }
  print_paths_text(found->paths);
  if (found->paths.empty()) std::cout << "No path leads there\n";
  if (found->more)
    std::cout << "There are more: --offset " << chosen.offset + static_cast<std::int64_t>(search->limit)
              << "\n";
  if (found->gave_up) std::cout << "There may be more: looking for them takes too long\n";
  return kExitOk;
}

std::string at(const std::string& file, std::int64_t line) { return file + ":" + std::to_string(line); }

}  // namespace

int paths(const Common& common, const std::filesystem::path& root, const PathChoice& chosen) {
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  if (!chosen.through.empty() || !chosen.to.empty()) return search_paths(common, *stats, chosen);
  if (common.json) {
    print_paths_json(*stats, stats->paths, stats->truncated);
    return kExitOk;
  }
  print_paths_text(stats->paths);
  if (!stats->paths.empty()) {
    std::cout << stats->paths.size() << " paths show every choice and branch that can be reached"
              << (stats->counts.play_throughs.empty()
                      ? ""
                      : "; there are " + stats->counts.play_throughs + " ways to play")
              << "\n";
  }
  if (stats->paths.empty()) std::cout << "No paths: the story has no label to start at\n";
  return kExitOk;
}

int needs(const Common& common, const std::filesystem::path& root, const std::string& place) {
  const auto where = analysis::place_from(place);
  if (!where) return report(common, where.error(), kExitUsage);
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  const auto found = analysis::requirements(*stats, *where);
  if (!found) return report(common, found.error());
  if (common.json) {
    const auto taken = [](const auto& rows) {
      nlohmann::ordered_json list = nlohmann::ordered_json::array();
      for (const auto& row : rows)
        list.push_back({{"text", row.text}, {"label", row.label}, {"file", row.file}, {"line", row.line}});
      return list;
    };
    nlohmann::ordered_json asked = nlohmann::ordered_json::array();
    for (const auto& need : found->needs) {
      nlohmann::ordered_json setters = nlohmann::ordered_json::array();
      for (const auto& made : need.setters)
        setters.push_back({{"file", made.file},
                           {"line", made.line},
                           {"label", made.label},
                           {"op", made.op},
                           {"expression", made.expression}});
      asked.push_back(
          {{"condition", need.condition}, {"variable", need.variable}, {"setters", std::move(setters)}});
    }
    std::cout << dump_json({{"label", found->label},
                            {"file", found->file},
                            {"line", found->line},
                            {"reachable", found->reachable},
                            {"never", found->never},
                            {"choices", taken(found->choices)},
                            {"conditions", taken(found->conditions)},
                            {"needs", std::move(asked)}},
                           1)
              << "\n";
    return kExitOk;
  }
  std::cout << at(found->file, found->line) << (found->label.empty() ? "" : " in label " + found->label)
            << "\n";
  if (!found->never.empty()) std::cout << "  nobody can see it: " << found->never << "\n";
  for (const auto& choice : found->choices)
    std::cout << "  after the choice \"" << choice.text << "\" (" << at(choice.file, choice.line) << ")\n";
  for (const auto& condition : found->conditions)
    std::cout << "  when " << condition.text << " (" << at(condition.file, condition.line) << ")\n";
  for (const auto& need : found->needs) {
    for (const auto& made : need.setters)
      std::cout << "    " << need.variable << " " << made.op << " " << made.expression << " ("
                << at(made.file, made.line) << ")\n";
  }
  if (found->reachable && found->choices.empty() && found->conditions.empty())
    std::cout << "  every player comes by\n";
  return kExitOk;
}

int facts(const Common& common, const std::filesystem::path& root) {
  const auto sources = read_sources(root);
  if (!sources) return report(common, sources.error());
  print_faults(std::cerr,
               analysis::facts(sources->scripts, [](std::string_view row) { std::cout << row << '\n'; }));
  return kExitOk;
}

int flow(const Common& common, const std::filesystem::path& root) {
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  std::cout << analysis::flow(*stats);
  return kExitOk;
}

}  // namespace bpyd::app::cli
