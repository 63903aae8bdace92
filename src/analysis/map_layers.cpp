// SPDX-License-Identifier: MIT
#include "map_layers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>

namespace bpyd::analysis {

namespace {

constexpr double kAspect = 1.6;
constexpr std::int64_t kFoldFrom = 900;         // lower ones are never folded
constexpr std::int64_t kTallest = 2400;         // a column
constexpr std::size_t kFewest = 3, kMost = 12;  // cards of a row
constexpr int kSweeps = 4;

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
    layers();
    order();
    if (per_row_ != 0) {
      rows();
      fold_as_before();
      place(true);
      if (fits()) return std::move(layout_);
      if (squeeze()) return std::move(layout_);
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
    for (std::uint32_t card = 0; card < count_; ++card) {
      const auto found = before->by_name.find(shape_.names[card]);
      if (found != before->by_name.end() && layout_->by_name[shape_.names[card]] == card)
        was_[card] = &before->places[found->second];
    }
  }

  /// Longest paths from above; what nothing leads to stands just above the first it leads to, and what
  /// has no ways at all beside the label before it in the script.
  void layers() {
    std::vector<std::int32_t> layer(count_, 0);
    for (std::uint32_t card = 0; card < count_; ++card) {
      for (const auto from : above_[card]) layer[card] = std::max(layer[card], layer[from] + 1);
    }
    for (auto card = static_cast<std::uint32_t>(count_); card-- > 0;) {
      if (!above_[card].empty() || below_[card].empty()) continue;
      auto first = INT32_MAX;
      for (const auto to : below_[card]) first = std::min(first, layer[to]);
      layer[card] = first - 1;
    }
    for (std::uint32_t card = 1; card < count_; ++card) {
      if (above_[card].empty() && below_[card].empty()) layer[card] = layer[card - 1];
    }
    layers_.resize(static_cast<std::size_t>(*std::ranges::max_element(layer)) + 1);
    for (std::uint32_t card = 0; card < count_; ++card) {
      layout_->places[card].layer = layer[card];
      layers_[static_cast<std::size_t>(layer[card])].push_back(card);
    }
    std::erase_if(layers_, [](const auto& cards) { return cards.empty(); });
  }

  void number(const Numbers& cards) {
    for (std::size_t i = 0; i < cards.size(); ++i)
      middle_[cards[i]] = static_cast<double>(i) - static_cast<double>(cards.size() - 1) / 2;
  }
  [[nodiscard]] std::optional<double> barycentre(std::span<const std::uint32_t> others) const {
    if (others.empty()) return std::nullopt;
    double sum = 0;
    for (const auto other : others) sum += middle_[other];
    return sum / static_cast<double>(others.size());
  }

  /// Cards that have been there keep their order; the new ones go where their ways come from.
  void order() {
    middle_.resize(count_, 0);
    for (auto& cards : layers_) number(cards);
    const bool kept = std::ranges::any_of(was_, [](const Place* was) { return was != nullptr; });
    if (kept) {
      for (auto& cards : layers_) merge(cards);
    } else {
      for (int sweep = 0; sweep < kSweeps; ++sweep) {
        if (sweep % 2 == 0)
          for (auto& cards : layers_) settle(cards, above_);
        else
          for (auto at = layers_.rbegin(); at != layers_.rend(); ++at) settle(*at, below_);
      }
    }
    for (auto& cards : layers_) {
      for (std::size_t i = 0; i < cards.size(); ++i)
        layout_->places[cards[i]].order = static_cast<std::int32_t>(i);
    }
  }
  void settle(Numbers& cards, const Neighbours& others) {
    if (cards.size() < 2) return;
    std::vector<std::tuple<double, std::size_t, std::uint32_t>> keyed;
    for (std::size_t i = 0; i < cards.size(); ++i)
      keyed.emplace_back(barycentre(others[cards[i]]).value_or(middle_[cards[i]]), i, cards[i]);
    std::ranges::sort(keyed);
    for (std::size_t i = 0; i < cards.size(); ++i) cards[i] = std::get<2>(keyed[i]);
    number(cards);
  }
  void merge(Numbers& cards) {
    Numbers fresh;
    std::erase_if(cards, [&](std::uint32_t card) {
      if (was_[card] == nullptr) fresh.push_back(card);
      return was_[card] == nullptr;
    });
    std::ranges::sort(cards, {}, [this](std::uint32_t card) { return std::pair(was_[card]->order, card); });
    number(cards);
    for (const auto card : fresh) {
      const auto wish = barycentre(above_[card]);
      const auto at = !wish ? cards.end() : std::ranges::find_if(cards, [&](std::uint32_t other) {
        return barycentre(above_[other]).value_or(middle_[other]) > *wish;
      });
      cards.insert(at, card);
    }
    number(cards);
  }

  /// Layers as rows of at most per_row_ cards.
  void rows() {
    rows_.clear();
    for (const auto& cards : layers_) {
      const auto pieces = (cards.size() + per_row_ - 1) / per_row_;
      for (std::size_t piece = 0; piece < pieces; ++piece) {
        Row row;
        row.cards.assign(cards.begin() + static_cast<std::ptrdiff_t>(cards.size() * piece / pieces),
                         cards.begin() + static_cast<std::ptrdiff_t>(cards.size() * (piece + 1) / pieces));
        for (const auto card : row.cards) row.height = std::max(row.height, shape_.heights[card]);
        rows_.push_back(std::move(row));
      }
    }
  }

  /// Columns begin where they began.
  void fold_as_before() {
    std::int32_t column = 0;
    for (auto& row : rows_) {
      const auto known = std::ranges::find_if(row.cards, [this](auto card) { return was_[card] != nullptr; });
      if (known != row.cards.end()) column = std::max(column, was_[*known]->column);
      row.column = column;
    }
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
  /// Other rows and columns, but within the room: that moves this file's cards and no others.
  bool squeeze() {
    const auto widest = static_cast<std::size_t>(std::max<std::int64_t>(room_.width + kCardGap, 0) / kPitch);
    for (per_row_ = std::min(kMost, widest); per_row_ > 0; --per_row_) {
      rows();
      fold(room_.height);
      place(false);
      if (fits()) return true;
    }
    return false;
  }

  /// The columns whose ground comes nearest to the aspect that is wanted.
  void afresh() {
    std::int64_t area = 0, total = 0, highest = 0;
    for (const auto height : shape_.heights) area += kPitch * (height + kRowGap);
    per_row_ = static_cast<std::size_t>(std::sqrt(kAspect * static_cast<double>(area))) / kPitch;
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
      if (aspect > 1.3) break;
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
      out.width += cards * kPitch + kColumnGap;
      out.height = std::max(out.height, height);
      height = cards = 0;
    }
    return out;
  }

  void place(bool as_before) {
    layout_->per_row = per_row_;
    layout_->width = layout_->height = 0;
    std::int64_t left = 0;
    for (std::size_t begin = 0, end = 0; begin < rows_.size(); begin = end) {
      while (end < rows_.size() && rows_[end].column == rows_[begin].column) ++end;
      const auto column = std::span(rows_).subspan(begin, end - begin);
      const auto width = width_of(column);
      stand(column, left, width, as_before);
      layout_->width = left + width;
      left += width + kColumnGap;
    }
  }
  static std::int64_t width_of(std::span<const Row> column) {
    std::size_t most = 0;
    for (const auto& row : column) most = std::max(most, row.cards.size());
    return static_cast<std::int64_t>(most) * kPitch - kCardGap;
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
  std::vector<double> middle_;
  std::size_t per_row_ = 0;
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
