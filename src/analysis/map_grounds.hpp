// SPDX-License-Identifier: MIT
// Where the grounds of a map's files stand: in reading order, on shelves, each with room to grow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bpyd::analysis {

constexpr std::int64_t kGroundGap = 80;
constexpr std::int64_t kTitleStrip = 44;  // at each ground's top
constexpr std::int64_t kGroundEdge = 32;  // around the cards of a ground

/// A file's place. It is larger than the ground, so that a ground that grows a little moves no other.
struct Slot {
  std::string file;
  std::int64_t x = 0, y = 0;
  std::int64_t width = 0, height = 0;
  std::size_t shelf = 0;
  bool left = false;  // the file is gone; it may come back
};

struct Grounds {
  std::vector<Slot> slots;  // reading order
  std::int64_t shelf_width = 0;

  [[nodiscard]] const Slot* find(const std::string& file) const;
  /// How large a ground may become without moving others.
  [[nodiscard]] std::int64_t height_of_shelf(std::size_t shelf) const;
};

struct Ground {
  std::string file;
  std::int64_t width = 0, height = 0;
};

/// `grounds` in reading order. What stood before the first ground that no longer fits stays where it
/// was in `before`. Deterministic, pure.
Grounds arranged(const std::vector<Ground>& grounds, const Grounds* before);

}  // namespace bpyd::analysis
