// SPDX-License-Identifier: MIT
// Links below a root: followed while they stay below it (what leads out could not be read either,
// R11), and never in a circle.
#pragma once

#include <filesystem>
#include <string>

#include "bpyd/io/files.hpp"

namespace bpyd::io {

/// Opens the target (O_PATH) of `path` when it is below the root; else an empty descriptor with errno.
Descriptor open_link(const std::filesystem::path& root, const std::string& path, int flags);

/// May the linked folder at `path` be entered? Not when its target is one of the folders above it,
/// and not below more than three links: a few folders that link to each other would make thousands.
bool may_enter_link(const std::filesystem::path& root, const std::string& path);

}  // namespace bpyd::io
