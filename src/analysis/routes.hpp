// SPDX-License-Identifier: MIT
// A play-through as the decisions on it: small enough to keep many, and enough to tell each anew.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "segments.hpp"

namespace bpyd::analysis {

struct Route {
  std::uint32_t entry = 0;  // index into Story::entries
  std::uint32_t moves = 0;  // segments walked
  std::vector<renpy::WayId> ways;
  std::string_view ending;  // return|end_of_file|quit|main_menu|dynamic|missing|loop|cut; static text
};

/// How a story ends at a junction that returns with no call under way, or stops.
inline std::string_view ending_of(const renpy::Story& story, const renpy::Junction& junction) {
  if (junction.flow == renpy::Flow::back) {
    const auto* node = std::get_if<renpy::ReturnNode>(&story.node(junction.at).payload);
    return node != nullptr && !node->implicit ? "return" : "end_of_file";
  }
  switch (junction.stop) {
    case renpy::Stop::quit:
      return "quit";
    case renpy::Stop::main_menu:
      return "main_menu";
    case renpy::Stop::dynamic:
      return "dynamic";
    default:
      return "missing";
  }
}

/// Walks a route: visitor.segment(stretch) for each stretch up to a junction, then of that junction
/// visitor.decision(junction, way), visitor.call(junction), visitor.back(the junction of the call) or
/// visitor.end(junction, kNowhere when it goes in a circle).
template <class V>
void replay(const renpy::Story& story, const Route& route, V&& visitor) {
  using renpy::Flow;
  auto now = stretch_at(story, story.entries[route.entry]);
  std::vector<JunctionId> sites;
  std::size_t taken = 0;
  JunctionId here = kNowhere;
  for (std::uint32_t move = 0; move < route.moves && now.at != kNowhere; ++move) {
    visitor.segment(now);
    here = now.to;
    if (here == kNowhere) break;
    const auto& junction = story.junctions[here];
    if (junction.flow == Flow::back) {
      if (sites.empty() || story.junctions[sites.back()].next_at == kNowhere) break;
      now = behind(story.junctions[sites.back()]);
      visitor.back(sites.back());
      sites.pop_back();
    } else if (junction.flow == Flow::call) {
      if (move + 1 == route.moves) break;
      sites.push_back(here);
      visitor.call(here);
      now = called(story, junction);
    } else if (junction.flow == Flow::decide) {
      if (taken == route.ways.size()) break;
      const auto way = route.ways[taken++];
      visitor.decision(here, way);
      if (story.ways[way].is_call) sites.push_back(here);
      now = stretch_of(story.ways[way]);
    } else {
      break;
    }
  }
  visitor.end(here);
}

}  // namespace bpyd::analysis
