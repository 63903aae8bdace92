// SPDX-License-Identifier: MIT
// Two maps of one story: what came, what changed, what is gone.
#include <algorithm>
#include <unordered_map>

#include "bpyd/core/strings.hpp"
#include "map_cards.hpp"
#include "map_grounds.hpp"
#include "map_layers.hpp"

namespace bpyd::analysis {

namespace {

bool written(const MapLabel& label) { return label.kind != "planned"; }

/// By their fingerprints; reports that were read from a file have none, so by what can be seen of them.
bool same(const MapLabel& a, const MapLabel& b) {
  if (a.print != 0 && b.print != 0) return a.print == b.print;
  return a.words == b.words && (a.text == b.text || a.print != 0 || b.print != 0) &&
         std::ranges::equal(a.pins, b.pins, [](const MapPin& x, const MapPin& y) {
           return x.text == y.text && x.condition == y.condition;
         });
}

class Comparison {
 public:
  Comparison(StoryMap now, const StoryMap& then) : map_(std::move(now)), then_(then) {
    for (std::size_t i = 0; i < map_.labels.size(); ++i) now_at_.emplace(map_.labels[i].name, i);
    for (std::size_t i = 0; i < then.labels.size(); ++i) then_at_.emplace(then.labels[i].name, i);
  }

  StoryMap run() {
    for (auto& label : map_.labels) mark(label);
    bring_back();
    if (map_.labels.size() > first_cut_) {
      ways();
      place();
    }
    return std::move(map_);
  }

 private:
  void mark(MapLabel& label) const {
    const auto found = then_at_.find(label.name);
    const auto* was = found == then_at_.end() ? nullptr : &then_.labels[found->second];
    if (was == nullptr || (written(label) && !written(*was)))
      label.change = "added";
    else if (!written(label) && written(*was))
      label.change = "cut";  // but still asked for
    else if (written(label) && !same(label, *was))
      label.change = "changed";
  }

  void bring_back() {
    first_cut_ = map_.labels.size();
    for (std::size_t i = 0; i < then_.labels.size(); ++i) {
      const auto& was = then_.labels[i];
      if (const auto found = now_at_.find(was.name); found != now_at_.end()) {
        now_of_.push_back(found->second);
        continue;
      }
      if (!written(was) || then_at_.at(was.name) != i) {
        now_of_.push_back(kNone);
        continue;
      }
      now_of_.push_back(map_.labels.size());
      auto card = was;
      card.kind = card.change = "cut";
      card.route = -1;
      card.problems = 0;
      card.severity.clear();
      card.entry = card.ending = card.reachable = false;
      map_.labels.push_back(std::move(card));
    }
  }

  /// Those that a card which is gone had, as far as their other ends are there.
  void ways() {
    for (auto edge : then_.edges) {
      const auto from = now_of_[static_cast<std::size_t>(edge.from)];
      const auto to = now_of_[static_cast<std::size_t>(edge.to)];
      if (from == kNone || to == kNone || (from < first_cut_ && to < first_cut_)) continue;
      if (from < first_cut_) edge.pin = pin_now(edge, from);
      edge.from = static_cast<std::int64_t>(from);
      edge.to = static_cast<std::int64_t>(to);
      map_.edges.push_back(std::move(edge));
    }
  }
  /// The same choice among those that the label has now; -1: it has none such.
  [[nodiscard]] std::int64_t pin_now(const MapEdge& edge, std::size_t from) {
    if (edge.pin < 0) return -1;
    const auto& text =
        then_.labels[static_cast<std::size_t>(edge.from)].pins[static_cast<std::size_t>(edge.pin)].text;
    auto& places = pins_of_[from];
    const auto& pins = map_.labels[from].pins;
    if (places.empty()) {
      for (std::size_t i = pins.size(); i-- > 0;) places[pins[i].text] = static_cast<std::int64_t>(i);
    }
    const auto found = places.find(text);
    return found == places.end() ? -1 : found->second;
  }

  void place() {
    Shape shape;
    MapFile ground;
    for (auto i = first_cut_; i < map_.labels.size(); ++i) {
      const auto& label = map_.labels[i];
      shape.heights.push_back(label.height);
      shape.names.push_back(fnv1a(label.name));
      ++ground.labels;
      ground.words += label.words;
      ground.seconds += label.seconds;
    }
    for (const auto& edge : map_.edges) {
      const auto from = static_cast<std::size_t>(edge.from), to = static_cast<std::size_t>(edge.to);
      if (from >= first_cut_ && to >= first_cut_ && from != to)
        shape.ways.emplace_back(static_cast<std::uint32_t>(from - first_cut_),
                                static_cast<std::uint32_t>(to - first_cut_));
    }
    const auto layout = layered(shape);
    ground.x = kMapMargin;
    ground.y = std::max(map_.height - kMapMargin + kGroundGap, kMapMargin);
    ground.width = layout->width + 2 * kGroundEdge;
    ground.height = layout->height + kTitleStrip + kGroundEdge;
    for (auto i = first_cut_; i < map_.labels.size(); ++i) {
      map_.labels[i].x = ground.x + kGroundEdge + layout->places[i - first_cut_].x;
      map_.labels[i].y = ground.y + kTitleStrip + layout->places[i - first_cut_].y;
    }
    map_.width = std::max(map_.width, ground.x + ground.width + kMapMargin);
    map_.height = ground.y + ground.height + kMapMargin;
    map_.files.push_back(std::move(ground));
  }

  static constexpr std::size_t kNone = SIZE_MAX;
  StoryMap map_;
  const StoryMap& then_;
  std::unordered_map<std::string, std::size_t> now_at_, then_at_;  // the first of each name
  std::vector<std::size_t> now_of_;                                // by label of then
  std::size_t first_cut_ = 0;
  std::unordered_map<std::size_t, std::unordered_map<std::string_view, std::int64_t>> pins_of_;  // by label of now
};

}  // namespace

StoryMap compared(StoryMap now, const StoryMap& then) { return Comparison(std::move(now), then).run(); }

}  // namespace bpyd::analysis
