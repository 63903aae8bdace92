// SPDX-License-Identifier: MIT
// One pass for each variable that a condition asks for: a work list over junctions until nothing
// changes. Variables that are set at times nobody knows (in functions, by screens, by their name in
// quotes) can be anything. Calls come back with what any of their returns left.
#include "feasible.hpp"

#include <algorithm>
#include <optional>

namespace bpyd::analysis {

using namespace renpy;

namespace {

constexpr std::size_t kMostWork = 30'000'000;  // junctions times variables
constexpr std::size_t kMostCombinations = 512;
constexpr std::size_t kMostOfACall = 5000;  // junctions walked to find where one label returns
constexpr std::uint8_t kWiden = 12;         // visits before a growing range goes to its end
constexpr auto kFar = Domain::kFar;

bool may_be(const std::optional<bool>& truth, bool wanted) { return !truth || *truth == wanted; }

}  // namespace

class Feasibility::Finder {
 public:
  Finder(const Chart& chart, const Sheets& sheets, const Names& names, const Variables& variables,
         std::unordered_map<WayId, std::string>& reasons)
      : chart_(chart),
        story_(chart.story()),
        sheets_(sheets),
        names_(names),
        variables_(variables),
        reasons_(reasons) {}

  void run() {
    find_tracked();
    if (tracked_.empty()) return;
    find_outside();
    find_universes();
    find_calls();
    find_loud();
    std::size_t work = 0;
    for (const auto variable : tracked_) {
      if (universe_[variable].lost) continue;
      work += story_.junctions.size();
      if (work > kMostWork)
        universe_[variable].lost = true;
      else
        follow(variable);
    }
    judge();
  }

 private:
  struct Asked {
    JunctionId junction;
    std::vector<VariableId> variables;
  };

  /// The condition of a way and the sheet it stands in; kNoExpression: none.
  [[nodiscard]] std::pair<const Sheet*, ExpressionId> condition(WayId way) const {
    const auto file = story_.ways[way].file;
    if (file == kNowhere) return {nullptr, kNoExpression};
    return {sheets_[file].get(), sheets_[file]->conditions[way - story_.way_base[file]]};
  }

  /// Variables that conditions ask for, and where.
  void find_tracked() {
    is_tracked_.assign(variables_.size(), false);
    for (const auto id : chart_.junctions()) {
      const auto& junction = story_.junctions[id];
      if (junction.flow != Flow::decide) continue;
      std::vector<VariableId> found;
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
        const auto [sheet, expression] = condition(way);
        if (expression == kNoExpression) continue;
        sheet->expressions.each_variable(expression, [&](VariableId variable) { found.push_back(variable); });
      }
      if (found.empty()) continue;
      std::ranges::sort(found);
      found.erase(std::ranges::unique(found).begin(), found.end());
      for (const auto variable : found) {
        if (!is_tracked_[variable]) tracked_.push_back(variable);
        is_tracked_[variable] = true;
      }
      asked_.push_back({id, std::move(found)});
    }
  }

  /// Labels that the engine, a screen or code may start at any time; what they set is not followed.
  void find_outside() {
    for (const auto& label : story_.labels) {
      if (label.name != "start" && engine_label(label.name)) outside_.push_back(label.node);
    }
    for (std::uint32_t f = 0; f < story_.parts.size(); ++f) {
      for (const auto symbol : story_.parts[f]->some_time) {
        const auto at = story_.site(f, symbol);
        if (at != kNowhere) outside_.push_back(at);
      }
    }
    std::vector<bool> seen(story_.junctions.size(), false);
    std::vector<JunctionId> work;
    const auto visit = [&](const Stretch& stretch) {
      each_effect(story_, sheets_, stretch.file, stretch.at,
                  [&](const Sheet&, const Effect& effect) { loose_.push_back(effect.variable); });
      if (stretch.to == kNowhere || seen[stretch.to]) return;
      seen[stretch.to] = true;
      work.push_back(stretch.to);
    };
    for (const auto at : outside_) visit(stretch_at(story_, at));
    while (!work.empty()) {
      const auto& junction = story_.junctions[work.back()];
      work.pop_back();
      if (junction.flow == Flow::call) visit(called(story_, junction)), visit(behind(junction));
      if (junction.flow != Flow::decide) continue;
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way)
        visit(stretch_of(story_.ways[way]));
      visit(behind(junction));
    }
  }

  static Value constant(const Sheet& sheet, ExpressionId expression) {
    if (expression == kNoExpression) return {};
    return sheet.expressions.value(expression, [](VariableId) { return Value{}; });
  }

  void find_universes() {
    universe_.resize(variables_.size());
    initial_.assign(variables_.size(), Domain{});
    for (const auto variable : loose_) universe_[variable].lost = true;
    std::vector<std::uint32_t> set(variables_.size(), 0), defined(variables_.size(), 0);
    for (const auto& sheet : sheets_) {
      for (const auto variable : sheet->lost) universe_[variable].lost = true;
      for (const auto& effect : sheet->effects) {
        ++set[effect.variable];
        if (effect.what == Effect::What::add || effect.what == Effect::What::subtract)
          universe_[effect.variable].counted = true;
      }
    }
    for (const auto& sheet : sheets_) {
      for (const auto& made : sheet->defaults) {
        if (!is_tracked_[made.variable]) continue;
        ++defined[made.variable];
        initial_[made.variable] =
            join(initial_[made.variable], universe_[made.variable].of(constant(*sheet, made.expression)));
      }
    }
    for (const auto variable : tracked_) {
      const auto& name = variables_.name(variable);
      auto& universe = universe_[variable];
      const auto dot = name.rfind('.');
      const auto last = std::string_view(name).substr(dot == std::string::npos ? 0 : dot + 1);
      const auto use = names_.find(last);
      if (use != names_.end() && use->second.quoted > 0) universe.lost = true;
      // Bound in ways that are no assignment seen here: for, import, global, walrus …
      if (dot == std::string::npos && use != names_.end() &&
          (use->second.set > set[variable] || use->second.defined > defined[variable]))
        universe.lost = true;
      if (dot != std::string::npos && !name.starts_with("persistent.")) universe.lost = true;
      if (initial_[variable].nothing()) initial_[variable].values = Domain::kAnything;  // never defaulted
      // What earlier games left is still there.
      if (dot != std::string::npos) initial_[variable] = ever(variable);
    }
  }

  /// What a variable can be at any time at all.
  Domain ever(VariableId variable) {
    auto out = initial_[variable];
    auto& universe = universe_[variable];
    for (const auto& sheet : sheets_) {
      for (const auto& effect : sheet->effects) {
        if (effect.variable != variable) continue;
        if (effect.what == Effect::What::set) {
          out = join(out, universe.of(constant(*sheet, effect.expression)));
        } else {
          out.values |= Domain::kAnything;
        }
      }
    }
    return out;
  }

  /// Where the labels that are called return, and what then goes on.
  void find_calls() {
    callers_of_.assign(story_.junctions.size(), {});
    std::vector<std::uint32_t> seen(story_.junctions.size(), 0);
    std::uint32_t round = 0;
    const auto each_call = [&](auto&& note) {
      for (const auto id : chart_.junctions()) {
        const auto& junction = story_.junctions[id];
        if (junction.flow == Flow::call && junction.target != kNowhere) note(junction.target, id);
        if (junction.flow != Flow::decide) continue;
        for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
          if (story_.ways[way].is_call && story_.ways[way].to != kNowhere) note(story_.ways[way].to, id);
        }
      }
    };
    std::unordered_map<JunctionId, std::vector<JunctionId>> sites;
    each_call([&](JunctionId target, JunctionId site) { sites[target].push_back(site); });
    for (const auto& [target, from] : sites) {
      std::vector<JunctionId> work = {target}, backs;
      seen[target] = ++round;
      for (std::size_t i = 0; i < work.size() && work.size() < kMostOfACall; ++i) {
        const auto& junction = story_.junctions[work[i]];
        if (junction.flow == Flow::back) backs.push_back(work[i]);
        const auto visit = [&](JunctionId to) {
          if (to == kNowhere || seen[to] == round) return;
          seen[to] = round;
          work.push_back(to);
        };
        if (junction.flow == Flow::call) visit(junction.next);
        if (junction.flow != Flow::decide) continue;
        for (auto way = junction.ways_begin; way < junction.ways_end; ++way)
          visit(story_.ways[way].is_call ? junction.next : story_.ways[way].to);
      }
      if (work.size() >= kMostOfACall) {
        for (const auto site : from) anyhow_.push_back(site);
        continue;
      }
      for (const auto back : backs)
        callers_of_[back].insert(callers_of_[back].end(), from.begin(), from.end());
    }
  }

  /// Segments that assign something a condition asks for.
  void find_loud() {
    const auto loud = [&](const Stretch& stretch) {
      bool found = false;
      each_effect(story_, sheets_, stretch.file, stretch.at,
                  [&](const Sheet&, const Effect& effect) { found = found || is_tracked_[effect.variable]; });
      return found;
    };
    loud_way_.resize(story_.ways.size());
    loud_target_.assign(story_.junctions.size(), false);
    loud_next_.assign(story_.junctions.size(), false);
    for (WayId way = 0; way < story_.ways.size(); ++way) loud_way_[way] = loud(stretch_of(story_.ways[way]));
    for (const auto id : chart_.junctions()) {
      const auto& junction = story_.junctions[id];
      if (junction.flow == Flow::call) loud_target_[id] = loud(called(story_, junction));
      if (junction.flow == Flow::call || junction.flow == Flow::decide)
        loud_next_[id] = loud(behind(junction));
    }
  }

  Domain after(VariableId variable, const Stretch& stretch, Domain domain) {
    each_effect(story_, sheets_, stretch.file, stretch.at, [&](const Sheet& sheet, const Effect& effect) {
      if (effect.variable != variable) return;
      const auto made = assigned(sheet, effect, domain);
      domain = effect.maybe ? join(domain, made) : made;
    });
    return domain;
  }

  Domain assigned(const Sheet& sheet, const Effect& effect, const Domain& before) {
    auto& universe = universe_[effect.variable];
    const auto value = constant(sheet, effect.expression);
    if (effect.what == Effect::What::set) return universe.of(value);
    if (effect.what == Effect::What::lose || value.kind != Value::Kind::number)
      return {Domain::kAnything, INT64_MAX, INT64_MIN};
    const auto by = effect.what == Effect::What::add ? value.number : -value.number;
    if (before.values != 0 || by > kFar || by < -kFar) return {Domain::kAnything, INT64_MAX, INT64_MIN};
    if (before.low > before.high) return before;
    const auto moved = [&](std::int64_t end) { return std::clamp(end + by, -kFar, kFar); };
    return {0, before.low <= -kFar ? -kFar : moved(before.low),
            before.high >= kFar ? kFar : moved(before.high)};
  }

  void follow(VariableId variable) {
    auto& in = in_[variable];
    in.assign(story_.junctions.size(), Domain{});
    std::vector<std::uint8_t> visits(story_.junctions.size(), 0);
    std::vector<bool> waiting(story_.junctions.size(), false);
    std::vector<JunctionId> work;
    const auto arrive = [&](JunctionId to, Domain domain) {
      if (to == kNowhere || domain.nothing()) return;
      auto now = join(in[to], domain);
      if (now == in[to]) return;
      if (visits[to] > kWiden) {
        if (now.low < in[to].low && in[to].low != INT64_MAX) now.low = -kFar;
        if (now.high > in[to].high && in[to].high != INT64_MIN) now.high = kFar;
      } else {
        ++visits[to];
      }
      in[to] = now;
      if (!waiting[to]) work.push_back(to);
      waiting[to] = true;
    };
    const auto go = [&](bool loud, const Stretch& stretch, const Domain& domain) {
      arrive(stretch.to, loud ? after(variable, stretch, domain) : domain);
    };
    for (const auto entry : story_.entries) go(true, stretch_at(story_, entry), initial_[variable]);
    Domain any{Domain::kAnything, INT64_MAX, INT64_MIN};
    for (const auto at : outside_) arrive(story_.junction(at), any);
    for (const auto site : anyhow_) arrive(story_.junctions[site].next, any);
    while (!work.empty()) {
      const auto id = work.back();
      work.pop_back();
      waiting[id] = false;
      const auto& junction = story_.junctions[id];
      const auto domain = in[id];
      if (junction.flow == Flow::call) {
        go(loud_target_[id], called(story_, junction), domain);
      } else if (junction.flow == Flow::back) {
        for (const auto site : callers_of_[id]) go(loud_next_[site], behind(story_.junctions[site]), domain);
      } else if (junction.flow == Flow::decide) {
        for (auto way = junction.ways_begin; way < junction.ways_end; ++way)
          go(loud_way_[way], stretch_of(story_.ways[way]), taken(variable, junction, way, domain));
      }
    }
  }

  /// The domain after a way was taken: values with which it could not have been are gone.
  Domain taken(VariableId variable, const Junction& junction, WayId way, Domain domain) {
    const auto& option = story_.option(way);
    if (option.why != Option::Why::condition && option.why != Option::Why::choice) return domain;
    for (auto other = junction.ways_begin; other <= way && other < junction.ways_end; ++other) {
      const bool mine = other == way;
      if (!mine && option.why == Option::Why::choice) continue;  // choices beside it do not matter
      if (mine && option.negated) {
        if (junction.ways_end - junction.ways_begin == 1) continue;
        break;
      }
      const auto [sheet, expression] = condition(other);
      if (expression == kNoExpression) continue;
      domain = narrowed(variable, *sheet, expression, domain, mine);
    }
    return domain;
  }

  Domain narrowed(VariableId variable, const Sheet& sheet, ExpressionId expression, Domain domain,
                  bool outcome) {
    bool asks = false;
    sheet.expressions.each_variable(expression, [&](VariableId v) { asks = asks || v == variable; });
    if (!asks) return domain;
    const auto possible = [&](const Value& value) {
      const auto known = [&](VariableId v) { return v == variable ? value : Value{}; };
      return may_be(truth(sheet.expressions.value(expression, known)), outcome);
    };
    const auto& universe = universe_[variable];
    for (std::size_t i = 0; i < universe.values.size(); ++i) {
      const auto bit = std::uint64_t{1} << i;
      if ((domain.values & bit) != 0 && !possible(universe.values[i])) domain.values &= ~bit;
    }
    // Numbers at the ends of a range that cannot be, one by one; far ends by the comparison itself.
    clip(variable, sheet.expressions, expression, outcome, domain);
    for (int i = 0;
         i < 64 && domain.low <= domain.high && domain.low > -kFar && !possible(Value::of(domain.low)); ++i)
      ++domain.low;
    for (int i = 0;
         i < 64 && domain.low <= domain.high && domain.high < kFar && !possible(Value::of(domain.high)); ++i)
      --domain.high;
    if (domain.low > domain.high) domain.low = INT64_MAX, domain.high = INT64_MIN;
    return domain;
  }

  [[nodiscard]] Domain domain_at(VariableId variable, JunctionId id) const {
    const auto found = in_.find(variable);
    if (universe_[variable].lost || found == in_.end()) return {Domain::kAnything, INT64_MAX, INT64_MIN};
    return found->second[id];
  }

  /// Every value a domain stands for; nothing when there are too many or it can be anything.
  [[nodiscard]] std::optional<std::vector<Value>> values_of(VariableId variable, const Domain& domain) const {
    std::vector<Value> out;
    if (domain.anything()) return std::nullopt;
    for (std::size_t i = 0; i < universe_[variable].values.size(); ++i) {
      if ((domain.values >> i & 1U) != 0) out.push_back(universe_[variable].values[i]);
    }
    if (domain.low > domain.high) return out;
    if (domain.high - domain.low > 64) return std::nullopt;
    for (auto number = domain.low; number <= domain.high; ++number) out.push_back(Value::of(number));
    return out;
  }

  /// Can the condition come out so, with any values its variables can have here?
  bool possible(const Sheet& sheet, ExpressionId expression, JunctionId id, bool outcome) {
    if (!by_range(sheet, expression, id, outcome)) return false;
    std::vector<VariableId> variables;
    sheet.expressions.each_variable(expression, [&](VariableId v) {
      if (std::ranges::find(variables, v) == variables.end()) variables.push_back(v);
    });
    std::vector<std::pair<VariableId, std::vector<Value>>> known;
    std::size_t combinations = 1;
    for (const auto variable : variables) {
      auto values = values_of(variable, domain_at(variable, id));
      if (!values || values->empty() || combinations * values->size() > kMostCombinations) continue;
      combinations *= values->size();
      known.emplace_back(variable, *std::move(values));
    }
    for (std::size_t n = 0; n < combinations; ++n) {
      auto rest = n;
      std::vector<std::pair<VariableId, Value>> now;
      for (const auto& [variable, values] : known) {
        now.emplace_back(variable, values[rest % values.size()]);
        rest /= values.size();
      }
      const auto value = sheet.expressions.value(expression, [&](VariableId v) {
        const auto found = std::ranges::find(now, v, &std::pair<VariableId, Value>::first);
        return found == now.end() ? Value{} : found->second;
      });
      if (may_be(truth(value), outcome)) return true;
    }
    return false;
  }

  /// A comparison with a number, when the range is too long to try each.
  bool by_range(const Sheet& sheet, ExpressionId expression, JunctionId id, bool outcome) {
    const auto& node = sheet.expressions[expression];
    if (node.op < Expressions::Op::eq || node.op > Expressions::Op::ge) return true;
    const auto& left = sheet.expressions[node.left];
    if (left.op != Expressions::Op::name) return true;
    auto domain = domain_at(left.variable, id);
    if (domain.values != 0 || domain.nothing()) return true;
    clip(left.variable, sheet.expressions, expression, outcome, domain);
    return domain.low <= domain.high;
  }

  void judge() {
    for (const auto& asked : asked_) {
      if (!chart_.reached(asked.junction)) continue;
      const auto& junction = story_.junctions[asked.junction];
      const bool lost = std::ranges::any_of(asked.variables, [&](VariableId v) {
        return !universe_[v].lost && domain_at(v, asked.junction).nothing();
      });
      if (lost) continue;  // nobody gets here with what is known: said where that begins
      for (auto way = junction.ways_begin; way < junction.ways_end; ++way) judge_way(asked, junction, way);
    }
  }

  void judge_way(const Asked& asked, const Junction& junction, WayId way) {
    const auto& option = story_.option(way);
    if (option.why != Option::Why::condition && option.why != Option::Why::choice) return;
    if (!option.negated) {
      const auto [sheet, expression] = condition(way);
      if (expression == kNoExpression || possible(*sheet, expression, asked.junction, true)) return;
      reasons_.emplace(way, why(asked));
      return;
    }
    // `else`: some condition before it always holds.
    for (auto other = junction.ways_begin; other < junction.ways_end; ++other) {
      const auto& before = story_.option(other);
      if (other == way && (before.condition.empty() || junction.ways_end - junction.ways_begin > 1)) break;
      const auto [sheet, expression] = condition(other);
      if (before.negated || expression == kNoExpression ||
          possible(*sheet, expression, asked.junction, false))
        continue;
      // A loop that is never left is said elsewhere.
      if (std::holds_alternative<WhileNode>(story_.node(junction.at).payload)) return;
      reasons_.emplace(way, why(asked));
      return;
    }
  }

  std::string why(const Asked& asked) {
    std::string out;
    for (const auto variable : asked.variables) {
      const auto words =
          said(variables_.name(variable), universe_[variable], domain_at(variable, asked.junction));
      if (words.empty()) continue;
      out += (out.empty() ? "" : ", and ") + words;
    }
    return out.empty() ? std::string("its condition can never hold") : out + " here";
  }

  const Chart& chart_;
  const Story& story_;
  const Sheets& sheets_;
  const Names& names_;
  const Variables& variables_;
  std::unordered_map<WayId, std::string>& reasons_;
  std::vector<bool> is_tracked_;
  std::vector<VariableId> tracked_;
  std::vector<Asked> asked_;
  std::vector<Universe> universe_;
  std::vector<Domain> initial_;
  std::vector<std::vector<JunctionId>> callers_of_;  // per return: calls it comes back to
  std::vector<JunctionId> anyhow_;                   // calls that come back nobody knows how
  std::vector<bool> loud_way_, loud_target_, loud_next_;
  std::unordered_map<VariableId, std::vector<Domain>> in_;
  std::vector<StoryId> outside_;
  std::vector<VariableId> loose_;  // set where nobody knows when
};

Feasibility::Feasibility(const Chart& chart, const Sheets& sheets, const Names& names,
                         const Variables& variables) {
  Finder(chart, sheets, names, variables, reasons_).run();
}

std::string Feasibility::reason(WayId way) const {
  const auto found = reasons_.find(way);
  return found == reasons_.end() ? std::string() : found->second;
}

}  // namespace bpyd::analysis
