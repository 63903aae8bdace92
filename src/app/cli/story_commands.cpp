// SPDX-License-Identifier: MIT
// The middle of the daemon alone: read a story, say what is in it.
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/diff.hpp"
#include "bpyd/analysis/facts.hpp"
#include "bpyd/analysis/flow.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "bpyd/io/source_tree.hpp"
#include "cli.hpp"

namespace bpyd::app::cli {
namespace {

struct Sources {
  std::vector<analysis::SourceFile> scripts;
  std::vector<std::string> resources;
};

Result<Sources> read_sources(const std::filesystem::path& root) {
  auto opened = io::ProjectRoot::open(root);
  if (!opened) return std::unexpected(opened.error());
  io::SourceTree tree(*std::move(opened));
  auto scanned = tree.scan({});
  if (!scanned) return std::unexpected(scanned.error());
  Sources sources{{}, tree.resources()};
  for (auto& file : *scanned)
    sources.scripts.push_back({std::move(file.file), std::move(file.text), std::move(file.problem)});
  return sources;
}

Result<analysis::Stats2> read_story(const std::filesystem::path& root) {
  const auto sources = read_sources(root);
  if (!sources) return std::unexpected(sources.error());
  return analysis::Analyzer().analyze(sources->scripts, sources->resources);
}

Result<void> write_report(const std::filesystem::path& root, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directory(root / ".branchpy", error);
  return io::write_atomically(root / ".branchpy" / "stats2.json", text, 0644);
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

int paths(const Common& common, const std::filesystem::path& root) {
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  if (common.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < stats->paths.size(); ++i) {
      const auto path = stats->paths.tell(i);
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
    std::cout << dump_json({{"path_count", stats->paths.size()},
                            {"play_throughs", stats->counts.play_throughs},
                            {"paths", std::move(list)}},
                           1)
              << "\n";
    return kExitOk;
  }
  for (std::size_t i = 0; i < stats->paths.size(); ++i) {
    const auto path = stats->paths.tell(i);
    std::cout << path.id << "  " << path.title << "  (" << path.choices.size() << " choices, " << path.words
              << " words)\n";
    std::cout << "      " << join(path.labels, " → ") << "\n";
  }
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

int facts(const Common& common, const std::filesystem::path& root) {
  const auto sources = read_sources(root);
  if (!sources) return report(common, sources.error());
  print_faults(std::cerr, analysis::facts(sources->scripts, [](std::string_view row) { std::cout << row << '\n'; }));
  return kExitOk;
}

int diff(const Common& common, const std::filesystem::path& before, const std::filesystem::path& after) {
  const auto old_story = read_story(before);
  if (!old_story) return report(common, old_story.error());
  const auto new_story = read_story(after);
  if (!new_story) return report(common, new_story.error());
  const auto changes = analysis::diff(*old_story, *new_story);
  if (common.json) {
    std::cout << dump_json({{"changed", !changes.empty()}, {"summary", changes.summary}}, 1) << "\n";
    return kExitOk;
  }
  for (const auto& line : changes.summary) std::cout << line << "\n";
  if (changes.empty()) std::cout << "The story is the same\n";
  return kExitOk;
}

int flow(const Common& common, const std::filesystem::path& root) {
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  std::cout << analysis::flow(*stats);
  return kExitOk;
}

}  // namespace bpyd::app::cli
