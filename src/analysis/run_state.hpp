// SPDX-License-Identifier: MIT
// What variables hold on one walk through the story.
#pragma once

#include <optional>
#include <vector>

#include "segments.hpp"

namespace bpyd::analysis {

/// What variables hold before the first statement: their defaults. Thread: pure.
std::vector<Value> values_at_start(const Sheets& sheets, const Variables& variables);

class RunState {
 public:
  explicit RunState(const std::vector<Value>& start) : values_(start) {}

  void reset(const std::vector<Value>& start) { values_ = start; }
  void apply(const Sheet& sheet, const Effect& effect) {
    auto& now = values_[effect.variable];
    const auto made = after(sheet, effect, now);
    now = effect.maybe && made != now ? Value{} : made;
  }
  [[nodiscard]] Value value(const Sheet& sheet, ExpressionId expression) const {
    if (expression == kNoExpression) return {};
    return sheet.expressions.value(expression, [this](VariableId id) { return values_[id]; });
  }
  [[nodiscard]] const Value& operator[](VariableId id) const { return values_[id]; }

 private:
  [[nodiscard]] Value after(const Sheet& sheet, const Effect& effect, const Value& now) const {
    switch (effect.what) {
      case Effect::What::set:
        return value(sheet, effect.expression);
      case Effect::What::add:
        return Expressions::combine(Expressions::Op::add, now, value(sheet, effect.expression));
      case Effect::What::subtract:
        return Expressions::combine(Expressions::Op::sub, now, value(sheet, effect.expression));
      case Effect::What::lose:
        break;
    }
    return {};
  }
  std::vector<Value> values_;
};

/// What these values say of a way's own condition; nothing: they do not settle it, or it has none.
inline std::optional<bool> holds(const renpy::Story& story, const Sheets& sheets, const RunState& values,
                                 WayId way) {
  const auto file = story.ways[way].file;
  if (file == kNowhere) return std::nullopt;
  const auto& sheet = *sheets[file];
  const auto condition = sheet.conditions[way - story.way_base[file]];
  return condition == kNoExpression ? std::nullopt : truth(values.value(sheet, condition));
}

}  // namespace bpyd::analysis
