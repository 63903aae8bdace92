// SPDX-License-Identifier: MIT
// Which layer each card of a ground belongs to, and in which order.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "map_layers.hpp"

namespace bpyd::analysis {

using Numbers = std::vector<std::uint32_t>;

/// For each card the others, in one piece of memory.
class Neighbours {
 public:
  Neighbours(std::size_t count, std::span<const std::pair<std::uint32_t, std::uint32_t>> ways, bool up)
      : begin_(count + 1, 0) {
    for (const auto& [a, b] : ways) ++begin_[(up ? b : a) + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    to_.resize(ways.size());
    auto at = begin_;
    for (const auto& [a, b] : ways) to_[at[up ? b : a]++] = up ? a : b;
  }
  [[nodiscard]] std::span<const std::uint32_t> operator[](std::uint32_t card) const {
    return std::span(to_).subspan(begin_[card], begin_[card + 1] - begin_[card]);
  }

 private:
  Numbers begin_, to_;
};

/// Layers, top to bottom, of cards in their order; writes both into `layout`. `was`: each card's place of
/// before, null for a new one. Pure.
std::vector<Numbers> ordered_layers(const Neighbours& above, const Neighbours& below,
                                    const std::vector<const Layout::Place*>& was, Layout& layout);

}  // namespace bpyd::analysis
