// SPDX-License-Identifier: MIT
// Junctions, distances and loops, each by one pass of a textbook algorithm without recursion.
#include "chart.hpp"

#include <algorithm>
#include <queue>

#include "components.hpp"

namespace bpyd::analysis {

using renpy::Flow;
using renpy::Option;
using renpy::StoryNode;

namespace {

using Entry = std::pair<Cost, StoryId>;
using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

bool passes_through(const StoryNode& node) { return node.flow == Flow::next || node.flow == Flow::jump; }
StoryId onward(const StoryNode& node) { return node.flow == Flow::jump ? node.target : node.next; }

}  // namespace

Chart::Chart(const renpy::Story& story) : story_(story) {
  find_junctions();
  find_before();
  find_returns();
  find_stops();
  find_loops();
  find_arrivals();
}

/// Follows each chain once; what leads into itself leads nowhere.
void Chart::find_junctions() {
  constexpr StoryId kUnknown = kNowhere - 1;
  constexpr StoryId kOpen = kNowhere - 2;
  const auto& nodes = story_.nodes;
  junction_.assign(nodes.size(), kUnknown);
  std::vector<StoryId> chain;
  for (StoryId id = 0; id < nodes.size(); ++id) {
    chain.clear();
    StoryId at = id;
    while (at != kNowhere && junction_[at] == kUnknown && passes_through(nodes[at])) {
      junction_[at] = kOpen;
      chain.push_back(at);
      at = onward(nodes[at]);
    }
    StoryId end = kNowhere;
    if (at != kNowhere && junction_[at] == kUnknown)
      end = junction_[at] = at;
    else if (at != kNowhere && junction_[at] != kOpen)
      end = junction_[at];
    for (const auto link : chain) junction_[link] = end;
  }
  for (StoryId id = 0; id < nodes.size(); ++id) {
    if (junction_[id] == id) junctions_.push_back(id);
  }
}

/// Calls visit(option or kCall, over, junction) for every way on from a junction.
template <class F>
void Chart::moves(StoryId id, F&& visit) const {
  const auto& node = story_.nodes[id];
  if (node.flow == Flow::call) {
    visit(kCall, false, junction(node.target));
    visit(kCall, true, junction(node.next));
  } else if (node.flow == Flow::decide) {
    for (auto i = node.options_begin; i < node.options_end; ++i) {
      visit(i, false, junction(story_.options[i].to));
      if (story_.options[i].is_call) visit(i, true, junction(node.next));
    }
  }
}

void Chart::find_before() {
  before_at_.assign(story_.nodes.size() + 1, 0);
  const auto each = [&](auto&& note) {
    for (const auto id : junctions_) {
      moves(id, [&](std::uint32_t option, bool over, StoryId to) {
        if (to != kNowhere) note(to, Before{id, option, over});
      });
    }
  };
  each([&](StoryId to, const Before&) { ++before_at_[to + 1]; });
  for (std::size_t i = 1; i < before_at_.size(); ++i) before_at_[i] += before_at_[i - 1];
  before_.resize(before_at_.back());
  auto fill = before_at_;
  each([&](StoryId to, const Before& way) { before_[fill[to]++] = way; });
}

/// What a return costs from way.junction when it goes by this way.
Cost Chart::return_through(const Before& way) const {
  const auto& node = story_.nodes[way.junction];
  if (way.option == kCall) return plus(1, plus(to_return(node.target), to_return(node.next)));
  const auto& option = story_.options[way.option];
  const auto inside = to_return(option.to);
  return plus(1, option.is_call ? plus(inside, to_return(node.next)) : inside);
}

/// Knuth's generalisation of Dijkstra: a call's cost is the sum of what is called and what follows.
void Chart::find_returns() {
  return_.assign(story_.nodes.size(), kNever);
  Queue queue;
  for (const auto id : junctions_) {
    if (story_.nodes[id].flow == Flow::back) {
      return_[id] = 0;
      queue.emplace(0, id);
    }
  }
  while (!queue.empty()) {
    const auto [cost, id] = queue.top();
    queue.pop();
    if (cost != return_[id]) continue;
    for (auto way = before_begin(id); way != before_end(id); ++way) {
      const auto through = return_through(*way);
      if (through >= return_[way->junction]) continue;
      return_[way->junction] = through;
      queue.emplace(through, way->junction);
    }
  }
}

void Chart::find_stops() {
  stop_.assign(story_.nodes.size(), kNever);
  Queue queue;
  for (const auto id : junctions_) {
    if (story_.nodes[id].flow == Flow::stop) {
      stop_[id] = 0;
      queue.emplace(0, id);
    }
  }
  while (!queue.empty()) {
    const auto [cost, id] = queue.top();
    queue.pop();
    if (cost != stop_[id]) continue;
    for (auto way = before_begin(id); way != before_end(id); ++way) {
      const auto inside = way->over ? to_return(called(way->junction, way->option)) : 0;
      const auto through = plus(cost, plus(1, inside));
      if (through >= stop_[way->junction]) continue;
      stop_[way->junction] = through;
      queue.emplace(through, way->junction);
    }
  }
}

/// Calls visit(junction) for the ways on inside the same call.
template <class F>
void Chart::ahead(StoryId id, F&& visit) const {
  moves(id, [&](std::uint32_t option, bool over, StoryId to) {
    const bool is_call = option == kCall || story_.options[option].is_call;
    if (to == kNowhere || is_call != over) return;
    if (!over || to_return(called(id, option)) != kNever) visit(to);
  });
}

void Chart::find_loops() {
  loop_.assign(story_.nodes.size(), 0);
  std::uint32_t loops = 0;
  Components<StoryId> components(story_.nodes.size());
  components.find(
      junctions_, [this](StoryId id, auto&& visit) { ahead(id, visit); },
      [&](std::span<const StoryId> members) {
        ++loops;
        for (const auto member : members) loop_[member] = loops;
      });
}

/// Shortest ways from the entries; a call is gone into, or over when it returns.
void Chart::find_arrivals() {
  distance_.assign(story_.nodes.size(), kNever);
  arrival_.assign(story_.nodes.size(), {});
  Queue queue;
  const auto arrive = [&](StoryId id, Cost cost, Move move) {
    if (id == kNowhere || cost >= distance_[id]) return;
    distance_[id] = cost;
    arrival_[id] = move;
    queue.emplace(cost, id);
  };
  for (const auto entry : story_.entries) arrive(junction(entry), 0, {Move::How::start, entry, 0});
  while (!queue.empty()) {
    const auto [cost, id] = queue.top();
    queue.pop();
    if (cost != distance_[id]) continue;
    const auto from = id;
    const auto now = cost;
    moves(from, [&](std::uint32_t option, bool over, StoryId to) {
      const bool is_call = option == kCall || story_.options[option].is_call;
      if (!is_call) return arrive(to, plus(now, 1), {Move::How::option, from, option});
      if (!over) return arrive(to, plus(now, 1), {Move::How::into, from, option});
      const auto inside = to_return(called(from, option));
      if (inside != kNever) arrive(to, plus(now, plus(1, inside)), {Move::How::over, from, option});
    });
  }
}

}  // namespace bpyd::analysis
