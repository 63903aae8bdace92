// SPDX-License-Identifier: MIT
#include "map_order.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace bpyd::analysis {

namespace {

constexpr int kSweeps = 4;

class Ordering {
 public:
  Ordering(const Neighbours& above, const Neighbours& below, const std::vector<const Layout::Place*>& was,
           Layout& layout)
      : above_(above), below_(below), was_(was), layout_(layout), count_(was.size()) {}

  std::vector<Numbers> run() {
    layers();
    order();
    return std::move(layers_);
  }

 private:
  using Place = Layout::Place;

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
      layout_.places[card].layer = layer[card];
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
        layout_.places[cards[i]].order = static_cast<std::int32_t>(i);
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

  const Neighbours& above_;
  const Neighbours& below_;
  const std::vector<const Place*>& was_;
  Layout& layout_;
  std::size_t count_;
  std::vector<Numbers> layers_;
  std::vector<double> middle_;
};

}  // namespace

std::vector<Numbers> ordered_layers(const Neighbours& above, const Neighbours& below,
                                    const std::vector<const Layout::Place*>& was, Layout& layout) {
  return Ordering(above, below, was, layout).run();
}

}  // namespace bpyd::analysis
