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
  Walker(const Chart& chart, const Telling& telling, const CoverLimits& limits)
      : story_(chart.story()),
        chart_(chart),
        telling_(telling),
        limits_(limits),
        covered_(story_.options.size(), false) {
    number_junctions();
  }

  Cover run() {
    for (const auto entry : story_.entries) walk(entry, {});
    for (const auto id : chart_.junctions()) {
      if (story_.nodes[id].flow != Flow::decide || !chart_.reached(id)) continue;
      for (auto i = story_.nodes[id].options_begin; i < story_.nodes[id].options_end; ++i) {
        if (covered_[i]) continue;
        out_.truncated = out_.truncated || exhausted();
        if (exhausted()) return finish();
        walk_to(id, i);
      }
    }
    return finish();
  }

 private:
  Cover finish() {
    name_paths();
    return std::move(out_);
  }

  [[nodiscard]] bool exhausted() const {
    return out_.paths.size() >= limits_.paths || steps_ >= limits_.steps || statements_ >= limits_.statements;
  }

  void walk_to(StoryId id, std::uint32_t option) {
    std::deque<Move> plan = {{Move::How::option, id, option}};
    if (story_.options[option].is_call) plan.front().how = Move::How::into;
    StoryId at = id;
    while (chart_.arrival(at).how != Move::How::start) {
      plan.push_front(chart_.arrival(at));
      at = chart_.arrival(at).from;
    }
    walk(chart_.arrival(at).from, std::move(plan));
    mark(id, option);  // whatever became of it: no second try
  }

  void walk(StoryId entry, std::deque<Move> plan) {
    if (exhausted()) {
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
    mark(id, chosen);
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
      const auto far = junction == kNowhere ? kNever : news_[number_[junction]];
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

  void mark(StoryId id, std::uint32_t option) {
    if (covered_[option]) return;
    covered_[option] = true;
    --fresh_[list_[number_[id]]];
  }

  /// Junctions get small numbers, so that looking for news stays in the processor's cache.
  void number_junctions() {
    const auto& junctions = chart_.junctions();
    std::unordered_map<std::uint32_t, std::uint32_t> lists;
    number_.assign(story_.nodes.size(), 0);
    for (std::uint32_t n = 0; n < junctions.size(); ++n) number_[junctions[n]] = n;
    for (const auto id : junctions) {
      const auto& node = story_.nodes[id];
      // Dynamic jumps share one list of options.
      const auto list =
          lists.try_emplace(node.flow == Flow::decide ? node.options_begin : UINT32_MAX, fresh_.size())
              .first->second;
      if (list == fresh_.size())
        fresh_.push_back(node.flow == Flow::decide ? node.options_end - node.options_begin : 0);
      list_.push_back(list);
      before_at_.push_back(static_cast<std::uint32_t>(before_.size()));
      for (auto way = chart_.before_begin(id); way != chart_.before_end(id); ++way)
        before_.push_back(number_[way->junction]);
    }
    before_at_.push_back(static_cast<std::uint32_t>(before_.size()));
  }

  /// How far each junction is from an option that no path has taken.
  void find_news() {
    news_.assign(list_.size(), kNever);
    std::vector<std::uint32_t> work;
    for (std::uint32_t n = 0; n < list_.size(); ++n) {
      if (fresh_[list_[n]] == 0) continue;
      news_[n] = 0;
      work.push_back(n);
    }
    for (std::size_t i = 0; i < work.size(); ++i) {
      const auto far = news_[work[i]];
      for (auto at = before_at_[work[i]]; at < before_at_[work[i] + 1]; ++at) {
        if (news_[before_[at]] != kNever) continue;
        news_[before_[at]] = far + 1;
        work.push_back(before_[at]);
      }
    }
    statements_ += list_.size() / 4;
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
  const Telling& telling_;
  CoverLimits limits_;
  Cover out_;
  std::vector<bool> covered_;                      // per option
  std::vector<std::uint32_t> number_;              // per statement: a junction's number
  std::vector<std::uint32_t> list_;                // per junction: its list of options
  std::vector<std::uint32_t> fresh_;               // per list: options no path has taken
  std::vector<std::uint32_t> before_at_, before_;  // per junction: those one move before it
  std::vector<Cost> news_;  // per junction, as things stood when this path first asked; empty: not asked
  std::deque<Move> plan_;
  std::size_t plan_depth_ = 1;  // frames that the plan's next move is in
  std::vector<Frame> frames_;
  std::unordered_set<StoryId> circling_;
  std::size_t steps_ = 0;
  std::size_t statements_ = 0;
};

}  // namespace

Cover cover(const Chart& chart, const Telling& telling, const CoverLimits& limits) {
  return Walker(chart, telling, limits).run();
}

}  // namespace bpyd::analysis
