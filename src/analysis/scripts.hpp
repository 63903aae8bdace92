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
#include "sheet.hpp"

namespace bpyd::analysis {

struct Parsed {
  std::vector<std::shared_ptr<const Sheet>> sheets;   // load order
  std::vector<std::shared_ptr<const Sheet>> modules;  // .rpym that no code loads: read, and no more
  std::vector<File> unreadable;                       // load order
};

/// Only parsed, anew: what could be read, in load order. Thread: pure.
std::vector<std::shared_ptr<const renpy::ParsedFile>> parse_files(std::span<const SourceFile> files);

/// Many files at once are read on all processors. Thread: one call at a time.
class Scripts {
 public:
  Parsed parse(std::span<const SourceFile> files);
  /// Files that the last call did not have already.
  [[nodiscard]] std::size_t parsed_last_time() const { return parsed_; }
  /// Of all files; valid until the next call.
  [[nodiscard]] const Names& names() const { return names_.all(); }
  [[nodiscard]] std::shared_ptr<const Variables> variables() const { return variables_; }

 private:
  struct Kept {
    std::shared_ptr<const std::string> text;
    std::uint64_t statements = 0;  // which creator-defined ones were known
    std::shared_ptr<const Sheet> sheet;
  };
  struct Fresh;
  static void read(Fresh& fresh, const std::vector<renpy::CustomStatement>& custom);
  void keep(Fresh& fresh);
  void forget_others(const std::vector<Kept*>& used);

  std::unordered_map<std::string, Kept> kept_;
  std::shared_ptr<Variables> variables_ = std::make_shared<Variables>();
  AllNames names_;
  std::size_t parsed_ = 0;
};

}  // namespace bpyd::analysis
