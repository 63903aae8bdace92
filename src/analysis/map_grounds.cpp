// SPDX-License-Identifier: MIT
#include "map_grounds.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace bpyd::analysis {

namespace {

constexpr double kAspect = 1.6;
constexpr std::int64_t kStep = 40;      // slots are multiples of it
constexpr std::int64_t kOneMore = 150;  // a card and its gap: a new label fits in any ground
constexpr double kStale = 1.6;          // how far the shelves' width may be from the best one

std::int64_t with_slack(std::int64_t size, std::int64_t least) {
  const auto wanted = std::max(size + size * 15 / 100, size + least);
  return (wanted + kStep - 1) / kStep * kStep;
}

Slot slot_for(const Ground& ground) {
  return {ground.file, 0, 0, with_slack(ground.width, 0), with_slack(ground.height, kOneMore), 0, false};
}

/// Puts slots on shelves from `first` on; those before it stay.
void shelve(std::vector<Slot>& slots, std::size_t first, std::int64_t shelf_width) {
  std::int64_t x = 0, y = 0, height = 0;
  std::size_t shelf = 0;
  if (first > 0) {
    const auto& last = slots[first - 1];
    x = last.x + last.width + kGroundGap;
    y = last.y;
    shelf = last.shelf;
    for (std::size_t i = 0; i < first; ++i) {
      if (slots[i].shelf == shelf) height = std::max(height, slots[i].height);
    }
  }
  for (auto i = first; i < slots.size(); ++i) {
    auto& slot = slots[i];
    if (x > 0 && x + slot.width > shelf_width) {
      y += height + kGroundGap;
      x = height = 0;
      ++shelf;
    }
    slot.x = x;
    slot.y = y;
    slot.shelf = shelf;
    x += slot.width + kGroundGap;
    height = std::max(height, slot.height);
  }
}

double fault(const std::vector<Slot>& slots) {
  std::int64_t width = 1, height = 1;
  for (const auto& slot : slots) {
    width = std::max(width, slot.x + slot.width);
    height = std::max(height, slot.y + slot.height);
  }
  const auto aspect = static_cast<double>(width) / static_cast<double>(height) / kAspect;
  return std::max(aspect, 1 / aspect);
}

std::int64_t best_shelf_width(std::vector<Slot> slots) {
  double area = 0;
  std::int64_t widest = 0;
  for (const auto& slot : slots) {
    area += static_cast<double>(slot.width + kGroundGap) * static_cast<double>(slot.height + kGroundGap);
    widest = std::max(widest, slot.width);
  }
  std::int64_t best = widest;
  double least = 1e18;
  for (int percent = 80; percent <= 180; percent += 10) {
    const auto width = std::max(widest, static_cast<std::int64_t>(std::sqrt(area * kAspect) * percent / 100));
    shelve(slots, 0, width);
    if (const auto now = fault(slots); now < least) {
      least = now;
      best = width;
    }
  }
  return best;
}

Grounds afresh(const std::vector<Ground>& grounds) {
  Grounds out;
  for (const auto& ground : grounds) out.slots.push_back(slot_for(ground));
  out.shelf_width = best_shelf_width(out.slots);
  shelve(out.slots, 0, out.shelf_width);
  return out;
}

/// The slots of before up to the first that does not do; sets `same` when all of them do.
class Rearrangement {
 public:
  Rearrangement(const std::vector<Ground>& grounds, const Grounds& before)
      : grounds_(grounds), before_(before) {
    for (const auto& ground : grounds) there_.insert(ground.file);
    for (std::size_t i = 0; i < before.slots.size(); ++i) {
      const auto& slot = before.slots[i];
      at_.emplace(slot.file, &slot);
      if (slot.shelf >= heights_.size()) heights_.resize(slot.shelf + 1, 0);
      heights_[slot.shelf] = std::max(heights_[slot.shelf], slot.height);
    }
  }

  Grounds run() {
    Grounds out;
    out.shelf_width = before_.shelf_width;
    std::size_t next = 0, old = 0;
    for (; next < grounds_.size(); ++next) {
      while (old < before_.slots.size() && !there_.contains(before_.slots[old].file)) {
        out.slots.push_back(before_.slots[old++]);
        out.slots.back().left = true;
      }
      if (old == before_.slots.size() || before_.slots[old].file != grounds_[next].file) break;
      if (!fits(grounds_[next], before_.slots[old])) break;
      out.slots.push_back(before_.slots[old++]);
      out.slots.back().left = false;
    }
    if (next == grounds_.size()) {
      for (; old < before_.slots.size(); ++old) {  // of files that are gone, at the end
        out.slots.push_back(before_.slots[old]);
        out.slots.back().left = true;
      }
      return out;
    }
    const auto first = out.slots.size();
    for (; next < grounds_.size(); ++next) out.slots.push_back(slot_of(grounds_[next]));
    for (const auto& slot : out.slots) out.shelf_width = std::max(out.shelf_width, slot.width);
    shelve(out.slots, first, out.shelf_width);
    return out;
  }

 private:
  [[nodiscard]] bool fits(const Ground& ground, const Slot& slot) const {
    return ground.width <= slot.width && ground.height <= heights_[slot.shelf];
  }
  /// The slot it had, at its size, when that still does: then those behind it are likely to stay too.
  [[nodiscard]] Slot slot_of(const Ground& ground) const {
    const auto found = at_.find(ground.file);
    if (found == at_.end()) return slot_for(ground);
    const auto& was = *found->second;
    auto slot = slot_for(ground);
    if (ground.width <= was.width) slot.width = was.width;
    if (ground.height <= was.height) slot.height = was.height;
    return slot;
  }

  const std::vector<Ground>& grounds_;
  const Grounds& before_;
  std::unordered_set<std::string> there_;
  std::unordered_map<std::string, const Slot*> at_;
  std::vector<std::int64_t> heights_;  // by shelf
};

}  // namespace

const Slot* Grounds::find(const std::string& file) const {
  const auto found = std::ranges::find(slots, file, &Slot::file);
  return found == slots.end() ? nullptr : &*found;
}

std::int64_t Grounds::height_of_shelf(std::size_t shelf) const {
  std::int64_t height = 0;
  for (const auto& slot : slots) {
    if (slot.shelf == shelf) height = std::max(height, slot.height);
  }
  return height;
}

Grounds arranged(const std::vector<Ground>& grounds, const Grounds* before) {
  if (before == nullptr || before->slots.empty()) return afresh(grounds);
  auto out = Rearrangement(grounds, *before).run();
  // Shelves made for a much smaller or larger story would leave a ribbon of a map.
  std::vector<Slot> slots;
  for (const auto& slot : out.slots) {
    if (!slot.left) slots.push_back(slot);
  }
  if (slots.empty() || fault(out.slots) <= kStale) return out;
  auto fresh = afresh(grounds);
  return fault(fresh.slots) * 1.25 < fault(out.slots) ? fresh : out;
}

}  // namespace bpyd::analysis
