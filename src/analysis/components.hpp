// SPDX-License-Identifier: MIT
// Strongly connected components: Tarjan's algorithm on a stack of our own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace bpyd::analysis {

/// Keeps its tables, so that many small parts of one large graph cost no more than they hold.
template <class Id>
class Components {
 public:
  /// Ids are below `size`.
  explicit Components(std::size_t size) : order_(size, 0), low_(size, 0), stacked_(size, false) {}

  /// Calls `found(members)` for each component of the graph on `nodes`, those that others lead to
  /// first. `ahead(id, visit)` calls visit(successor); successors are in `nodes`.
  template <class Ahead, class Found>
  void find(std::span<const Id> nodes, Ahead&& ahead, Found&& found) {
    counter_ = 0;
    for (const auto id : nodes) order_[id] = 0;
    for (const auto root : nodes) {
      if (order_[root] != 0) continue;
      enter(root, ahead);
      while (!open_.empty()) step(ahead, found);
    }
  }

 private:
  struct Visit {
    Id id;
    std::size_t next, end;  // of its successors in ahead_; those behind belong to visits opened later
  };

  template <class Ahead>
  void enter(Id id, Ahead&& ahead) {
    order_[id] = low_[id] = ++counter_;
    stack_.push_back(id);
    stacked_[id] = true;
    const auto begin = ahead_.size();
    ahead(id, [&](Id to) { ahead_.push_back(to); });
    open_.push_back({id, begin, ahead_.size()});
  }

  template <class Ahead, class Found>
  void step(Ahead&& ahead, Found&& found) {
    auto& visit = open_.back();
    if (visit.next < visit.end) {
      const auto to = ahead_[visit.next++];
      if (order_[to] == 0)
        enter(to, ahead);
      else if (stacked_[to])
        low_[visit.id] = std::min(low_[visit.id], order_[to]);
      return;
    }
    const auto id = visit.id;
    open_.pop_back();
    ahead_.resize(open_.empty() ? 0 : open_.back().end);
    if (!open_.empty()) low_[open_.back().id] = std::min(low_[open_.back().id], low_[id]);
    if (low_[id] != order_[id]) return;
    members_.clear();
    do {
      members_.push_back(stack_.back());
      stacked_[members_.back()] = false;
      stack_.pop_back();
    } while (members_.back() != id);
    found(std::span<const Id>(members_));
  }

  std::vector<std::uint32_t> order_, low_;
  std::vector<bool> stacked_;
  std::vector<Id> stack_, members_, ahead_;
  std::vector<Visit> open_;
  std::uint32_t counter_ = 0;
};

}  // namespace bpyd::analysis
