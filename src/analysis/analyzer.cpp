// SPDX-License-Identifier: MIT
// Files to parsed files (kept by content), parsed files to a story, the story to stats2.
#include "bpyd/analysis/analyzer.hpp"

#include <algorithm>
#include <unordered_map>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/parser.hpp"
#include "bpyd/renpy/story.hpp"
#include "report.hpp"

namespace bpyd::analysis {

struct Analyzer::Impl {
  struct Kept {
    std::shared_ptr<const std::string> text;
    std::uint64_t statements = 0;  // which creator-defined ones were known
    std::shared_ptr<const renpy::ParsedFile> parsed;
  };
  std::unordered_map<std::string, Kept> kept;
  std::size_t parsed = 0;

  std::shared_ptr<const renpy::ParsedFile> parse(const SourceFile& file,
                                                 const std::vector<renpy::CustomStatement>& custom,
                                                 std::uint64_t statements) {
    auto& old = kept[file.file];
    const bool same =
        old.parsed && old.statements == statements && (old.text == file.text || *old.text == *file.text);
    if (!same) {
      old = {file.text, statements, renpy::parse_script(file.file, file.text, custom)};
      ++parsed;
    }
    return old.parsed;
  }
};

namespace {

/// A number that differs when files would be parsed differently.
std::uint64_t fingerprint(const renpy::CustomStatement& statement, std::uint64_t before) {
  const std::string text = statement.name + "/" + std::to_string(static_cast<int>(statement.block)) +
                           (statement.init ? "i" : "") + (statement.has_next ? "n" : "") +
                           (statement.has_post ? "p" : "");
  return fnv1a(text, before);
}

}  // namespace

Analyzer::Analyzer() : impl_(std::make_unique<Impl>()) {}
Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

std::size_t Analyzer::parsed_last_time() const { return impl_->parsed; }

Stats2 Analyzer::analyze(std::span<const SourceFile> files) {
  impl_->parsed = 0;
  std::vector<const SourceFile*> ordered;
  for (const auto& file : files) {
    if (file.file.ends_with(".rpy")) ordered.push_back(&file);
  }
  std::ranges::sort(ordered,
                    [](const auto* a, const auto* b) { return renpy::loads_before(a->file, b->file); });
  std::vector<std::shared_ptr<const renpy::ParsedFile>> parsed;
  std::vector<File> unreadable;
  std::vector<renpy::CustomStatement> custom;
  std::uint64_t statements = fnv1a("");
  for (const auto* file : ordered) {
    if (!file->text) {
      unreadable.push_back({file->file, 0, 0, 0, file->problem.empty() ? "cannot be read" : file->problem});
      continue;
    }
    parsed.push_back(impl_->parse(*file, custom, statements));
    for (const auto& statement : parsed.back()->registers) {
      custom.push_back(statement);
      statements = fingerprint(statement, statements);
    }
  }
  std::erase_if(impl_->kept, [&](const auto& entry) {
    return std::ranges::none_of(parsed, [&](const auto& file) { return file == entry.second.parsed; });
  });
  const auto story = renpy::build_story(std::move(parsed));
  return report(*story, std::move(unreadable));
}

}  // namespace bpyd::analysis
