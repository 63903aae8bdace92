// SPDX-License-Identifier: MIT
// Cards and the ways between them as layers, top to bottom: where each card of one ground stands.
//
// Sugiyama's steps, with the script's own order in place of a search: a way is a forward way when it
// goes down the file, layers are longest paths over these, the order inside layers comes from
// barycentres, and then rows are wrapped, folded into columns, and moved under what leads to them.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bpyd::analysis {

constexpr std::int64_t kCardWidth = 220;
constexpr std::int64_t kCardGap = 40;    // between cards of a row
constexpr std::int64_t kRowGap = 56;     // between rows: lines need room to bend
constexpr std::int64_t kColumnGap = 80;  // between columns of a folded ground
constexpr std::int64_t kPitch = kCardWidth + kCardGap;

/// What is to be laid out: cards by number, in script order.
struct Shape {
  std::vector<std::int64_t> heights;
  std::vector<std::uint64_t> names;  // fingerprints of them
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ways;
  [[nodiscard]] std::uint64_t print() const;
};

struct Layout {
  struct Place {
    std::int64_t x = 0, y = 0;
    std::int32_t layer = 0, order = 0;  // the place in its layer
    std::int32_t column = 0;
  };
  std::uint64_t print = 0;  // of the shape
  std::vector<Place> places;
  std::int64_t width = 0, height = 0;
  std::size_t per_row = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> by_name;  // into places; the first of a name
};

struct Room {
  std::int64_t width = 0, height = 0;
};

/// `before`: cards that were there keep their order, columns and x where they can, as long as all of it
/// fits `room`; when it does not, places are sought anew (in the order of before). Deterministic, pure.
std::shared_ptr<const Layout> layered(const Shape& shape, const Layout* before = nullptr, Room room = {});

}  // namespace bpyd::analysis
