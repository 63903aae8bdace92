// SPDX-License-Identifier: MIT
// A project's story as git keeps it.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "bpyd/daemon/projects.hpp"

namespace bpyd::daemon {

/// The full name of the commit a revision means now. Fails as io::commit_at. Thread: worker.
Result<std::string> commit_of(const std::filesystem::path& root, const std::string& revision, const std::stop_token& stop);
/// The story at a commit, read and analysed. Fails as io::scripts_at. Thread: worker.
Result<std::shared_ptr<const Snapshot>> story_at(const std::filesystem::path& root, const std::string& commit, const std::stop_token& stop);

}  // namespace bpyd::daemon
