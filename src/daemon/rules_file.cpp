// SPDX-License-Identifier: MIT
#include "bpyd/daemon/rules_file.hpp"

#include "bpyd/core/clock.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::daemon {
Result<std::optional<analysis::Rules>> read_rules(const std::filesystem::path& root) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(root / kRulesFile, error);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  const auto opened = io::ProjectRoot::open(root);
  if (!opened) return std::unexpected(opened.error());
  const auto text = opened->read(std::string(kRulesFile), kMostRulesBytes);
  if (!text && text.error().code == Code::too_large) return fail(Code::bad_rules, "/ is larger than 1 MiB");
  if (!text) return std::unexpected(text.error());
  auto rules = analysis::rules_from_json(*text);
  if (!rules) return std::unexpected(rules.error());
  return *std::move(rules);
}

Result<void> write_rules(const std::filesystem::path& root, std::string_view text) {
  return io::write_in_project(root, std::filesystem::path(kRulesFile).filename(), text);
}

std::string today() { return iso8601_now().substr(0, 10); }

}  // namespace bpyd::daemon
