// SPDX-License-Identifier: MIT
// `bpyd check PATH`: a story held against its rules, for build servers.
#include <fstream>
#include <iostream>

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/rules_file.hpp"
#include "bpyd/io/files.hpp"
#include "check_formats.hpp"
#include "cli.hpp"
#include "scripts.hpp"

namespace bpyd::app::cli {
namespace {


/// Those of --rules, else the project's, else the shipped ones.
Result<analysis::Rules> rules_for(const CheckOptions& options) {
  if (!options.rules.empty()) {
    const auto text = io::read_file(options.rules, daemon::kMostRulesBytes);
    if (!text) return std::unexpected(text.error());
    return analysis::rules_from_json(*text);
  }
  auto own = daemon::read_rules(options.project);
  if (!own) return std::unexpected(own.error());
  return *own ? **std::move(own) : analysis::default_rules();
}

Result<Checked> look(const CheckOptions& options) {
  Checked checked;
  auto sources = read_sources(options.project);
  if (!sources) return std::unexpected(sources.error());
  auto rules = rules_for(options);
  if (!rules) {
    const auto file = options.rules.empty() ? (std::filesystem::path(options.project) / daemon::kRulesFile).string() : options.rules;
    if (rules.error().code == Code::bad_rules) rules.error().message = printable_utf8(file) + ": " + rules.error().message;
    return std::unexpected(rules.error());
  }
  checked.rules = *std::move(rules);
  if (!options.fail_on.empty()) checked.rules.fail_on = options.fail_on;
  const auto stats = analysis::Analyzer().analyze(sources->scripts, sources->resources);
  std::error_code ignored;
  checked.root = printable_utf8(std::filesystem::absolute(options.project, ignored).string());
  checked.title = stats.title;
  if (!stats.files.empty()) checked.first_script = stats.files.front().file;
  checked.evaluation = analysis::evaluate(stats, checked.rules, daemon::today());
  return checked;
}

std::string written(const Checked& checked, const std::string& format) {
  if (format == "json") return as_json(checked);
  if (format == "junit") return as_junit(checked);
  if (format == "sarif") return as_sarif(checked);
  return as_text(checked);
}

/// Whole or not at all; a device, a pipe or what a link leads to is written as it is.
Result<void> write(const std::string& file, const std::string& text) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(file, error);
  if (!file.empty() && (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status))) return io::write_atomically(file, text, 0644);
  std::ofstream opened;
  if (!file.empty()) opened.open(file, std::ios::binary);
  std::ostream& out = file.empty() ? std::cout : opened;
  out << text << std::flush;
  if (out) return {};
  return fail(Code::disk_full, "The report cannot be written" + (file.empty() ? std::string() : " to " + printable_utf8(file)));
}

}  // namespace

int check(const Common& common, const CheckOptions& options) {
  const auto checked = look(options);
  if (!checked) return report(common, checked.error(), kExitUsage);
  const auto text = written(*checked, !options.format.empty() ? options.format : common.json ? "json" : "text");
  if (const auto ok = write(options.output, text); !ok) return report(common, ok.error(), kExitUsage);
  return checked->evaluation.passed ? kExitOk : kExitFailed;
}

}  // namespace bpyd::app::cli
