// SPDX-License-Identifier: MIT
// The cover, greedily: take the first choice in script order that no path has yet, go to it by
// the shortest way, and go on from there taking what is new; leave loops after one turn.
#include "cover.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "run_state.hpp"

namespace bpyd::analysis {

using renpy::Flow;
using renpy::Junction;
using renpy::Option;
using renpy::Story;

std::vector<Value> values_at_start(const Sheets& sheets, const Variables& variables) {
  RunState state(std::vector<Value>(variables.size()));
  for (const auto& sheet : sheets) {
    for (const auto& made : sheet->defaults)
      state.apply(*sheet,
                  {.variable = made.variable, .what = Effect::What::set, .expression = made.expression});
  }
  std::vector<Value> out(variables.size());
  for (VariableId id = 0; id < out.size(); ++id) out[id] = state[id];
  return out;
}

namespace {

/// One call in progress.
struct Frame {
  JunctionId target = kNowhere;  // what was called
  JunctionId site = kNowhere;    // whose call it is
  Cost after = 0;                // from there to an end
  bool must_return = false;
  std::uint32_t leaving = 0;  // the loop that is being left; 0: none
  std::unordered_set<JunctionId> met;
};

class Walker {
 public:
  Walker(const Chart& chart, const Sheets& sheets, const Feasibility& feasible, const Variables& variables,
         const CoverLimits& limits)
      : story_(chart.story()),
        chart_(chart),
        sheets_(sheets),
        feasible_(feasible),
        limits_(limits),
        covered_(story_.ways.size(), false),
        quiet_(story_.ways.size(), Noise::unknown),
        start_(values_at_start(sheets, variables)),
        state_(start_) {
    for (const auto& [way, why] : feasible.reasons()) covered_[way] = true;  // nobody can show it
    number_junctions();
  }

  Cover run() {
    for (std::uint32_t entry = 0; entry < story_.entries.size(); ++entry) walk(entry, {});
    for (const auto id : chart_.junctions()) {
      const auto& junction = story_.junctions[id];
      if (junction.flow != Flow::decide || !chart_.reached(id)) continue;
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
        if (covered_[way]) continue;
        out_.truncated = out_.truncated || exhausted();
        if (exhausted()) return std::move(out_);
        walk_to(id, way);
      }
    }
    return std::move(out_);
  }

 private:
  enum class Noise : std::uint8_t { unknown, quiet, loud };

  [[nodiscard]] bool exhausted() const {
    return out_.routes.size() >= limits_.paths || moves_ >= limits_.moves;
  }

  void walk_to(JunctionId id, WayId way) {
    std::deque<Move> plan = {{Move::How::option, id, way, kNowhere}};
    if (story_.ways[way].is_call) plan.front().how = Move::How::into;
    auto at = id;
    while (chart_.arrival(at).how != Move::How::start) {
      plan.push_front(chart_.arrival(at));
      at = chart_.arrival(at).from;
    }
    const auto entry = std::ranges::find(story_.entries, chart_.arrival(at).entry) - story_.entries.begin();
    walk(static_cast<std::uint32_t>(entry), std::move(plan));
    mark(id, way);  // whatever became of it: no second try
  }

  void walk(std::uint32_t entry, std::deque<Move> plan) {
    if (exhausted()) {
      out_.truncated = true;
      return;
    }
    plan_ = std::move(plan);
    plan_depth_ = 1;
    frames_.clear();
    frames_.emplace_back();
    state_.reset(start_);
    route_ = {};
    route_.entry = entry;
    now_ = stretch_at(story_, story_.entries[entry]);
    assign();
    while (route_.ending.empty()) route_.ending = one_move();
    moves_ += route_.moves;
    if (route_.ending == "cut") out_.truncated = true;
    out_.routes.push_back(std::move(route_));
  }

  void assign() {
    each_effect(story_, sheets_, now_.file, now_.at,
                [this](const Sheet& sheet, const Effect& effect) { state_.apply(sheet, effect); });
  }
  void assign_way(WayId way) {
    auto& noise = quiet_[way];
    if (noise == Noise::quiet) return;
    bool any = false;
    each_effect(story_, sheets_, now_.file, now_.at, [&](const Sheet& sheet, const Effect& effect) {
      any = true;
      state_.apply(sheet, effect);
    });
    noise = any ? Noise::loud : Noise::quiet;
  }

  /// From a statement to the next junction and past it. Answers how the path ends, empty: it goes on.
  std::string_view one_move() {
    ++route_.moves;
    const auto here = now_.to;
    if (here == kNowhere) return "loop";
    if (route_.moves >= limits_.moves_of_one || frames_.size() > 500) return "cut";
    const auto& junction = story_.junctions[here];
    switch (junction.flow) {
      case Flow::stop:
        return ending_of(story_, junction);
      case Flow::back:
        return go_back(junction);
      case Flow::call: {
        const auto move = planned(here);
        if (!enter(junction.target, here, move.how)) return "loop";
        now_ = called(story_, junction);
        assign();
        return {};
      }
      default:
        return decide(here, junction);
    }
  }

  std::string_view go_back(const Junction& junction) {
    if (frames_.size() == 1) {
      return ending_of(story_, junction);
    }
    now_ = behind(story_.junctions[frames_.back().site]);
    frames_.pop_back();
    plan_depth_ = std::min(plan_depth_, frames_.size());
    if (now_.at == kNowhere) return "end_of_file";
    assign();
    return {};
  }

  /// The plan's move for this junction; `start` when the plan says nothing about it.
  Move planned(JunctionId at) {
    if (plan_.empty() || plan_depth_ != frames_.size() || plan_.front().from != at) return {};
    const auto move = plan_.front();
    plan_.pop_front();
    return move;
  }

  /// False when the call goes into itself and can never end.
  bool enter(JunctionId target, JunctionId site, Move::How how) {
    const auto& caller = frames_.back();
    const bool endless = chart_.to_return(target) == kNever && chart_.to_stop(target) == kNever;
    if (endless && std::ranges::find(frames_, target, &Frame::target) != frames_.end()) return false;
    Frame frame;
    frame.target = target;
    frame.site = site;
    frame.must_return = how == Move::How::over || caller.must_return;
    frame.after = cost(caller, story_.junctions[site].next);
    // A call of a call of … of itself is left at once.
    frame.leaving = frames_.size() > 30 ? kAll : 0;
    frames_.push_back(std::move(frame));
    if (how == Move::How::into) ++plan_depth_;
    return true;
  }

  /// From a junction to where this frame may end.
  [[nodiscard]] Cost cost(const Frame& frame, JunctionId id) const {
    const auto back = chart_.to_return(id);
    return frame.must_return ? back : std::min(chart_.to_stop(id), plus(back, frame.after));
  }

  [[nodiscard]] Cost way_cost(const Frame& frame, const Junction& junction, WayId id) const {
    const auto& way = story_.ways[id];
    if (!way.is_call) return cost(frame, way.to);
    const auto over = plus(chart_.to_return(way.to), cost(frame, junction.next));
    return frame.must_return ? over : std::min(over, chart_.to_stop(way.to));
  }

  std::string_view decide(JunctionId id, const Junction& junction) {
    auto& frame = frames_.back();
    const auto move = planned(id);
    auto chosen = move.way;
    const bool again = chart_.in_ring(id) && !frame.met.insert(id).second;
    if (move.how == Move::How::start) {
      if (again) frame.leaving = chart_.loop(id);
      const bool leave = frame.leaving == kAll || (frame.leaving != 0 && frame.leaving == chart_.loop(id));
      const auto found = leave ? shortest(frame, junction) : newest(frame, junction);
      if (found == kNone) return "loop";
      chosen = found;
    }
    mark(id, chosen);
    route_.ways.push_back(chosen);
    const auto& way = story_.ways[chosen];
    if (way.at == kNowhere) return "end_of_file";
    if (way.is_call && !enter(way.to, id, move.how)) return "loop";
    now_ = stretch_of(way);
    assign_way(chosen);
    return {};
  }

  [[nodiscard]] WayId shortest(const Frame& frame, const Junction& junction) const {
    auto best = kNone;
    Cost least = kNever;
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      const auto now = way_cost(frame, junction, way);
      if (now >= least) continue;
      least = now;
      best = way;
    }
    return best;
  }

  /// What the path's own assignments say of a way's condition.
  [[nodiscard]] std::optional<bool> holds(WayId way) const {
    return analysis::holds(story_, sheets_, state_, way);
  }

  /// Ways worth taking: those that lead to an end and that the path's own assignments do not
  /// contradict; where these settle an `if`, its branch alone.
  void find_sensible(const Frame& frame, const Junction& junction) {
    open_.clear();
    ending_.clear();
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      if (way_cost(frame, junction, way) == kNever) continue;
      ending_.push_back(way);
      const auto& option = story_.option(way);
      const auto met = option.condition.empty() ? std::nullopt : holds(way);
      if (!option.negated && met == false) continue;
      // `while x` turns once though its test still says to go on: the rule of loops takes over.
      if (option.negated && option.why == Option::Why::condition && met == true) continue;
      if (!feasible_.feasible(way)) continue;
      open_.push_back(way);
      if (!option.negated && met == true && option.why == Option::Why::condition) break;
    }
    if (open_.empty()) open_ = ending_;
  }

  /// The first way no path has taken; else the one with such a way nearest behind it.
  WayId newest(const Frame& frame, const Junction& junction) {
    find_sensible(frame, junction);
    for (const auto way : open_) {
      if (!covered_[way]) return way;
    }
    find_news();
    auto best = kNone;
    Cost least = kNever;
    for (const auto way : open_) {
      const auto to = story_.ways[way].to;
      const auto far = to == kNowhere ? kNever : news_[number_[to]];
      if (far >= least) continue;
      least = far;
      best = way;
    }
    if (best != kNone) return best;
    for (const auto way : open_) {
      const auto now = way_cost(frame, junction, way);
      if (best != kNone && now >= least) continue;
      least = now;
      best = way;
    }
    if (best != kNone) return best;
    // No way out at all: once around, to show it.
    for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
      if (!covered_[way]) return way;
    }
    return junction.ways_begin < junction.ways_end ? junction.ways_begin : kNone;
  }

  void mark(JunctionId id, WayId way) {
    if (covered_[way]) return;
    covered_[way] = true;
    --fresh_[list_[number_[id]]];
    --left_;
    ++news_since_;
  }

  /// Junctions get small numbers, so that looking for news stays in the processor's cache.
  void number_junctions() {
    const auto& junctions = chart_.junctions();
    std::unordered_map<std::uint32_t, std::uint32_t> lists;
    number_.assign(story_.junctions.size(), 0);
    for (std::uint32_t n = 0; n < junctions.size(); ++n) number_[junctions[n]] = n;
    for (const auto id : junctions) {
      const auto& junction = story_.junctions[id];
      // Jumps to anywhere share one list of ways.
      const bool decides = junction.flow == Flow::decide;
      const auto list =
          lists.try_emplace(decides ? junction.ways_begin : UINT32_MAX, fresh_.size()).first->second;
      if (list == fresh_.size()) {
        fresh_.push_back(0);
        for (auto way = junction.ways_begin; decides && way < junction.ways_end; ++way)
          fresh_.back() += covered_[way] ? 0 : 1;
        left_ += fresh_.back();
      }
      list_.push_back(list);
      before_at_.push_back(static_cast<std::uint32_t>(before_.size()));
      for (auto way = chart_.before_begin(id); way != chart_.before_end(id); ++way)
        before_.push_back(number_[way->junction]);
    }
    before_at_.push_back(static_cast<std::uint32_t>(before_.size()));
  }

  /// How far each junction is from a way that no path has taken. Found anew when a good part of what
  /// was new then is not new any more: it only guides.
  void find_news() {
    if (!news_.empty() && news_since_ <= left_ / 8) return;
    news_since_ = 0;
    news_.assign(list_.size(), kNever);
    work_.clear();
    for (std::uint32_t n = 0; n < list_.size(); ++n) {
      if (fresh_[list_[n]] == 0) continue;
      news_[n] = 0;
      work_.push_back(n);
    }
    for (std::size_t i = 0; i < work_.size(); ++i) {
      const auto far = news_[work_[i]];
      for (auto at = before_at_[work_[i]]; at < before_at_[work_[i] + 1]; ++at) {
        if (news_[before_[at]] != kNever) continue;
        news_[before_[at]] = far + 1;
        work_.push_back(before_[at]);
      }
    }
  }

  static constexpr WayId kNone = UINT32_MAX;
  static constexpr std::uint32_t kAll = UINT32_MAX;  // leaving whatever loop

  const Story& story_;
  const Chart& chart_;
  const Sheets& sheets_;
  const Feasibility& feasible_;
  CoverLimits limits_;
  Cover out_;
  std::vector<bool> covered_;                      // per way
  std::vector<Noise> quiet_;                       // per way: does its segment assign anything?
  std::vector<std::uint32_t> number_;              // per junction: a small number
  std::vector<std::uint32_t> list_;                // per number: its list of ways
  std::vector<std::uint32_t> fresh_;               // per list: ways no path has taken
  std::vector<std::uint32_t> before_at_, before_;  // per number: those one move before it
  std::size_t left_ = 0, news_since_ = 0;
  std::vector<Cost> news_;
  std::vector<std::uint32_t> work_;
  std::vector<WayId> open_, ending_;
  std::vector<Value> start_;
  RunState state_;
  Route route_;
  Stretch now_;
  std::deque<Move> plan_;
  std::size_t plan_depth_ = 1;  // frames that the plan's next move is in
  std::vector<Frame> frames_;
  std::size_t moves_ = 0;
};

}  // namespace

Cover cover(const Chart& chart, const Sheets& sheets, const Feasibility& feasible, const Variables& variables,
            const CoverLimits& limits) {
  return Walker(chart, sheets, feasible, variables, limits).run();
}

}  // namespace bpyd::analysis
