// SPDX-License-Identifier: MIT
#include "map_layers.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "map_order.hpp"

namespace bpyd::analysis {

namespace {

constexpr double kAspect = 1.6;
constexpr std::int64_t kMostColumns = 64;
constexpr std::int64_t kFoldFrom = 900;         // lower ones are never folded
constexpr std::int64_t kTallest = 2400;         // a column
constexpr std::size_t kFewest = 3, kMost = 12;  // cards of a row

struct Row {
  Numbers cards;
  std::int64_t height = 0;
  std::int32_t column = 0;
};

class Layering {
 public:
  Layering(const Shape& shape, const Layout* before, Room room)
      : shape_(shape),
        room_(room),
        count_(shape.heights.size()),
        ways_(forward(shape)),
        above_(count_, ways_, true),
        below_(count_, ways_, false),
        layout_(std::make_shared<Layout>()) {
    layout_->print = shape.print();
    layout_->places.resize(count_);
    for (std::uint32_t card = 0; card < count_; ++card) layout_->by_name.emplace(shape.names[card], card);
    remember(before);
  }

  std::shared_ptr<const Layout> run() {
    if (count_ == 0) return std::move(layout_);
    layers_ = ordered_layers(above_, below_, was_, *layout_);
    if (per_row_ != 0) {
      if (as_before(false) || as_before(true) || squeeze()) return std::move(layout_);
    }
    afresh();
    return std::move(layout_);
  }

 private:
  using Place = Layout::Place;

  static std::vector<std::pair<std::uint32_t, std::uint32_t>> forward(const Shape& shape) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
    for (const auto& way : shape.ways) {
      if (way.first < way.second) out.push_back(way);
    }
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
  }

  void remember(const Layout* before) {
    was_.resize(count_, nullptr);
    if (before == nullptr) return;
    per_row_ = before->per_row;
    tallest_ = before->height;
    limits_ = before->per_row_of;
    for (std::uint32_t card = 0; card < count_; ++card) {
      const auto found = before->by_name.find(shape_.names[card]);
      if (found != before->by_name.end() && layout_->by_name[shape_.names[card]] == card)
        was_[card] = &before->places[found->second];
    }
  }

  /// Layers as rows of at most per_row_ cards.
  void rows() {
    rows_.clear();
    for (const auto& cards : layers_) cut(cards, per_row_, 0);
  }
  void cut(const Numbers& cards, std::size_t most, std::int32_t column) {
    const auto pieces = (cards.size() + most - 1) / most;
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      Row row;
      row.cards.assign(cards.begin() + static_cast<std::ptrdiff_t>(cards.size() * piece / pieces),
                       cards.begin() + static_cast<std::ptrdiff_t>(cards.size() * (piece + 1) / pieces));
      for (const auto card : row.cards) row.height = std::max(row.height, shape_.heights[card]);
      row.column = column;
      rows_.push_back(std::move(row));
    }
  }

  /// Columns begin where they began. `narrow`: and are no wider than they were.
  bool as_before(bool narrow) {
    std::int32_t column = 0;
    rows_.clear();
    for (const auto& cards : layers_) {
      const auto known = std::ranges::find_if(cards, [this](auto card) { return was_[card] != nullptr; });
      if (known != cards.end()) column = std::max(column, was_[*known]->column);
      const auto first = rows_.size();
      cut(cards, narrow ? limits_[static_cast<std::size_t>(column)] : per_row_, column);
      for (auto row = first; row < rows_.size(); ++row) {  // a layer may go on in the next column
        for (const auto card : rows_[row].cards) {
          if (was_[card] == nullptr) continue;
          column = std::max(column, was_[card]->column);
          break;
        }
        rows_[row].column = column;
      }
    }
    place(true);
    return fits();
  }
  std::int32_t fold(std::int64_t tallest) {
    std::int32_t column = 0;
    std::int64_t used = 0;
    for (auto& row : rows_) {
      if (used > 0 && used + row.height > tallest) {
        ++column;
        used = 0;
      }
      row.column = column;
      used += row.height + kRowGap;
    }
    return column + 1;
  }

  [[nodiscard]] bool fits() const { return layout_->width <= room_.width && layout_->height <= room_.height; }
  /// Other rows and columns, but within the room: that moves this file's cards and no others. The ground
  /// grows no more than it must.
  bool squeeze() {
    constexpr std::int64_t kTries = 8;
    const auto widest = std::min((room_.width + kCardGap) / kPitch, static_cast<std::int64_t>(kMost));
    const auto from = std::min(tallest_, room_.height);
    for (std::int64_t attempt = 0; attempt <= kTries; ++attempt) {
      for (auto cards = widest; cards > 0; --cards) {
        per_row_ = static_cast<std::size_t>(cards);
        rows();
        fold(from + (room_.height - from) * attempt / kTries);
        const auto size = measure();
        if (size.width > room_.width || size.height > room_.height) continue;
        place(false);
        return true;
      }
    }
    return false;
  }

  /// The columns whose ground comes nearest to the aspect that is wanted.
  void afresh() {
    std::int64_t area = 0, total = 0, highest = 0;
    for (const auto height : shape_.heights) area += kPitch * (height + kRowGap);
    per_row_ = static_cast<std::size_t>(std::sqrt(kAspect * static_cast<double>(area)) / kPitch);
    per_row_ = std::clamp(per_row_, kFewest, kMost);
    rows();
    for (const auto& row : rows_) {
      total += row.height + kRowGap;
      highest = std::max(highest, row.height);
    }
    fold(best_fold(total, highest));
    place(false);
  }
  std::int64_t best_fold(std::int64_t total, std::int64_t highest) {
    if (total <= kFoldFrom) return total;
    std::int64_t best = total;
    double worst = 1e18;
    for (std::int64_t columns = 1; columns <= static_cast<std::int64_t>(rows_.size()); ++columns) {
      const auto tallest = std::max({total / columns + highest / 2, highest, kFoldFrom / 2});
      fold(tallest);
      const auto size = measure();
      const auto aspect = static_cast<double>(size.width) / static_cast<double>(size.height) / kAspect;
      auto fault = std::max(aspect, 1 / aspect);
      if (size.height > std::max(kTallest, highest)) fault += 1000;
      if (fault < worst) {
        worst = fault;
        best = tallest;
      }
      // Wider than it ought to be, or no column can get shorter: further ones only make it wider.
      if (aspect > 1.3 || total / columns + highest / 2 <= highest || columns == kMostColumns) break;
    }
    return best;
  }
  [[nodiscard]] Room measure() const {
    Room out;
    std::int64_t height = 0, cards = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      height += rows_[i].height + kRowGap;
      cards = std::max(cards, static_cast<std::int64_t>(rows_[i].cards.size()));
      if (i + 1 < rows_.size() && rows_[i + 1].column == rows_[i].column) continue;
      out.width += cards * kPitch - kCardGap + kColumnGap;
      out.height = std::max(out.height, height - kRowGap);
      height = cards = 0;
    }
    out.width -= kColumnGap;
    return out;
  }

  void place(bool as_before) {
    layout_->per_row = per_row_;
    layout_->width = layout_->height = 0;
    layout_->per_row_of.clear();
    std::int64_t left = 0;
    for (std::size_t begin = 0, end = 0; begin < rows_.size(); begin = end) {
      while (end < rows_.size() && rows_[end].column == rows_[begin].column) ++end;
      const auto column = std::span(rows_).subspan(begin, end - begin);
      std::size_t most = 0;
      for (const auto& row : column) most = std::max(most, row.cards.size());
      const auto width = static_cast<std::int64_t>(most) * kPitch - kCardGap;
      // Columns that are gone leave their numbers free.
      layout_->per_row_of.resize(static_cast<std::size_t>(rows_[begin].column) + 1, 1);
      layout_->per_row_of.back() = most;
      stand(column, left, width, as_before);
      layout_->width = left + width;
      left += width + kColumnGap;
    }
  }
  void stand(std::span<const Row> column, std::int64_t left, std::int64_t width, bool as_before) {
    std::int64_t top = 0;
    for (const auto& row : column) {
      for (const auto card : row.cards) {
        layout_->places[card].y = top;
        layout_->places[card].column = row.column;
      }
      middle(row, left, width);
      top += row.height + kRowGap;
      layout_->height = std::max(layout_->height, top - kRowGap);
    }
    for (const auto& row : column) wishes(row, above_, left, width, as_before);
    for (auto at = column.rbegin(); at != column.rend(); ++at) wishes(*at, below_, left, width, as_before);
    for (const auto& row : column) wishes(row, above_, left, width, as_before);
  }
  void middle(const Row& row, std::int64_t left, std::int64_t width) {
    const auto own = static_cast<std::int64_t>(row.cards.size()) * kPitch - kCardGap;
    auto x = left + (width - own) / 2;
    for (const auto card : row.cards) {
      layout_->places[card].x = x;
      x += kPitch;
    }
  }

  /// Each card as near as can be to where its neighbours in the column are, or to where it was.
  void wishes(const Row& row, const Neighbours& others, std::int64_t left, std::int64_t width,
              bool as_before) {
    std::vector<std::int64_t> wish;
    for (const auto card : row.cards) {
      std::int64_t sum = 0, count = 0;
      for (const auto other : others[card]) {
        if (layout_->places[other].column != row.column) continue;
        sum += layout_->places[other].x;
        ++count;
      }
      auto x = count == 0 ? layout_->places[card].x : sum / count;
      if (as_before && was_[card] != nullptr && was_[card]->column == row.column) x = was_[card]->x;
      wish.push_back(x);
    }
    spread(row, wish, left, left + width - kCardWidth);
  }
  /// Least squares with a pitch between neighbours: in x - i * pitch that is a rising sequence, found by
  /// pooling those that fall. Cutting it off at both ends keeps it one.
  void spread(const Row& row, const std::vector<std::int64_t>& wish, std::int64_t least, std::int64_t most) {
    struct Pool {
      std::int64_t sum, count;
      [[nodiscard]] std::int64_t mean() const { return sum / count; }
    };
    std::vector<Pool> pools;
    for (std::size_t i = 0; i < wish.size(); ++i) {
      pools.push_back({wish[i] - static_cast<std::int64_t>(i) * kPitch, 1});
      while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
        const auto last = pools.back();
        pools.pop_back();
        pools.back().sum += last.sum;
        pools.back().count += last.count;
      }
    }
    most -= (static_cast<std::int64_t>(wish.size()) - 1) * kPitch;
    std::size_t i = 0;
    for (const auto& pool : pools) {
      for (std::int64_t n = 0; n < pool.count; ++n, ++i) {
        layout_->places[row.cards[i]].x =
            std::clamp(pool.mean(), least, std::max(least, most)) + static_cast<std::int64_t>(i) * kPitch;
      }
    }
  }

  const Shape& shape_;
  Room room_;
  std::size_t count_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ways_;
  Neighbours above_, below_;
  std::shared_ptr<Layout> layout_;
  std::vector<const Place*> was_;  // by card; null: new
  std::vector<Numbers> layers_;
  std::vector<Row> rows_;
  std::size_t per_row_ = 0;
  std::int64_t tallest_ = 0;         // of before
  std::vector<std::size_t> limits_;  // of before, by column
};

}  // namespace

std::uint64_t Shape::print() const {
  std::uint64_t hash = heights.size();
  const auto add = [&hash](std::uint64_t bits) {
    hash = (hash ^ bits) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 29U;
  };
  for (const auto height : heights) add(static_cast<std::uint64_t>(height));
  for (const auto name : names) add(name);
  for (const auto& [from, to] : ways) add(std::uint64_t{from} << 32U | to);
  return hash;
}

std::shared_ptr<const Layout> layered(const Shape& shape, const Layout* before, Room room) {
  return Layering(shape, before, room).run();
}

}  // namespace bpyd::analysis
