// SPDX-License-Identifier: MIT
// How often each name is set, read and quoted in the scripts. By tokens, comments and dialogue
// included: what this misses is never a false alarm, only a silent one.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::analysis {

struct NameUse {
  std::uint32_t defined = 0;  // define, default
  std::uint32_t set = 0;      // assigned, or bound by def, class, import, for, as, global
  std::uint32_t read = 0;
  std::uint32_t quoted = 0;   // alone in quotes: SetVariable("x", 1), getattr(store, "x")
};

/// Views point into the files' sources.
using Names = std::unordered_map<std::string_view, NameUse>;

/// Linear in the text. Thread: pure.
Names names_in(const renpy::ParsedFile& file);
void add_names(Names& to, const Names& from);

}  // namespace bpyd::analysis
