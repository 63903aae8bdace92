// SPDX-License-Identifier: MIT
// Dynamic programming over (junction, loops gone around already). What a call leads to is counted
// once for all its callers: ways that come back from it times the ways on from there, and ways that
// end inside it.
#include "count.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <optional>

#include "components.hpp"

namespace bpyd::analysis {
namespace {

using Number = boost::multiprecision::cpp_int;
using renpy::Flow;
using renpy::Story;
using renpy::StoryId;

constexpr std::uint32_t kDeepest = 8;  // loops in each other that are counted apart
constexpr std::size_t kMostStates = 1u << 18;
constexpr std::size_t kMostBits = 332'192;  // of one number: 100,000 digits

/// A way on from a junction: to `to`; or into `to`, and to `after` once that returns.
struct Step {
  JunctionId to = kNowhere;
  bool call = false;
  bool ends = false;  // behind the call (or at once) the story ends
  JunctionId after = kNowhere;
};

/// The loops around each junction, outermost first, as a forest.
class Nest {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Loop {
    JunctionId head;
    std::uint32_t parent;
    std::uint32_t depth;  // 0: outermost
  };

  template <class Ahead>
  Nest(const Chart& chart, std::vector<bool> doors, Ahead ahead)
      : doors_(std::move(doors)),
        inner_(chart.story().junctions.size(), kNone),
        ring_(inner_.size(), kNone),
        components_(inner_.size()) {
    std::vector<Part> parts = {{chart.junctions(), kNone}};
    while (!parts.empty()) {
      const auto part = std::move(parts.back());
      parts.pop_back();
      split(part, ahead, parts);
    }
  }

  [[nodiscard]] std::uint32_t depth(JunctionId id) const {
    return inner_[id] == kNone ? 0 : loops_[inner_[id]].depth + 1;
  }
  [[nodiscard]] const Loop& loop(std::uint32_t number) const { return loops_[number]; }
  /// How many loops both stand in.
  [[nodiscard]] std::uint32_t shared(JunctionId a, JunctionId b) const {
    auto x = inner_[a], y = inner_[b];
    while (x != y) {
      auto& deeper = y == kNone || (x != kNone && loops_[x].depth >= loops_[y].depth) ? x : y;
      deeper = loops_[deeper].parent;
    }
    return x == kNone ? 0 : loops_[x].depth + 1;
  }
  /// The loop around `from` whose head `to` is; kNone: no way back.
  [[nodiscard]] std::uint32_t back(JunctionId from, JunctionId to) const {
    for (auto loop = inner_[from]; loop != kNone; loop = loops_[loop].parent) {
      if (loops_[loop].head == to) return loop;
    }
    return kNone;
  }

  /// In loops this deep every way back to an earlier statement is closed.
  [[nodiscard]] bool flat_back(JunctionId from, JunctionId to) const {
    return inner_[from] != kNone && inner_[from] == inner_[to] && loops_[inner_[from]].depth == kDeepest &&
           to <= from;
  }

 private:
  struct Part {
    std::vector<JunctionId> nodes;
    std::uint32_t loop;
  };

  /// The loops inside one loop: without the ways back to its head, what still goes in rings.
  template <class Ahead>
  void split(const Part& part, Ahead& ahead, std::vector<Part>& parts) {
    const auto head = part.loop == kNone ? kNowhere : loops_[part.loop].head;
    const auto within = [&](JunctionId id, auto&& visit) {
      ahead(id, [&](JunctionId to) {
        if (to != head && inner_[to] == part.loop) visit(to);
      });
    };
    std::vector<std::vector<JunctionId>> rings;
    components_.find(part.nodes, within, [&](std::span<const JunctionId> members) {
      bool ring = members.size() > 1;
      if (!ring) within(members[0], [&](JunctionId to) { ring = ring || to == members[0]; });
      for (const auto id : members) ring_[id] = ring ? static_cast<std::uint32_t>(rings.size()) : kNone;
      if (ring) rings.emplace_back(members.begin(), members.end());
    });
    // A loop's head is where it is entered; the first in script order when it has several doors.
    std::vector<JunctionId> heads(rings.size(), kNowhere);
    const auto enters = [&](JunctionId to) { heads[ring_[to]] = std::min(heads[ring_[to]], to); };
    for (const auto id : part.nodes) {
      if (part.loop == kNone && doors_[id] && ring_[id] != kNone) enters(id);
      within(id, [&](JunctionId to) {
        if (ring_[to] != kNone && ring_[to] != ring_[id]) enters(to);
      });
    }
    const auto depth = part.loop == kNone ? 0 : loops_[part.loop].depth + 1;
    for (std::size_t i = 0; i < rings.size(); ++i) {
      const auto loop = static_cast<std::uint32_t>(loops_.size());
      loops_.push_back(
          {heads[i] != kNowhere ? heads[i] : *std::ranges::min_element(rings[i]), part.loop, depth});
      for (const auto id : rings[i]) inner_[id] = loop;
      if (depth < kDeepest) parts.push_back({std::move(rings[i]), loop});
    }
  }

  std::vector<bool> doors_;  // a story or a call begins here
  std::vector<std::uint32_t> inner_;
  std::vector<std::uint32_t> ring_;  // while splitting: which ring of the part
  Components<JunctionId> components_;
  std::vector<Loop> loops_;
};

class Counter {
 public:
  explicit Counter(const Chart& chart)
      : chart_(chart),
        story_(chart.story()),
        nest_(chart, doors(), [this](JunctionId id, auto&& visit) { ahead(id, visit); }) {
    find_recursion();
    find_called();
    lay_out();
  }

  std::string run() {
    Number total = 0;
    for (const auto entry : story_.entries) {
      const auto junction = story_.junction(entry);
      if (junction == kNowhere) continue;
      const auto& ways = count({junction, 0});
      if (too_long_) return {};
      total += ways.back + ways.stop;
    }
    return total.str();
  }

 private:
  struct State {
    JunctionId junction;
    std::uint32_t turned;  // bit d: the loop of depth d has been gone around
  };
  /// To a return of the same call, and to an end of the story.
  struct Ways {
    Number back = 0;
    Number stop = 0;
  };

  template <class F>
  void steps(JunctionId id, F&& each) const {
    const auto& node = story_.junctions[id];
    const auto one = [&](StoryId at, JunctionId to, bool call) {
      if (at == kNowhere) return each(Step{.ends = true});
      Step step{.to = to, .call = call};
      if (step.to == kNowhere) return;  // runs in a circle for ever
      if (call) step.after = node.next;
      if (call) step.ends = node.next_at == kNowhere;
      each(step);
    };
    if (node.flow == Flow::call) one(node.target_at, node.target, true);
    if (node.flow != Flow::decide) return;
    for (auto way = node.ways_begin; way < node.ways_end; ++way)
      one(story_.ways[way].at, story_.ways[way].to, story_.ways[way].is_call);
  }

  /// On inside the same call.
  template <class F>
  void ahead(JunctionId id, F&& visit) const {
    steps(id, [&](const Step& step) {
      const auto to = step.call ? step.after : step.to;
      if (to != kNowhere && (!step.call || chart_.to_return(step.to) != kNever)) visit(to);
    });
  }

  [[nodiscard]] std::vector<bool> doors() const {
    std::vector<bool> found(story_.junctions.size(), false);
    for (const auto entry : story_.entries) {
      if (const auto junction = story_.junction(entry); junction != kNowhere) found[junction] = true;
    }
    for (const auto id : chart_.junctions()) {
      steps(id, [&](const Step& step) {
        if (step.call) found[step.to] = true;
      });
    }
    return found;
  }

  /// A call in a loop is no recursion: what is called must lead back to the call.
  void find_recursion() {
    component_.assign(story_.junctions.size(), 0);
    std::uint32_t number = 0;
    const auto everywhere = [this](JunctionId id, auto&& visit) {
      ahead(id, visit);
      steps(id, [&](const Step& step) {
        if (step.call) visit(step.to);
      });
    };
    Components<JunctionId>(component_.size())
        .find(chart_.junctions(), everywhere, [&](std::span<const JunctionId> members) {
          ++number;
          for (const auto member : members) component_[member] = number;
        });
  }

  /// Where a return may come back to a call. Elsewhere it ends the story: one sum does for both.
  void find_called() {
    called_.assign(story_.junctions.size(), false);
    std::vector<JunctionId> work;
    const auto visit = [&](JunctionId id) {
      if (called_[id]) return;
      called_[id] = true;
      work.push_back(id);
    };
    for (const auto id : chart_.junctions()) {
      steps(id, [&](const Step& step) {
        if (step.call) visit(step.to);
      });
    }
    while (!work.empty()) {
      const auto id = work.back();
      work.pop_back();
      ahead(id, visit);
    }
  }

  /// Numbers the states; loops deeper than there is room for are not gone around.
  void lay_out() {
    for (deepest_ = kDeepest;; --deepest_) {
      std::size_t total = 0;
      for (const auto id : chart_.junctions()) total += std::size_t{1} << std::min(nest_.depth(id), deepest_);
      if (total <= kMostStates || deepest_ == 0) break;
    }
    first_.assign(story_.junctions.size(), 0);
    std::uint32_t next = 0;
    for (const auto id : chart_.junctions()) {
      first_[id] = next;
      next += 1u << std::min(nest_.depth(id), deepest_);
    }
    known_.resize(next);
  }

  [[nodiscard]] std::optional<Ways>& at(State state) { return known_[first_[state.junction] + state.turned]; }

  /// Where a step inside the same call leads, with the loops gone around kept in mind.
  [[nodiscard]] std::optional<State> onward(State from, JunctionId to) const {
    const auto loop = nest_.back(from.junction, to);
    if (nest_.flat_back(from.junction, to)) return std::nullopt;
    if (loop == Nest::kNone) {
      const auto kept = std::min(nest_.shared(from.junction, to), deepest_);
      return State{to, from.turned & ((1u << kept) - 1)};
    }
    const auto depth = nest_.loop(loop).depth;
    if (depth >= deepest_ || (from.turned >> depth & 1) != 0) return std::nullopt;
    return State{to, (from.turned & ((1u << depth) - 1)) | 1u << depth};
  }

  [[nodiscard]] bool recursive(JunctionId site, const Step& step) const {
    return step.call && component_[site] == component_[step.to];
  }

  /// What must be known before a state can be counted.
  template <class F>
  void needs(State state, F&& each) const {
    steps(state.junction, [&](const Step& step) {
      if (recursive(state.junction, step)) return;
      if (step.call) each(State{step.to, 0});
      if (step.call && chart_.to_return(step.to) == kNever) return;
      const auto to = step.call ? step.after : step.to;
      if (to == kNowhere || step.ends) return;
      if (const auto next = onward(state, to)) each(*next);
    });
  }

  const Ways& count(State wanted) {
    std::vector<State> open = {wanted};
    while (!open.empty() && !too_long_) {
      const auto state = open.back();
      bool ready = true;
      if (!at(state)) {
        needs(state, [&](State other) {
          if (at(other)) return;
          open.push_back(other);
          ready = false;
        });
      }
      if (!ready) continue;
      if (!at(state)) at(state) = add_up(state);
      open.pop_back();
    }
    if (!at(wanted)) at(wanted).emplace();
    return *at(wanted);
  }

  Ways add_up(State state) {
    Ways ways;
    const bool apart = called_[state.junction];  // are returns and ends counted apart?
    auto& stop = apart ? ways.stop : ways.back;
    const auto flow = story_.junctions[state.junction].flow;
    if (flow == Flow::back) ways.back = 1;
    if (flow == Flow::stop) stop = 1;
    const auto add = [&](const Ways& more) {
      ways.back += more.back;
      if (more.stop != 0) stop += more.stop;
    };
    const auto add_times = [&](const Number& times, const Ways& more) {
      if (times == 1) return add(more);
      ways.back += times * more.back;
      if (more.stop != 0) stop += times * more.stop;
    };
    steps(state.junction, [&](const Step& step) {
      if (recursive(state.junction, step)) return;
      if (step.call) {
        const auto& inside = *at({step.to, 0});
        stop += inside.stop;
        if (step.ends) stop += inside.back;
        if (step.ends || step.after == kNowhere || inside.back == 0) return;
        if (const auto next = onward(state, step.after)) add_times(inside.back, *at(*next));
      } else if (step.ends) {
        ++stop;
      } else if (const auto next = onward(state, step.to)) {
        add(*at(*next));
      }
    });
    if (too_long(ways.back) || too_long(ways.stop)) too_long_ = true;
    return ways;
  }

  static bool too_long(const Number& number) { return number != 0 && msb(number) > kMostBits; }

  const Chart& chart_;
  const Story& story_;
  Nest nest_;
  std::uint32_t deepest_ = kDeepest;
  std::vector<std::uint32_t> component_;
  std::vector<bool> called_;          // per junction: inside something that is called
  std::vector<std::uint32_t> first_;  // per junction: its state with no loop gone around
  std::vector<std::optional<Ways>> known_;
  bool too_long_ = false;
};

}  // namespace

std::string count_play_throughs(const Chart& chart) { return Counter(chart).run(); }

}  // namespace bpyd::analysis
