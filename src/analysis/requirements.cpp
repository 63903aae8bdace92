// SPDX-License-Identifier: MIT
// What every path to a line has in common: the ways that dominate it in the graph of all ways. A call
// that returns is an edge over it, so that what is only done inside calls on the way may be left out;
// what is named holds on every path.
#include <algorithm>

#include "bpyd/analysis/search.hpp"
#include "targets.hpp"

namespace bpyd::analysis {

using renpy::Flow;
using renpy::Option;
using renpy::Story;
using renpy::WayId;

namespace {

constexpr std::size_t kMostSetters = 20;
constexpr std::uint32_t kRoot = 0;

/// Nodes: the root, every junction, every way, the target. Dominators by the iteration of Cooper,
/// Harvey and Kennedy over reverse postorder.
class Dominators {
 public:
  Dominators(const StoryBook& book, const Target& target)
      : book_(book),
        story_(*book.story),
        target_(target),
        size_(2 + story_.junctions.size() + story_.ways.size()) {
    order();
    settle();
  }

  [[nodiscard]] bool reached() const { return number_[goal()] != kNowhere; }

  /// Ways that every path to the target takes, in order.
  [[nodiscard]] std::vector<WayId> ways() const {
    std::vector<WayId> out;
    for (auto at = above_[goal()]; at != kRoot; at = above_[at]) {
      if (at >= first_way()) out.push_back(at - first_way());
    }
    std::ranges::reverse(out);
    return out;
  }

 private:
  [[nodiscard]] std::uint32_t goal() const { return static_cast<std::uint32_t>(size_ - 1); }
  [[nodiscard]] std::uint32_t first_way() const {
    return static_cast<std::uint32_t>(1 + story_.junctions.size());
  }
  static std::uint32_t node(JunctionId id) { return id + 1; }

  template <class F>
  void along(const Stretch& stretch, F&& visit) const {
    if (passes(book_, stretch, target_))
      visit(goal());
    else if (stretch.to != kNowhere)
      visit(node(stretch.to));
  }

  template <class F>
  void ahead(std::uint32_t at, F&& visit) const {
    if (at == goal()) return;
    if (at == kRoot) {
      for (const auto entry : story_.entries) along(stretch_at(story_, entry), visit);
      return;
    }
    if (at >= first_way()) {
      const auto way = at - first_way();
      const auto& out = story_.ways[way];
      if (way == target_.way) return visit(goal());
      along(stretch_of(out), visit);
      return;
    }
    const auto& junction = story_.junctions[at - 1];
    const auto over = [&](JunctionId target) {
      if (target != kNowhere && story_.returns[target] != 0) along(behind(junction), visit);
    };
    if (junction.flow == Flow::call) {
      along(called(story_, junction), visit);
      over(junction.target);
    } else if (junction.flow == Flow::decide) {
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
        if (!book_.plan->feasible.feasible(way)) continue;
        visit(first_way() + way);
        if (story_.ways[way].is_call) over(story_.ways[way].to);
      }
    }
  }

  void order() {
    number_.assign(size_, kNowhere);
    std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>> open;
    std::vector<bool> seen(size_, false);
    const auto enter = [&](std::uint32_t at) {
      seen[at] = true;
      std::vector<std::uint32_t> to;
      ahead(at, [&](std::uint32_t next) { to.push_back(next); });
      open.emplace_back(at, std::move(to));
    };
    enter(kRoot);
    while (!open.empty()) {
      auto& [at, to] = open.back();
      if (!to.empty()) {
        const auto next = to.back();
        to.pop_back();
        if (!seen[next]) enter(next);
        continue;
      }
      post_.push_back(at);
      open.pop_back();
    }
    std::ranges::reverse(post_);
    for (std::uint32_t i = 0; i < post_.size(); ++i) number_[post_[i]] = i;
  }

  void settle() {
    std::vector<std::vector<std::uint32_t>> from(size_);
    for (const auto at : post_) ahead(at, [&](std::uint32_t to) { from[to].push_back(at); });
    above_.assign(size_, kNowhere);
    above_[kRoot] = kRoot;
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto at : post_) {
        if (at == kRoot) continue;
        auto now = kNowhere;
        for (const auto before : from[at]) {
          if (above_[before] == kNowhere) continue;
          now = now == kNowhere ? before : common(now, before);
        }
        changed = changed || now != above_[at];
        above_[at] = now;
      }
    }
  }

  [[nodiscard]] std::uint32_t common(std::uint32_t a, std::uint32_t b) const {
    while (a != b) {
      while (number_[a] > number_[b]) a = above_[a];
      while (number_[b] > number_[a]) b = above_[b];
    }
    return a;
  }

  const StoryBook& book_;
  const Story& story_;
  const Target& target_;
  std::size_t size_;
  std::vector<std::uint32_t> number_, post_, above_;
};

class Asker {
 public:
  Asker(const StoryBook& book, const Target& target) : book_(book), story_(*book.story), target_(target) {}

  Requirements run() {
    const auto& part = *story_.parts[target_.file];
    const auto owner = part.owner[target_.node];
    out_.label = owner == kNoNode ? std::string() : std::string(part.file->as<renpy::LabelNode>(owner).name);
    out_.file = part.file->file;
    out_.line =
        target_.way == kNowhere ? part.file->nodes[target_.node].line : story_.option(target_.way).line;
    const Dominators dominators(book_, target_);
    if (target_.way != kNowhere) out_.never = book_.plan->feasible.reason(target_.way);
    out_.reachable = dominators.reached() && out_.never.empty();
    if (!dominators.reached()) {
      if (out_.never.empty()) out_.never = "nothing leads here";
      return std::move(out_);
    }
    for (const auto way : dominators.ways()) passed(way);
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string label_of(StoryId id) const {
    const auto owner = story_.owner(id);
    return owner == kNowhere ? std::string() : std::string(story_.label_at(owner)->name);
  }
  /// The statement that decides for a way.
  [[nodiscard]] StoryId decider(WayId way) {
    if (deciders_.empty()) {
      deciders_.assign(story_.ways.size(), kNowhere);
      for (const auto& junction : story_.junctions) {
        if (junction.flow != Flow::decide) continue;
        for (auto i = junction.ways_begin; i < junction.ways_end; ++i) deciders_[i] = junction.at;
      }
    }
    return deciders_[way];
  }

  void passed(WayId way) {
    const auto& option = story_.option(way);
    const auto at = decider(way);
    const auto label = label_of(at);
    const auto& file = story_.parsed(at).file;
    const bool goes_on = option.negated && option.text.empty();
    if (!option.condition.empty()) {
      const auto text =
          option.negated ? "not (" + std::string(option.condition) + ")" : std::string(option.condition);
      out_.conditions.push_back({label, file, option.line, shortened(text, 200), "maybe"});
      ask(way, text);
    }
    // The choice asked for itself is no requirement of its being shown.
    if (way == target_.way || goes_on || option.why == Option::Why::condition) return;
    out_.choices.push_back({label, file, option.line, std::string(option.text)});
  }

  void ask(WayId way, const std::string& text) {
    const auto file = story_.ways[way].file;
    if (file == kNowhere) return;
    const auto& sheet = *book_.sheets[file];
    const auto condition = sheet.conditions[way - story_.way_base[file]];
    if (condition == kNoExpression) return;
    sheet.expressions.each_variable(condition, [&](VariableId variable) {
      const auto& name = book_.variables->name(variable);
      const auto same = [&](const Need& need) { return need.variable == name && need.condition == text; };
      if (std::ranges::any_of(out_.needs, same)) return;
      Need need{text, name, {}};
      find_setters(variable, need);
      out_.needs.push_back(std::move(need));
    });
  }

  void find_setters(VariableId variable, Need& need) const {
    for (std::uint32_t f = 0; f < story_.parts.size(); ++f) {
      NodeId last = kNoNode;
      for (const auto& effect : book_.sheets[f]->effects) {
        if (effect.variable != variable || effect.node == last) continue;
        last = effect.node;
        const auto& python = story_.parts[f]->file->as<renpy::PythonNode>(effect.node);
        for (const auto& made : python.effects) {
          if (need.setters.size() >= kMostSetters) return;
          const auto name = made.name.starts_with("store.") ? made.name.substr(6) : made.name;
          if (!need.variable.ends_with(name) || (name.size() < need.variable.size() && python.store.empty()))
            continue;
          StateChange change;
          change.label = label_of(story_.id(f, effect.node));
          change.file = story_.parts[f]->file->file;
          change.line = made.line;
          change.variable = need.variable;
          change.op = made.op;
          change.expression = shortened(made.expression, 100);
          need.setters.push_back(std::move(change));
        }
      }
    }
  }

  const StoryBook& book_;
  const Story& story_;
  const Target& target_;
  std::vector<StoryId> deciders_;
  Requirements out_;
};

}  // namespace

Result<Requirements> requirements(const Stats2& stats, const Place& place) {
  if (!stats.book)
    return fail(Code::path_not_found,
                "This story was read by an external analyzer: what leads where is not known",
                "Use the built-in analyzer");
  const auto target = target_line(*stats.book, place);
  if (!target) return std::unexpected(target.error());
  return Asker(*stats.book, *target).run();
}

}  // namespace bpyd::analysis
