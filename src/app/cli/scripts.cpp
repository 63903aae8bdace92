// SPDX-License-Identifier: MIT
// From io's rows to what the analyzer takes.
#include "scripts.hpp"

#include "bpyd/io/git.hpp"
#include "bpyd/io/source_tree.hpp"

namespace bpyd::app::cli {
namespace {

Result<std::vector<analysis::SourceFile>> sources_of(Result<std::vector<io::ScannedFile>> scanned) {
  if (!scanned) return std::unexpected(scanned.error());
  std::vector<analysis::SourceFile> files;
  for (auto& file : *scanned)
    files.push_back({std::move(file.file), std::move(file.text), std::move(file.problem)});
  return files;
}

}  // namespace

Result<Sources> read_sources(const std::filesystem::path& root) {
  auto opened = io::ProjectRoot::open(root);
  if (!opened) return std::unexpected(opened.error());
  io::SourceTree tree(*std::move(opened));
  auto scripts = sources_of(tree.scan({}));
  if (!scripts) return std::unexpected(scripts.error());
  return Sources{*std::move(scripts), tree.resources()};
}

Result<std::vector<analysis::SourceFile>> read_scripts(const std::filesystem::path& root) {
  auto sources = read_sources(root);
  if (!sources) return std::unexpected(sources.error());
  return std::move(sources->scripts);
}

Result<std::vector<analysis::SourceFile>> read_scripts(const std::filesystem::path& root,
                                                       const std::string& revision) {
  return sources_of(io::scripts_at(root, revision));
}

}  // namespace bpyd::app::cli
