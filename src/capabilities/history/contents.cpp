// SPDX-License-Identifier: MIT
#include "contents.hpp"

#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "index.hpp"

namespace bpyd::history {
namespace {

StoredFile made(std::string_view name, std::string text) { return {std::string(name), std::make_shared<const std::string>(std::move(text)), {}}; }

}  // namespace

std::vector<StoredFile> stored_files(const daemon::Snapshot& snapshot) {
  std::vector<StoredFile> files{made(kIndex, index_of(snapshot.stats))};
  if (!snapshot.sources) {
    files.push_back(made(kReport, analysis::stats2_to_json(snapshot.stats)));
    return files;
  }
  std::string names;
  for (const auto& name : snapshot.sources->resources) names.append(name).append("\n");
  files.push_back(made(kResources, std::move(names)));
  for (const auto& file : snapshot.sources->files) files.push_back({file.file, file.text, file.problem});
  std::ranges::sort(files, {}, &StoredFile::file);
  return files;
}

Result<SnapshotPtr> story_of(std::vector<StoredFile> files, analysis::Analyzer& analyzer) {
  auto made = std::make_shared<daemon::Snapshot>();
  if (const auto report = std::ranges::find(files, kReport, &StoredFile::file); report != files.end()) {
    auto stats = analysis::stats2_from_json(*report->text);
    if (!stats) return std::unexpected(stats.error());
    made->stats = *std::move(stats);
    return made;
  }
  auto sources = std::make_shared<daemon::StorySources>();
  for (auto& file : files) {
    if (file.file == kResources) {
      sources->resources = split(*file.text, '\n');
      if (!sources->resources.empty()) sources->resources.pop_back();  // behind the last newline
    } else if (!file.file.starts_with(':')) {
      sources->files.push_back({std::move(file.file), std::move(file.text), std::move(file.problem)});
    }
  }
  made->stats = analyzer.analyze(sources->files, sources->resources);
  made->sources = std::move(sources);
  return made;
}

}  // namespace bpyd::history
