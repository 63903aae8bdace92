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
constexpr double kStale = 2;            // fault from which places are sought anew, when that gives
constexpr double kMuchBetter = 1.4;     // so much less of it

std::int64_t with_slack(std::int64_t size, std::int64_t least) {
  const auto wanted = std::max(size + size * 15 / 100, size + least);
  return (wanted + kStep - 1) / kStep * kStep;
}

Slot slot_for(const Ground& ground) {
  return {ground.file, 0, 0, with_slack(ground.width, 0), with_slack(ground.height, kOneMore), 0, 0, false};
}

/// Puts slots on shelves from `first` on; those before it stay.
class Shelving {
 public:
  explicit Shelving(Grounds& grounds)
      : slots_(grounds.slots), most_(grounds.shelf_width), high_(grounds.shelf_height) {}

  void run(std::size_t first) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (i >= first) put(slots_[i]);
      note(slots_[i]);
    }
    reaches();
  }

 private:
  /// Below the slot before it when the shelf is high enough; else beside; else on the next shelf.
  void put(Slot& slot) const {
    const auto below = column_end_ + kGroundGap;
    slot.shelf = shelf_;
    slot.y = top_;
    if (column_width_ > 0 && slot.width <= column_width_ &&
        below + slot.height <= std::max(end_, top_ + high_)) {
      slot.x = x_;
      slot.y = below;
      return;
    }
    slot.x = column_width_ > 0 ? x_ + column_width_ + kGroundGap : 0;
    if (slot.x == 0 || slot.x + slot.width <= most_) return;
    slot.x = 0;
    slot.y = end_ + kGroundGap;
    ++slot.shelf;
  }
  void note(const Slot& slot) {
    if (slot.shelf != shelf_) {
      top_ = end_ = slot.y;
      shelf_ = slot.shelf;
      column_width_ = 0;
    }
    if (slot.x != x_) column_width_ = 0;
    x_ = slot.x;
    column_width_ = std::max(column_width_, slot.width);
    column_end_ = slot.y + slot.height;
    end_ = std::max(end_, column_end_);
  }
  void reaches() {
    std::int64_t end = 0;  // of the shelf
    for (auto i = slots_.size(); i-- > 0;) {
      if (i + 1 == slots_.size() || slots_[i + 1].shelf != slots_[i].shelf) {
        end = 0;
        for (auto k = i + 1; k-- > 0 && slots_[k].shelf == slots_[i].shelf;)
          end = std::max(end, slots_[k].y + slots_[k].height);
      }
      auto& slot = slots_[i];
      const bool last =
          i + 1 == slots_.size() || slots_[i + 1].shelf != slot.shelf || slots_[i + 1].x != slot.x;
      slot.reach = (last ? end : slots_[i + 1].y - kGroundGap) - slot.y;
    }
  }

  std::vector<Slot>& slots_;
  std::int64_t most_, high_;
  std::int64_t top_ = 0, end_ = 0;                          // of the shelf so far
  std::int64_t x_ = 0, column_width_ = 0, column_end_ = 0;  // of its last column
  std::size_t shelf_ = 0;
};

/// How far the whole is from the aspect that is wanted, and how much of it is empty; 1 is best.
double fault(const Grounds& grounds) {
  std::int64_t width = 1, height = 1;
  double used = 1;
  for (const auto& slot : grounds.slots) {
    width = std::max(width, slot.x + slot.width);
    height = std::max(height, slot.y + slot.height);
    used += static_cast<double>(slot.width) * static_cast<double>(slot.height);
  }
  const auto aspect = static_cast<double>(width) / static_cast<double>(height) / kAspect;
  const auto empty = static_cast<double>(width) * static_cast<double>(height) / used;
  return std::max(aspect, 1 / aspect) * std::sqrt(empty);
}

Grounds afresh(const std::vector<Ground>& grounds) {
  Grounds tried;
  double area = 0;
  std::int64_t widest = 0, highest = 0;
  for (const auto& ground : grounds) {
    const auto slot = slot_for(ground);
    area += static_cast<double>(slot.width + kGroundGap) * static_cast<double>(slot.height + kGroundGap);
    widest = std::max(widest, slot.width);
    highest = std::max(highest, slot.height);
    tried.slots.push_back(slot);
  }
  Grounds best;
  double least = 1e18;
  for (const std::int64_t quarters : {0, 1, 2, 3, 4}) {
    tried.shelf_height = highest * quarters / 4;
    for (int percent = 60; percent <= 200; percent += 5) {
      tried.shelf_width =
          std::max(widest, static_cast<std::int64_t>(std::sqrt(area * kAspect) * percent / 100));
      Shelving(tried).run(0);
      const auto now = fault(tried);
      if (now >= least) continue;
      least = now;
      best = tried;
    }
  }
  return best;
}

/// The slots of before up to the first that does not do; sets `same` when all of them do.
class Rearrangement {
 public:
  Rearrangement(const std::vector<Ground>& grounds, const Grounds& before)
      : grounds_(grounds), before_(before) {
    for (const auto& ground : grounds) there_.insert(ground.file);
    for (const auto& slot : before.slots) at_.emplace(slot.file, &slot);
  }

  Grounds run() {
    Grounds out;
    out.shelf_width = before_.shelf_width;
    out.shelf_height = before_.shelf_height;
    std::size_t next = 0, old = 0;
    for (; next < grounds_.size(); ++next) {
      while (old < before_.slots.size() && !there_.contains(before_.slots[old].file)) {
        out.slots.push_back(before_.slots[old++]);
        out.slots.back().left = true;
      }
      if (old == before_.slots.size() || before_.slots[old].file != grounds_[next].file) break;
      if (!fits(grounds_[next], before_.slots[old])) break;
      out.slots.push_back(before_.slots[old++]);
      auto& slot = out.slots.back();
      slot.left = false;
      slot.height = std::max(slot.height, grounds_[next].height);  // what it reached to is its own now
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
    Shelving(out).run(first);
    return out;
  }

 private:
  [[nodiscard]] static bool fits(const Ground& ground, const Slot& slot) {
    return ground.width <= slot.width && ground.height <= slot.reach;
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
};

}  // namespace

const Slot* Grounds::find(const std::string& file) const {
  const auto found = std::ranges::find(slots, file, &Slot::file);
  return found == slots.end() ? nullptr : &*found;
}

Grounds arranged(const std::vector<Ground>& grounds, const Grounds* before) {
  if (before == nullptr || before->slots.empty()) return afresh(grounds);
  auto out = Rearrangement(grounds, *before).run();
  // Shelves made for a much smaller or larger story would leave a ribbon of a map.
  if (fault(out) <= kStale) return out;
  auto fresh = afresh(grounds);
  return fault(fresh) * kMuchBetter < fault(out) ? fresh : out;
}

}  // namespace bpyd::analysis
