// SPDX-License-Identifier: MIT
// Junctions, distances and loops, each by one pass of a textbook algorithm without recursion.
#include "chart.hpp"

#include <algorithm>
#include <queue>

#include "components.hpp"

namespace bpyd::analysis {

using renpy::Flow;

namespace {

/// Costs in growing order: a shelf for each small cost, a heap for what is beyond.
class Queue {
 public:
  void push(Cost cost, JunctionId id) {
    ++size_;
    if (cost >= kShelves) return far_.emplace(cost, id), void();
    if (cost >= shelves_.size()) shelves_.resize(cost + 1);
    shelves_[cost].push_back(id);
    now_ = std::min(now_, cost);
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  std::pair<Cost, JunctionId> pop() {
    --size_;
    while (now_ < shelves_.size() && shelves_[now_].empty()) ++now_;
    if (now_ < shelves_.size()) {
      const auto id = shelves_[now_].back();
      shelves_[now_].pop_back();
      return {now_, id};
    }
    const auto top = far_.top();
    far_.pop();
    return top;
  }

 private:
  static constexpr Cost kShelves = 1u << 16;
  using Entry = std::pair<Cost, JunctionId>;
  std::vector<std::vector<JunctionId>> shelves_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> far_;
  Cost now_ = 0;
  std::size_t size_ = 0;
};

}  // namespace

Chart::Chart(const renpy::Story& story) : story_(story) {
  find_junctions();
  find_before();
  find_returns();
  find_stops();
  find_loops();
  find_arrivals();
}

void Chart::find_junctions() {
  for (JunctionId id = 0; id < story_.junctions.size(); ++id) {
    const auto flow = story_.junctions[id].flow;
    if (flow != Flow::next && flow != Flow::jump) junctions_.push_back(id);
  }
}

/// Calls visit(way or kCall, over, junction) for every way on from a junction.
template <class F>
void Chart::moves(JunctionId id, F&& visit) const {
  const auto& node = story_.junctions[id];
  if (node.flow == Flow::call) {
    visit(kCall, false, node.target);
    visit(kCall, true, node.next);
  } else if (node.flow == Flow::decide) {
    for (auto way = node.ways_begin; way < node.ways_end; ++way) {
      visit(way, false, story_.ways[way].to);
      if (story_.ways[way].is_call) visit(way, true, node.next);
    }
  }
}

void Chart::find_before() {
  before_at_.assign(story_.junctions.size() + 1, 0);
  const auto each = [&](auto&& note) {
    for (const auto id : junctions_) {
      moves(id, [&](WayId way, bool over, JunctionId to) {
        if (to != kNowhere) note(to, Before{id, way, over});
      });
    }
  };
  each([&](JunctionId to, const Before&) { ++before_at_[to + 1]; });
  for (std::size_t i = 1; i < before_at_.size(); ++i) before_at_[i] += before_at_[i - 1];
  before_.resize(before_at_.back());
  auto fill = before_at_;
  each([&](JunctionId to, const Before& way) { before_[fill[to]++] = way; });
}

/// What a return costs from where.junction when it goes by this way.
Cost Chart::return_through(const Before& where) const {
  const auto& node = story_.junctions[where.junction];
  if (where.way == kCall) return plus(1, plus(to_return(node.target), to_return(node.next)));
  const auto& way = story_.ways[where.way];
  const auto inside = to_return(way.to);
  return plus(1, way.is_call ? plus(inside, to_return(node.next)) : inside);
}

/// Knuth's generalisation of Dijkstra: a call's cost is the sum of what is called and what follows.
void Chart::find_returns() {
  return_.assign(story_.junctions.size(), kNever);
  Queue queue;
  for (const auto id : junctions_) {
    if (story_.junctions[id].flow == Flow::back) {
      return_[id] = 0;
      queue.push(0, id);
    }
  }
  while (!queue.empty()) {
    const auto [cost, id] = queue.pop();
    if (cost != return_[id]) continue;
    for (auto way = before_begin(id); way != before_end(id); ++way) {
      const auto through = return_through(*way);
      if (through >= return_[way->junction]) continue;
      return_[way->junction] = through;
      queue.push(through, way->junction);
    }
  }
}

void Chart::find_stops() {
  stop_.assign(story_.junctions.size(), kNever);
  Queue queue;
  for (const auto id : junctions_) {
    if (story_.junctions[id].flow == Flow::stop) {
      stop_[id] = 0;
      queue.push(0, id);
    }
  }
  while (!queue.empty()) {
    const auto [cost, id] = queue.pop();
    if (cost != stop_[id]) continue;
    for (auto way = before_begin(id); way != before_end(id); ++way) {
      const auto inside = way->over ? to_return(called(way->junction, way->way)) : 0;
      const auto through = plus(cost, plus(1, inside));
      if (through >= stop_[way->junction]) continue;
      stop_[way->junction] = through;
      queue.push(through, way->junction);
    }
  }
}

/// Calls visit(junction) for the ways on inside the same call.
template <class F>
void Chart::ahead(JunctionId id, F&& visit) const {
  moves(id, [&](WayId way, bool over, JunctionId to) {
    const bool is_call = way == kCall || story_.ways[way].is_call;
    if (to == kNowhere || is_call != over) return;
    if (!over || to_return(called(id, way)) != kNever) visit(to);
  });
}

void Chart::find_loops() {
  loop_.assign(story_.junctions.size(), 0);
  ring_.assign(story_.junctions.size(), false);
  std::uint32_t loops = 0;
  Components<JunctionId> components(story_.junctions.size());
  components.find(
      junctions_, [this](JunctionId id, auto&& visit) { ahead(id, visit); },
      [&](std::span<const JunctionId> members) {
        ++loops;
        bool ring = members.size() > 1;
        if (!ring) ahead(members[0], [&](JunctionId to) { ring = ring || to == members[0]; });
        for (const auto member : members) {
          loop_[member] = loops;
          ring_[member] = ring;
        }
      });
}

/// Shortest ways from the entries; a call is gone into, or over when it returns.
void Chart::find_arrivals() {
  distance_.assign(story_.junctions.size(), kNever);
  arrival_.assign(story_.junctions.size(), {});
  Queue queue;
  const auto arrive = [&](JunctionId id, Cost cost, Move move) {
    if (id == kNowhere || cost >= distance_[id]) return;
    distance_[id] = cost;
    arrival_[id] = move;
    queue.push(cost, id);
  };
  for (const auto entry : story_.entries)
    arrive(story_.junction(entry), 0, {Move::How::start, kNowhere, 0, entry});
  while (!queue.empty()) {
    const auto [cost, id] = queue.pop();
    if (cost != distance_[id]) continue;
    const auto from = id;
    const auto now = cost;
    moves(from, [&](WayId way, bool over, JunctionId to) {
      const bool is_call = way == kCall || story_.ways[way].is_call;
      if (!is_call) return arrive(to, plus(now, 1), {Move::How::option, from, way, kNowhere});
      if (!over) return arrive(to, plus(now, 1), {Move::How::into, from, way, kNowhere});
      const auto inside = to_return(called(from, way));
      if (inside != kNever) arrive(to, plus(now, plus(1, inside)), {Move::How::over, from, way, kNowhere});
    });
  }
}

}  // namespace bpyd::analysis
