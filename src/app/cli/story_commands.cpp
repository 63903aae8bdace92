// SPDX-License-Identifier: MIT
// The middle of the daemon alone: read a story, say what is in it.
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "bpyd/io/source_tree.hpp"
#include "cli.hpp"

namespace bpyd::app::cli {
namespace {

Result<analysis::Stats2> read_story(const std::filesystem::path& root) {
  auto opened = io::ProjectRoot::open(root);
  if (!opened) return std::unexpected(opened.error());
  io::SourceTree tree(*std::move(opened));
  auto scanned = tree.scan({});
  if (!scanned) return std::unexpected(scanned.error());
  std::vector<analysis::SourceFile> files;
  for (auto& file : *scanned) files.push_back({std::move(file.file), std::move(file.text), std::move(file.problem)});
  return analysis::Analyzer().analyze(files);
}

Result<void> write_report(const std::filesystem::path& root, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directory(root / ".branchpy", error);
  return io::write_atomically(root / ".branchpy" / "stats2.json", text, 0644);
}

void print_summary(const analysis::Stats2& stats) {
  const auto& counts = stats.counts;
  std::cout << (stats.title.empty() ? "(no title)" : stats.title) << ": " << counts.files << " files, " << counts.labels << " labels, "
            << counts.menus << " menus with " << counts.choices << " choices, " << counts.jumps << " jumps, " << counts.calls << " calls, "
            << counts.words << " words, " << stats.paths.size() << " paths" << (stats.truncated ? " (cut)" : "") << "\n";
  for (const auto& found : stats.diagnostics) {
    std::cout << found.file << ":" << found.line << ":" << found.column << ": " << found.severity << ": " << found.message << " [" << found.id << "]\n";
    if (!found.suggestion.empty()) std::cout << "    " << found.suggestion << "\n";
  }
}

}  // namespace

int analyze(const Common& common, const std::filesystem::path& root, bool write) {
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  const auto text = analysis::stats2_to_json(*stats);
  if (common.json) std::cout << text;
  else print_summary(*stats);
  if (!write) return kExitOk;
  if (const auto ok = write_report(root, text); !ok) return report(common, ok.error());
  return kExitOk;
}

int paths(const Common& common, const std::filesystem::path& root) {
  const auto stats = read_story(root);
  if (!stats) return report(common, stats.error());
  if (common.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& path : stats->paths) {
      std::vector<std::string> choices;
      for (const auto& choice : path.choices) choices.push_back(choice.text);
      list.push_back({{"id", path.id}, {"key", path.key}, {"title", path.title}, {"ending", path.ending}, {"ending_kind", path.ending_kind},
                      {"labels", path.labels}, {"choices", choices}, {"words", path.words}});
    }
    std::cout << dump_json({{"path_count", stats->paths.size()}, {"paths", std::move(list)}}, 1) << "\n";
    return kExitOk;
  }
  for (const auto& path : stats->paths) {
    std::cout << path.id << "  " << path.title << "  (" << path.choices.size() << " choices, " << path.words << " words)\n";
    std::cout << "      " << join(path.labels, " → ") << "\n";
  }
  if (stats->paths.empty()) std::cout << "No paths: the story has no label to start at\n";
  return kExitOk;
}

}  // namespace bpyd::app::cli
