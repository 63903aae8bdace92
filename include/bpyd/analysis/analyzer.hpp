// SPDX-License-Identifier: MIT
// Scripts in, stats2 out: parse, story graph, paths, diagnostics.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::analysis {

/// One script as the caller found it. Bytes as on disk: BOM, CRLF and Latin-1 are dealt with here.
struct SourceFile {
  std::string file;                         // relative to the project's root, "game/script.rpy"
  std::shared_ptr<const std::string> text;  // null: unreadable
  std::string problem;                      // why unreadable, in words; empty otherwise
};

/// Thread: worker, one call at a time. Keeps parsed files by content between calls, so that a
/// save costs the parse of one file. Never fails: what is wrong with the story is a diagnostic.
class Analyzer {
 public:
  Analyzer();
  ~Analyzer();
  Analyzer(Analyzer&&) noexcept;
  Analyzer& operator=(Analyzer&&) noexcept;

  /// Files in any order; those that are not .rpy are ignored. `resources`: the other files below game/
  /// that can bring images, in any order that stays the same (io::SourceTree::resources()); without
  /// them nothing is said about images.
  Stats2 analyze(std::span<const SourceFile> files,
                 std::optional<std::span<const std::string>> resources = std::nullopt);

  /// Files parsed (not taken from the cache) by the last analyze().
  [[nodiscard]] std::size_t parsed_last_time() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bpyd::analysis
