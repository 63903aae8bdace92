// SPDX-License-Identifier: MIT
// A project's scripts, parsed in Ren'Py's load order; each is parsed again only when it changed.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/stats2.hpp"
#include "bpyd/renpy/ast.hpp"
#include "names.hpp"

namespace bpyd::analysis {

struct Parsed {
  std::vector<std::shared_ptr<const renpy::ParsedFile>> files;  // load order
  std::vector<File> unreadable;
  Names names;  // of all files
};

/// Thread: one call at a time.
class Scripts {
 public:
  Parsed parse(std::span<const SourceFile> files);
  /// Files that the last call did not have already.
  [[nodiscard]] std::size_t parsed_last_time() const { return parsed_; }

 private:
  struct Kept {
    std::shared_ptr<const std::string> text;
    std::uint64_t statements = 0;  // which creator-defined ones were known
    std::shared_ptr<const renpy::ParsedFile> parsed;
    Names names;
  };
  const Kept& parse_one(const SourceFile& file, const std::vector<renpy::CustomStatement>& custom,
                        std::uint64_t statements);

  std::unordered_map<std::string, Kept> kept_;
  std::size_t parsed_ = 0;
};

}  // namespace bpyd::analysis
