// SPDX-License-Identifier: MIT
#include "link_reach.hpp"

namespace bpyd::renpy {
namespace {

bool leads_on(const Junction& junction) { return junction.flow == Flow::next || junction.flow == Flow::jump; }

/// Calls visit(junction) for what a junction's returning depends on.
template <class F>
void depends(const Story& s, const Junction& junction, F&& visit) {
  const auto one = [&](JunctionId on) {
    if (on != kNowhere) visit(on);
  };
  if (junction.flow == Flow::call) {
    one(junction.target);
    one(junction.next);
  } else if (junction.flow == Flow::decide) {
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) one(s.ways[way].to);
    one(junction.next);
  }
}

}  // namespace

void lead_on(Story& s) {
  constexpr JunctionId kUnknown = kNowhere - 1, kOpen = kNowhere - 2;
  auto& onward = s.onward_;
  onward.assign(s.junctions.size(), kUnknown);
  std::vector<JunctionId> chain;
  for (JunctionId j = 0; j < s.junctions.size(); ++j) {
    chain.clear();
    auto here = j;
    while (here != kNowhere && onward[here] == kUnknown && leads_on(s.junctions[here])) {
      onward[here] = kOpen;
      chain.push_back(here);
      const auto& from = s.junctions[here];
      here = from.flow == Flow::jump ? from.target_first : from.next_first;
    }
    JunctionId end = kNowhere;
    if (here != kNowhere && onward[here] == kUnknown)
      end = onward[here] = here;
    else if (here != kNowhere && onward[here] != kOpen)
      end = onward[here];
    for (const auto link : chain) onward[link] = end;
  }
  for (auto& junction : s.junctions) {
    junction.target = s.onward(junction.target_first);
    junction.next = s.onward(junction.next_first);
  }
  for (auto& way : s.ways) way.to = s.onward(way.first);
}

void find_returns(Story& s) {
  auto& returns = s.returns;
  returns.assign(s.junctions.size(), 0);
  std::vector<std::uint32_t> begin(s.junctions.size() + 1, 0);
  for (const auto& junction : s.junctions) depends(s, junction, [&](JunctionId on) { ++begin[on + 1]; });
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<JunctionId> who(begin.back());
  auto fill = begin;
  for (JunctionId j = 0; j < s.junctions.size(); ++j)
    depends(s, s.junctions[j], [&](JunctionId on) { who[fill[on]++] = j; });
  const auto yes = [&](JunctionId j) { return j != kNowhere && returns[j] != 0; };
  std::vector<JunctionId> work;
  const auto look = [&](JunctionId j) {
    if (returns[j] != 0) return;
    const auto& junction = s.junctions[j];
    bool now = junction.flow == Flow::back;
    if (junction.flow == Flow::call) now = yes(junction.target) && yes(junction.next);
    if (junction.flow == Flow::decide) {
      for (auto way = junction.ways_begin; way < junction.ways_end && !now; ++way)
        now = yes(s.ways[way].to) && (!s.ways[way].is_call || yes(junction.next));
    }
    if (!now) return;
    returns[j] = 1;
    work.push_back(j);
  };
  for (JunctionId j = 0; j < s.junctions.size(); ++j) {
    if (s.junctions[j].flow == Flow::back) look(j);
  }
  while (!work.empty()) {
    const auto j = work.back();
    work.pop_back();
    for (auto i = begin[j]; i < begin[j + 1]; ++i) look(who[i]);
  }
}

void spread(const Story& s, const std::vector<std::uint32_t>& from, std::vector<std::uint8_t>& seen,
            std::vector<std::uint8_t>& led, bool calls) {
  seen.assign(s.junctions.size(), 0);
  led.assign(s.labels.size(), 0);
  std::vector<JunctionId> work;
  const auto visit = [&](std::uint32_t label, JunctionId first) {
    if (label != kNowhere) led[label] = 1;
    if (first == kNowhere || seen[first] != 0) return;
    seen[first] = 1;
    work.push_back(first);
  };
  for (const auto label : from) {
    if (label != kNowhere) visit(label, s.labels[label].leads);
  }
  while (!work.empty()) {
    const auto& junction = s.junctions[work.back()];
    work.pop_back();
    const auto call = [&](std::uint32_t label, JunctionId first, JunctionId target) {
      if (calls) visit(label, first);
      if (target != kNowhere && s.returns[target] != 0) visit(kNowhere, junction.next_first);
    };
    if (junction.flow == Flow::jump) visit(junction.target_label, junction.target_first);
    if (junction.flow == Flow::next) visit(kNowhere, junction.next_first);
    if (junction.flow == Flow::call) call(junction.target_label, junction.target_first, junction.target);
    if (junction.flow != Flow::decide) continue;
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      const auto& out = s.ways[way];
      if (out.is_call)
        call(out.label, out.first, out.to);
      else
        visit(out.label, out.first);
    }
  }
}

}  // namespace bpyd::renpy
