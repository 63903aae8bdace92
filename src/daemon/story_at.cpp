// SPDX-License-Identifier: MIT
#include "bpyd/daemon/story_at.hpp"

#include "bpyd/io/git.hpp"

namespace bpyd::daemon {
namespace {

io::GitLimits limits(const std::stop_token& stop) {
  io::GitLimits made;
  made.stop = stop;
  return made;
}

}  // namespace

Result<std::string> commit_of(const std::filesystem::path& root, const std::string& revision, const std::stop_token& stop) {
  return io::commit_at(root, revision, limits(stop));
}

Result<std::shared_ptr<const Snapshot>> story_at(const std::filesystem::path& root, const std::string& commit, const std::stop_token& stop) {
  auto scanned = io::scripts_at(root, commit, limits(stop));
  if (!scanned) return std::unexpected(scanned.error());
  std::vector<analysis::SourceFile> files;
  for (auto& row : *scanned) files.push_back({std::move(row.file), std::move(row.text), std::move(row.problem)});
  auto made = std::make_shared<Snapshot>();
  made->stats = analysis::Analyzer().analyze(files);
  return std::shared_ptr<const Snapshot>(std::move(made));
}

}  // namespace bpyd::daemon
