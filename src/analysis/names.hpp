// SPDX-License-Identifier: MIT
// How often each name is set, read and quoted in the scripts. By tokens, comments and dialogue
// included: what this misses is never a false alarm, only a silent one.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
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
  std::uint32_t quoted = 0;  // alone in quotes: SetVariable("x", 1), getattr(store, "x")
};

/// Names are short and many: their two ends tell nearly all apart.
struct NameHash {
  std::size_t operator()(std::string_view name) const {
    std::uint64_t begin = 0, end = 0;
    const auto size = name.size() < 8 ? name.size() : std::size_t{8};
    std::memcpy(&begin, name.data(), size);
    std::memcpy(&end, name.data() + name.size() - size, size);
    const auto mixed = (begin * 0x9E3779B97F4A7C15U) ^ (end + name.size()) * 0xC2B2AE3D27D4EB4FU;
    return mixed ^ mixed >> 32U;
  }
};

/// Views point into the files' sources.
using Names = std::unordered_map<std::string_view, NameUse, NameHash>;

/// Linear in the text. Thread: pure.
Names names_in(const renpy::ParsedFile& file);

/// The uses of all files together; files come and go. Its keys are its own: a name that nobody has any
/// more stays, with nothing counted. Thread: one at a time.
class AllNames {
 public:
  void add(const Names& names);
  void remove(const Names& names);
  [[nodiscard]] const Names& all() const { return sums_; }

 private:
  Names sums_;
  std::deque<std::string> texts_;
};

}  // namespace bpyd::analysis
