// SPDX-License-Identifier: MIT
#include <bit>
#include <unordered_map>

#include "map_cards.hpp"

namespace bpyd::analysis {

namespace {

constexpr std::size_t kColours = 63;  // endings told apart; the others share the last bit

/// Which endings each label can come to: sets that only grow, until none does.
std::vector<std::uint64_t> endings_from(const StoryMap& map) {
  std::vector<std::uint64_t> reach(map.labels.size(), 0);
  std::unordered_map<std::string_view, std::size_t> number;
  for (std::size_t i = 0; i < map.endings.size(); ++i) number.emplace(map.endings[i], std::min(i, kColours));
  std::vector<std::uint32_t> work;
  for (std::uint32_t i = 0; i < map.labels.size(); ++i) {
    if (!map.labels[i].ending) continue;
    if (const auto found = number.find(map.labels[i].name); found != number.end()) {
      reach[i] = std::uint64_t{1} << found->second;
      work.push_back(i);
    }
  }
  std::vector<std::uint32_t> begin(map.labels.size() + 1, 0), from(map.edges.size());
  for (const auto& edge : map.edges) ++begin[static_cast<std::size_t>(edge.to) + 1];
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  auto at = begin;
  for (const auto& edge : map.edges)
    from[at[static_cast<std::size_t>(edge.to)]++] = static_cast<std::uint32_t>(edge.from);
  while (!work.empty()) {
    const auto label = work.back();
    work.pop_back();
    for (auto i = begin[label]; i < begin[label + 1]; ++i) {
      const auto before = reach[from[i]];
      reach[from[i]] |= reach[label];
      if (reach[from[i]] != before) work.push_back(from[i]);
    }
  }
  return reach;
}

}  // namespace

void find_routes(StoryMap& map) {
  const auto reach = endings_from(map);
  for (std::size_t i = 0; i < map.labels.size(); ++i) {
    const bool one = std::has_single_bit(reach[i]) && std::countr_zero(reach[i]) < static_cast<int>(kColours);
    map.labels[i].route = one ? std::countr_zero(reach[i]) : -1;
  }
}

}  // namespace bpyd::analysis
