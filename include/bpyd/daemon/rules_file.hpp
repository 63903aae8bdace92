// SPDX-License-Identifier: MIT
// Where a project keeps its governance rules.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "bpyd/analysis/governance.hpp"

namespace bpyd::daemon {

/// Below a project's root.
inline constexpr std::string_view kRulesFile = ".branchpy/governance.json";
inline constexpr std::size_t kMostRulesBytes = 1U << 20U;

/// Nothing when there is no such file: default_rules() hold. Fails with bad_rules, unreadable,
/// outside_project, project_not_found. Thread: any, and it reads a file.
Result<std::optional<analysis::Rules>> read_rules(const std::filesystem::path& root);
/// Writes the text whole or not at all, and makes .branchpy when it is missing. disk_full;
/// outside_project when .branchpy is a link.
Result<void> write_rules(const std::filesystem::path& root, std::string_view text);
/// "2026-11-22", in UTC: the day that waivers go by.
std::string today();

}  // namespace bpyd::daemon
