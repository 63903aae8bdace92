// SPDX-License-Identifier: MIT
// The map as a whole: cards, a layout for each file's, grounds for these.
#include "bpyd/analysis/map.hpp"

#include <algorithm>
#include <deque>

#include "bpyd/core/strings.hpp"
#include "map_cards.hpp"
#include "map_grounds.hpp"
#include "map_layers.hpp"

namespace bpyd::analysis {

/// Layouts are kept by file, the last first: what is undone goes back to where it was.
struct MapKeep {
  using Layouts = std::vector<std::shared_ptr<const Layout>>;
  KnownTexts texts;
  std::unordered_map<std::string, Layouts> layouts;
  Grounds grounds;
};

namespace {

constexpr std::size_t kLayoutsKept = 8;
constexpr std::int64_t kMargin = 40;  // around the whole map

std::string_view name_of(MapLevel level) {
  return level == MapLevel::labels ? "labels" : level == MapLevel::files ? "files" : "chapters";
}

class MapMaker {
 public:
  MapMaker(const Stats2& stats, MapLevel level, const StoryMap* before)
      : before_(before != nullptr ? before->keep.get() : nullptr),
        keep_(std::make_shared<MapKeep>()),
        cards_(cards_of(stats, before_ != nullptr ? &before_->texts : nullptr)) {
    keep_->texts = std::move(cards_.texts);
    if (level != MapLevel::labels) {
      cards_.map = gathered(cards_.map, level);
      cards_.ground.assign(cards_.map.labels.size(), 0);
    }
    cards_.map.level = name_of(level);
  }

  StoryMap run() {
    shapes();
    auto& map = cards_.map;
    std::vector<std::shared_ptr<const Layout>> layouts;
    for (std::size_t ground = 0; ground < shapes_.size(); ++ground) layouts.push_back(layout_of(ground));
    if (map.level == "labels")
      grounds(layouts);
    else
      stand(0, *layouts.front(), kMargin, kMargin);
    extent();
    map.keep = std::move(keep_);
    return std::move(map);
  }

 private:
  /// Those of the grounds; one of all cards where there are no grounds.
  void shapes() {
    const auto& map = cards_.map;
    shapes_.resize(std::max<std::size_t>(map.files.size(), 1));
    members_.resize(shapes_.size());
    std::vector<std::uint32_t> local(map.labels.size());
    for (std::uint32_t i = 0; i < map.labels.size(); ++i) {
      auto& shape = shapes_[cards_.ground[i]];
      local[i] = static_cast<std::uint32_t>(shape.heights.size());
      shape.heights.push_back(map.labels[i].height);
      shape.names.push_back(fnv1a(map.labels[i].name));
      members_[cards_.ground[i]].push_back(i);
    }
    for (const auto& edge : map.edges) {
      const auto from = static_cast<std::size_t>(edge.from), to = static_cast<std::size_t>(edge.to);
      if (from == to || cards_.ground[from] != cards_.ground[to]) continue;
      shapes_[cards_.ground[from]].ways.emplace_back(local[from], local[to]);
    }
  }

  std::string key_of(std::size_t ground) const {
    return cards_.map.files.empty() ? cards_.map.level : cards_.map.files[ground].file;
  }

  std::shared_ptr<const Layout> layout_of(std::size_t ground) {
    const auto key = key_of(ground);
    auto& kept = keep_->layouts[key];
    if (before_ != nullptr) {
      if (const auto found = before_->layouts.find(key); found != before_->layouts.end())
        kept = found->second;
    }
    const auto print = shapes_[ground].print();
    const auto same = std::ranges::find(kept, print, [](const auto& layout) { return layout->print; });
    if (same != kept.end()) {
      std::rotate(kept.begin(), same, same + 1);
      return kept.front();
    }
    const auto* last = kept.empty() ? nullptr : kept.front().get();
    kept.insert(kept.begin(), layered(shapes_[ground], last, room_of(key)));
    if (kept.size() > kLayoutsKept) kept.pop_back();
    return kept.front();
  }

  /// What the slot it had leaves for cards; no end of it where nothing stands beside.
  [[nodiscard]] Room room_of(const std::string& key) const {
    if (before_ == nullptr) return {};
    if (cards_.map.files.empty()) return {INT64_MAX / 4, INT64_MAX / 4};
    const auto* slot = before_->grounds.find(key);
    if (slot == nullptr) return {};
    return {slot->width - 2 * kGroundEdge,
            before_->grounds.height_of_shelf(slot->shelf) - kTitleStrip - kGroundEdge};
  }

  void grounds(const std::vector<std::shared_ptr<const Layout>>& layouts) {
    auto& files = cards_.map.files;
    const auto order = reading_order();
    std::vector<Ground> wanted;
    for (const auto at : order) {
      files[at].width = layouts[at]->width + 2 * kGroundEdge;
      files[at].height = layouts[at]->height + kTitleStrip + kGroundEdge;
      wanted.push_back({files[at].file, files[at].width, files[at].height});
    }
    keep_->grounds = arranged(wanted, before_ != nullptr ? &before_->grounds : nullptr);
    std::unordered_map<std::string_view, const Slot*> slots;
    for (const auto& slot : keep_->grounds.slots) slots.emplace(slot.file, &slot);
    for (const auto at : order) {
      const auto& slot = *slots.at(files[at].file);
      files[at].x = kMargin + slot.x;
      files[at].y = kMargin + slot.y;
      stand(at, *layouts[at], files[at].x + kGroundEdge, files[at].y + kTitleStrip);
    }
  }

  /// Load order, but the files of a chapter together, where the first of them is.
  [[nodiscard]] std::vector<std::size_t> reading_order() const {
    const auto& files = cards_.map.files;
    std::unordered_map<std::string_view, std::size_t> first;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < files.size(); ++i) {
      first.emplace(files[i].chapter, i);
      order.push_back(i);
    }
    std::ranges::sort(order, {}, [&](std::size_t at) { return std::pair(first.at(files[at].chapter), at); });
    return order;
  }

  void stand(std::size_t ground, const Layout& layout, std::int64_t x, std::int64_t y) {
    for (std::size_t i = 0; i < members_[ground].size(); ++i) {
      auto& card = cards_.map.labels[members_[ground][i]];
      card.x = x + layout.places[i].x;
      card.y = y + layout.places[i].y;
    }
  }

  void extent() {
    auto& map = cards_.map;
    for (const auto& card : map.labels) {
      map.width = std::max(map.width, card.x + card.width + kMargin);
      map.height = std::max(map.height, card.y + card.height + kMargin);
    }
    for (const auto& file : map.files) {
      map.width = std::max(map.width, file.x + file.width + kMargin);
      map.height = std::max(map.height, file.y + file.height + kMargin);
    }
  }

  const MapKeep* before_;
  std::shared_ptr<MapKeep> keep_;
  Cards cards_;
  std::vector<Shape> shapes_;
  std::vector<std::vector<std::uint32_t>> members_;  // of each ground, script order
};

}  // namespace

StoryMap lay_out(const Stats2& stats, MapLevel level, const StoryMap* before) {
  if (before != nullptr && before->level != name_of(level)) before = nullptr;
  return MapMaker(stats, level, before).run();
}

}  // namespace bpyd::analysis
