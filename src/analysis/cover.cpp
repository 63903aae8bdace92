// SPDX-License-Identifier: MIT
// The cover, greedily: take the first choice in script order that no path has yet, go to it by
// the shortest way, and go on from there taking what is new; leave loops after one turn.
#include "cover.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "chart.hpp"
#include "teller.hpp"

namespace bpyd::analysis {
namespace {

using renpy::Flow;
using renpy::Option;
using renpy::Stop;
using renpy::Story;

/// One call in progress.
struct Frame {
  StoryId site = kNowhere;   // where it returns to
  StoryId entry = kNowhere;  // what was called
  Cost after = 0;            // from there to an end
  bool must_return = false;
  std::uint32_t leaving = 0;  // the loop that is being left; 0: none
  std::unordered_set<StoryId> met;
};

class Walker {
 public:
  Walker(const Chart& chart, const CoverLimits& limits)
      : story_(chart.story()),
        chart_(chart),
        telling_(story_),
        limits_(limits),
        covered_(story_.options.size(), false) {}

  Cover run() {
    for (const auto entry : story_.entries) walk(entry, {});
    for (const auto id : chart_.junctions()) {
      if (story_.nodes[id].flow != Flow::decide || !chart_.reached(id)) continue;
      for (auto i = story_.nodes[id].options_begin; i < story_.nodes[id].options_end; ++i) {
        if (!covered_[i]) walk_to(id, i);
      }
    }
    name_paths();
    return std::move(out_);
  }

 private:
  void walk_to(StoryId id, std::uint32_t option) {
    std::deque<Move> plan = {{Move::How::option, id, option}};
    if (story_.options[option].is_call) plan.front().how = Move::How::into;
    StoryId at = id;
    while (chart_.arrival(at).how != Move::How::start) {
      plan.push_front(chart_.arrival(at));
      at = chart_.arrival(at).from;
    }
    walk(chart_.arrival(at).from, std::move(plan));
    covered_[option] = true;  // whatever became of it: no second try
  }

  void walk(StoryId entry, std::deque<Move> plan) {
    if (out_.paths.size() >= limits_.paths || steps_ >= limits_.steps || statements_ >= limits_.statements) {
      out_.truncated = true;
      return;
    }
    plan_ = std::move(plan);
    plan_depth_ = 1;
    frames_.clear();
    frames_.emplace_back();
    news_.clear();
    Teller teller(telling_);
    StoryId at = entry;
    std::string_view ending;
    while (ending.empty()) ending = one_move(at, teller);
    steps_ += teller.steps() + 1;
    if (ending == "cut") out_.truncated = true;
    out_.paths.push_back(teller.finish(at, ending, entry));
  }

  /// From `at` to the next junction and past it. Answers how the path ends, empty when it goes on.
  std::string_view one_move(StoryId& at, Teller& teller) {
    const auto junction = chart_.junction(at);
    while (true) {
      ++statements_;
      teller.statement(at);
      if (at == junction) break;
      const auto& node = story_.nodes[at];
      const auto next = node.flow == Flow::jump ? node.target : node.next;
      if (next == kNowhere) return "end_of_file";
      if (junction == kNowhere && !circling_.insert(next).second) {
        circling_.clear();
        return "loop";
      }
      at = next;
      if (statements_ >= limits_.statements) return "cut";
    }
    if (teller.steps() >= limits_.steps_of_one || frames_.size() > 500) return "cut";
    const auto& node = story_.nodes[at];
    switch (node.flow) {
      case Flow::stop:
        return stop_kind(node.stop);
      case Flow::back:
        return go_back(at, teller);
      case Flow::call: {
        const auto move = planned(at);
        if (!enter(node.target, node.next, move.how)) return "loop";
        at = node.target;
        return {};
      }
      default:
        return decide(at, teller);
    }
  }

  static std::string_view stop_kind(Stop stop) {
    switch (stop) {
      case Stop::quit:
        return "quit";
      case Stop::main_menu:
        return "main_menu";
      case Stop::dynamic:
        return "dynamic";
      default:
        return "missing";
    }
  }

  std::string_view go_back(StoryId& at, Teller& teller) {
    if (frames_.size() == 1) {
      const auto* node = std::get_if<renpy::ReturnNode>(&story_.node(at).payload);
      return node != nullptr && !node->implicit ? "return" : "end_of_file";
    }
    const auto site = frames_.back().site;
    frames_.pop_back();
    plan_depth_ = std::min(plan_depth_, frames_.size());
    if (site == kNowhere) return "end_of_file";
    teller.came_back(site);
    at = site;
    return {};
  }

  /// The plan's move for this junction; `start` when the plan says nothing about it.
  Move planned(StoryId at) {
    if (plan_.empty() || plan_depth_ != frames_.size() || plan_.front().from != at) return {};
    const auto move = plan_.front();
    plan_.pop_front();
    return move;
  }

  /// False when the call goes into itself and can never end.
  bool enter(StoryId entry, StoryId site, Move::How how) {
    const auto& caller = frames_.back();
    const bool endless = chart_.to_return(entry) == kNever && chart_.to_stop(entry) == kNever;
    if (endless && std::ranges::find(frames_, entry, &Frame::entry) != frames_.end()) return false;
    Frame frame;
    frame.site = site;
    frame.entry = entry;
    frame.must_return = how == Move::How::over || caller.must_return;
    frame.after = cost(caller, site);
    // A call of a call of … of itself is left at once.
    frame.leaving = frames_.size() > 30 ? kAll : 0;
    frames_.push_back(std::move(frame));
    if (how == Move::How::into) ++plan_depth_;
    return true;
  }

  /// From a statement to where this frame may end.
  [[nodiscard]] Cost cost(const Frame& frame, StoryId id) const {
    const auto back = chart_.to_return(id);
    return frame.must_return ? back : std::min(chart_.to_stop(id), plus(back, frame.after));
  }

  [[nodiscard]] Cost option_cost(const Frame& frame, StoryId id, const Option& option) const {
    if (!option.is_call) return cost(frame, option.to);
    const auto over = plus(chart_.to_return(option.to), cost(frame, story_.nodes[id].next));
    return frame.must_return ? over : std::min(over, chart_.to_stop(option.to));
  }

  std::string_view decide(StoryId& at, Teller& teller) {
    const auto id = at;
    const auto& node = story_.nodes[id];
    auto& frame = frames_.back();
    auto move = planned(id);
    auto chosen = move.option;
    const bool again = !frame.met.insert(id).second;
    if (move.how == Move::How::start) {
      if (again) frame.leaving = chart_.loop(id);
      const bool leave = frame.leaving == kAll || frame.leaving == chart_.loop(id);
      const auto found = leave ? shortest(frame, id) : newest(frame, id, teller.state());
      if (found == kNone) return "loop";
      chosen = found;
    }
    covered_[chosen] = true;
    teller.decision(id, chosen);
    const auto& option = story_.options[chosen];
    if (option.to == kNowhere) return "end_of_file";
    if (option.is_call && !enter(option.to, node.next, move.how)) return "loop";
    at = option.to;
    return {};
  }

  [[nodiscard]] std::uint32_t shortest(const Frame& frame, StoryId id) const {
    const auto& node = story_.nodes[id];
    auto best = kNone;
    Cost least = kNever;
    for (auto i = node.options_begin; i < node.options_end; ++i) {
      const auto now = option_cost(frame, id, story_.options[i]);
      if (now >= least) continue;
      least = now;
      best = i;
    }
    return best;
  }

  /// Options worth taking: those that lead to an end and that the path's own constants do not
  /// contradict; where these settle an `if`, its branch alone.
  std::vector<std::uint32_t> sensible(const Frame& frame, StoryId id, const State& state) const {
    const auto& node = story_.nodes[id];
    std::vector<std::uint32_t> open;
    std::vector<std::uint32_t> ending;
    for (auto i = node.options_begin; i < node.options_end; ++i) {
      const auto& option = story_.options[i];
      if (option_cost(frame, id, option) == kNever) continue;
      ending.push_back(i);
      const bool tested = !option.condition.empty() && !option.negated;
      const auto holds = tested ? state.holds(option.condition) : std::nullopt;
      if (holds == false) continue;
      // `while x` turns once though its test still says to go on: the rule of loops takes over.
      if (option.negated && option.why == Option::Why::condition && state.holds(option.condition) == true)
        continue;
      open.push_back(i);
      if (holds == true && option.why == Option::Why::condition) break;
    }
    return open.empty() ? ending : open;
  }

  /// The first option no path has taken; else the one with such an option nearest behind it.
  std::uint32_t newest(const Frame& frame, StoryId id, const State& state) {
    const auto& node = story_.nodes[id];
    const auto options = sensible(frame, id, state);
    for (const auto i : options) {
      if (!covered_[i]) return i;
    }
    if (news_.empty()) find_news();
    auto best = kNone;
    Cost least = kNever;
    for (const auto i : options) {
      const auto junction = chart_.junction(story_.options[i].to);
      const auto far = junction == kNowhere ? kNever : news_[junction];
      if (far >= least) continue;
      least = far;
      best = i;
    }
    if (best != kNone) return best;
    for (const auto i : options) {
      const auto now = option_cost(frame, id, story_.options[i]);
      if (best != kNone && now >= least) continue;
      least = now;
      best = i;
    }
    if (best != kNone) return best;
    // No way out at all: once around, to show it.
    for (auto i = node.options_begin; i < node.options_end; ++i) {
      if (!covered_[i]) return i;
    }
    return node.options_begin < node.options_end ? node.options_begin : kNone;
  }

  /// How far each junction is from an option that no path has taken.
  void find_news() {
    news_.assign(story_.nodes.size(), kNever);
    std::vector<StoryId> work;
    for (const auto id : chart_.junctions()) {
      const auto& node = story_.nodes[id];
      if (node.flow != Flow::decide) continue;
      const auto fresh = [&](std::uint32_t i) { return !covered_[i]; };
      for (auto i = node.options_begin; i < node.options_end && news_[id] != 0; ++i) {
        if (!fresh(i)) continue;
        news_[id] = 0;
        work.push_back(id);
      }
    }
    for (std::size_t i = 0; i < work.size(); ++i) {
      const auto far = news_[work[i]];
      for (auto way = chart_.before_begin(work[i]); way != chart_.before_end(work[i]); ++way) {
        if (news_[way->junction] != kNever) continue;
        news_[way->junction] = far + 1;
        work.push_back(way->junction);
      }
    }
    statements_ += chart_.junctions().size() / 4;
  }

  void name_paths() {
    std::unordered_map<std::string, int> seen;
    for (std::size_t i = 0; i < out_.paths.size(); ++i) {
      auto& path = out_.paths[i];
      char id[24];
      std::snprintf(id, sizeof id, "p%03zu", i + 1);
      path.id = id;
      auto hash = fnv1a("");
      for (const auto& label : path.labels) hash = fnv1a("\n", fnv1a(label, hash));
      for (const auto& choice : path.choices) hash = fnv1a("\r", fnv1a(choice.text, hash));
      path.key = hex64(hash);
      if (seen.contains(path.key)) {
        for (const auto& condition : path.conditions) hash = fnv1a("\t", fnv1a(condition.text, hash));
        path.key = hex64(hash);
      }
      for (int n = 2; !seen.emplace(path.key, 1).second; ++n)
        path.key = hex64(fnv1a(std::to_string(n), hash));
    }
  }

  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::uint32_t kAll = UINT32_MAX;  // leaving whatever loop

  const Story& story_;
  const Chart& chart_;
  Telling telling_;
  CoverLimits limits_;
  Cover out_;
  std::vector<bool> covered_;  // per option
  std::vector<Cost> news_;     // per junction, as things stood when this path first asked; empty: not asked
  std::deque<Move> plan_;
  std::size_t plan_depth_ = 1;  // frames that the plan's next move is in
  std::vector<Frame> frames_;
  std::unordered_set<StoryId> circling_;
  std::size_t steps_ = 0;
  std::size_t statements_ = 0;
};

}  // namespace

Cover cover(const Chart& chart, const CoverLimits& limits) { return Walker(chart, limits).run(); }

}  // namespace bpyd::analysis
