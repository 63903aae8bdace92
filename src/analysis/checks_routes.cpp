// SPDX-License-Identifier: MIT
// Endings that are much longer in coming than others.
#include <algorithm>
#include <map>

#include "route_lengths.hpp"
#include "routes.hpp"

namespace bpyd::analysis {

namespace {

constexpr std::size_t kMostRoutes = 100;
constexpr std::size_t kMostMoves = 50'000;  // in all of them
constexpr std::int64_t kFewestWords = 200;  // shorter ones are no routes yet
constexpr std::int64_t kMuchLonger = 3;

/// Does the story end there? Not where it is cut, goes round, or goes where nobody knows.
bool ends(std::string_view kind) {
  return kind == "return" || kind == "end_of_file" || kind == "quit" || kind == "main_menu";
}

}  // namespace

/// A visitor of replay() that notes the stretches.
struct RouteLengths::Walker {
  RouteLengths& to;
  const renpy::Story& story;
  std::vector<std::uint32_t> known = std::vector<std::uint32_t>(
      story.ways.size() + 2 * story.junctions.size() + story.entries.size(), kNowhere);
  From from = From::entry;
  std::uint32_t id = 0;
  std::vector<std::uint32_t> passed{};

  void segment(const Stretch&) {
    const auto ways = story.ways.size(), junctions = story.junctions.size();
    auto& place = known[id + (from == From::way    ? 0
                              : from == From::call ? ways
                              : from == From::back ? ways + junctions
                                                   : ways + 2 * junctions)];
    if (place == kNowhere) {
      place = static_cast<std::uint32_t>(to.stretches_.size());
      to.stretches_.emplace_back(from, id);
    }
    passed.push_back(place);
  }
  void decision(JunctionId, WayId way) { from = From::way, id = way; }
  void call(JunctionId junction) { from = From::call, id = junction; }
  void back(JunctionId junction) { from = From::back, id = junction; }
  void end(JunctionId) {}

  Steps walk(const Route& route) {
    from = From::entry;
    id = route.entry;
    passed.clear();
    replay(story, route, *this);
    std::ranges::sort(passed);
    Steps steps;
    for (const auto place : passed) {
      if (steps.empty() || steps.back().first != place) steps.emplace_back(place, 0);
      ++steps.back().second;
    }
    return steps;
  }
};

void RouteLengths::follow(const StoryBook& book, const std::vector<PathHead>& heads) {
  stretches_.clear();
  routes_.clear();
  endings_.clear();
  const auto& routes = book.plan->cover.routes;
  std::map<std::string_view, std::vector<std::size_t>> by_ending;
  for (std::size_t i = 0, moves = 0; i < std::min(routes.size(), kMostRoutes); ++i) {
    moves += routes[i].moves;
    if (moves > kMostMoves) break;
    if (ends(heads[i].ending_kind)) by_ending[heads[i].ending].push_back(i);
  }
  if (by_ending.size() < 2) return;
  Walker walker{*this, *book.story};
  for (auto& [label, indices] : by_ending) {
    Ending ending{std::string(label), {}};
    for (const auto i : indices) {
      ending.routes.push_back(routes_.size());
      routes_.push_back(walker.walk(routes[i]));
    }
    endings_.push_back(std::move(ending));
  }
}

/// Of each stretch.
std::vector<std::int64_t> RouteLengths::words(const StoryBook& book) const {
  const auto& story = *book.story;
  std::vector<std::int64_t> out;
  out.reserve(stretches_.size());
  for (const auto& [from, id] : stretches_) {
    const auto stretch = from == From::way    ? stretch_of(story.ways[id])
                         : from == From::call ? called(story, story.junctions[id])
                         : from == From::back ? behind(story.junctions[id])
                                              : stretch_at(story, story.entries[id]);
    std::int64_t sum = 0;
    each_piece(story, stretch.file, stretch.at,
               [&](std::uint32_t file, NodeId node) { sum += book.sheets[file]->words[node]; });
    out.push_back(sum);
  }
  return out;
}

void RouteLengths::check(const StoryBook& book, const PathList::Heads& heads, Findings& findings) {
  if (plan_ != book.plan || heads_ != heads) follow(book, *heads);
  plan_ = book.plan;
  heads_ = heads;
  if (endings_.empty()) return;
  const auto of_stretch = words(book);
  struct Length {
    std::int64_t words = 0;
    const Ending* ending = nullptr;
  };
  Length longest, shortest;
  for (const auto& ending : endings_) {
    Length here{0, &ending};  // an ending is as long as the longest route to it
    for (const auto route : ending.routes) {
      std::int64_t sum = 0;
      for (const auto& [stretch, times] : routes_[route]) sum += of_stretch[stretch] * times;
      here.words = std::max(here.words, sum);
    }
    if (here.words < kFewestWords) continue;
    if (longest.ending == nullptr || here.words > longest.words) longest = here;
    if (shortest.ending == nullptr || here.words < shortest.words) shortest = here;
  }
  if (longest.ending == nullptr || longest.words <= kMuchLonger * shortest.words) return;
  const auto at = book.story->find_label(shortest.ending->label);
  if (at == kNowhere) return;
  findings.add(at, "route-length", Severity::info,
               "The way to the ending " + shortest.ending->label + " has " + std::to_string(shortest.words) +
                   " words, that to " + longest.ending->label + " " + std::to_string(longest.words),
               "Tell more on the short way or less on the long one, unless that is meant");
}

}  // namespace bpyd::analysis
