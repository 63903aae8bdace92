// SPDX-License-Identifier: MIT
#include "scripts.hpp"

#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/parser.hpp"

namespace bpyd::analysis {
namespace {

/// A number that differs when files would be parsed differently.
std::uint64_t fingerprint(const renpy::CustomStatement& statement, std::uint64_t before) {
  const std::string text = statement.name + "/" + std::to_string(static_cast<int>(statement.block)) +
                           (statement.init ? "i" : "") + (statement.has_next ? "n" : "") +
                           (statement.has_post ? "p" : "") + (statement.translatable ? "t" : "");
  return fnv1a(text, before);
}

}  // namespace

const Scripts::Kept& Scripts::parse_one(const SourceFile& file,
                                        const std::vector<renpy::CustomStatement>& custom,
                                        std::uint64_t statements) {
  auto& old = kept_[file.file];
  const bool same =
      old.parsed && old.statements == statements && (old.text == file.text || *old.text == *file.text);
  if (!same) {
    old = {file.text, statements, renpy::parse_script(file.file, file.text, custom), {}};
    // A translation reads what the story reads, in words of its own: most of many games' text.
    if (!file.file.starts_with("game/tl/")) old.names = names_in(*old.parsed);
    ++parsed_;
  }
  return old;
}

Parsed Scripts::parse(std::span<const SourceFile> files) {
  parsed_ = 0;
  std::vector<const SourceFile*> ordered;
  for (const auto& file : files) {
    if (file.file.ends_with(".rpy")) ordered.push_back(&file);
  }
  std::ranges::sort(ordered,
                    [](const auto* a, const auto* b) { return renpy::loads_before(a->file, b->file); });
  Parsed out;
  std::vector<renpy::CustomStatement> custom;
  std::uint64_t statements = fnv1a("");
  for (const auto* file : ordered) {
    if (!file->text) {
      out.unreadable.push_back(
          {file->file, 0, 0, 0, file->problem.empty() ? "cannot be read" : file->problem});
      continue;
    }
    const auto& kept = parse_one(*file, custom, statements);
    out.files.push_back(kept.parsed);
    add_names(out.names, kept.names);
    for (const auto& statement : out.files.back()->registers) {
      custom.push_back(statement);
      statements = fingerprint(statement, statements);
    }
  }
  std::erase_if(kept_, [&](const auto& entry) {
    return std::ranges::none_of(out.files, [&](const auto& file) { return file == entry.second.parsed; });
  });
  return out;
}

}  // namespace bpyd::analysis
