// SPDX-License-Identifier: MIT
// What variables hold on one walk through the story.
#pragma once

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

}  // namespace bpyd::analysis
