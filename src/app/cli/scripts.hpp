// SPDX-License-Identifier: MIT
// A story's scripts, from where the command line says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/core/error.hpp"

namespace bpyd::app::cli {

/// A project's folder: its scripts, and what else lies in it by name.
struct Sources {
  std::vector<analysis::SourceFile> scripts;
  std::vector<std::string> resources;
};
Result<Sources> read_sources(const std::filesystem::path& root);

/// Scripts as they lie in the project's folder.
Result<std::vector<analysis::SourceFile>> read_scripts(const std::filesystem::path& root);
/// As they were in a revision of the git repository that the project lies in.
Result<std::vector<analysis::SourceFile>> read_scripts(const std::filesystem::path& root,
                                                       const std::string& revision);

}  // namespace bpyd::app::cli
