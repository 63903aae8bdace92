// SPDX-License-Identifier: MIT
// How often each name is set, read and quoted in the scripts. By tokens, comments included; of the
// words that are said only what stands in [brackets] or is the value of a text tag. What this misses
// is never a false alarm, only a silent one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::analysis {

struct NameUse {
  std::uint32_t defined = 0;  // define, default
  std::uint32_t set = 0;      // assigned, or bound by def, class, import, for, as, global
  std::uint32_t read = 0;
  std::uint32_t quoted = 0;  // alone in quotes: SetVariable("x", 1), getattr(store, "x")
};

/// Names in the order they were first met. Views point into the files' sources.
class Names {
 public:
  using Entry = std::pair<std::string_view, NameUse>;
  using const_iterator = std::vector<Entry>::const_iterator;

  [[nodiscard]] const_iterator begin() const { return entries_.begin(); }
  [[nodiscard]] const_iterator end() const { return entries_.end(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const_iterator find(std::string_view name) const;
  NameUse& operator[](std::string_view name);

 private:
  [[nodiscard]] std::size_t slot_of(std::string_view name) const;
  void grow();

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // open addressing, a power of two: index into entries_ + 1; 0: free
};

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
