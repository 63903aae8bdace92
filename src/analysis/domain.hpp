// SPDX-License-Identifier: MIT
// Sets of values that a variable can have.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "expression.hpp"

namespace bpyd::analysis {

/// What a variable can be: some of its universe's values, a range of numbers, or anything at all.
struct Domain {
  static constexpr std::size_t kMostValues = 62;
  static constexpr std::int64_t kFar = INT64_MAX / 4;  // a range's end that is not known
  static constexpr std::uint64_t kAnything = std::uint64_t{1} << 63U;
  std::uint64_t values = 0;                        // bit n: the universe's value n
  std::int64_t low = INT64_MAX, high = INT64_MIN;  // numbers of a variable that is counted with
  friend bool operator==(const Domain&, const Domain&) = default;
  [[nodiscard]] bool nothing() const { return values == 0 && low > high; }
  [[nodiscard]] bool anything() const { return (values & kAnything) != 0; }
};

Domain join(const Domain& a, const Domain& b);

/// Everything a variable is set to, anywhere.
struct Universe {
  std::vector<Value> values;
  bool counted = false;  // += and -=: its numbers are a range
  bool lost = false;

  std::uint64_t bit(const Value& value) {
    if (!value.known()) return Domain::kAnything;
    const auto found = std::ranges::find(values, value);
    const auto index = static_cast<std::size_t>(found - values.begin());
    if (found == values.end()) {
      if (values.size() == Domain::kMostValues) return Domain::kAnything;
      values.push_back(value);
    }
    return std::uint64_t{1} << index;
  }
  Domain of(const Value& value) {
    if (counted && value.kind == Value::Kind::number) return {0, value.number, value.number};
    return {bit(value), INT64_MAX, INT64_MIN};
  }
};

/// Leaves of a range what `variable < 3` and the like allow, when the comparison comes out so.
void clip(VariableId variable, const Expressions& expressions, ExpressionId expression, bool outcome,
          Domain& domain);

/// "points is always 1 or 3"; empty when it can be anything.
std::string said(const std::string& name, const Universe& universe, const Domain& domain);

}  // namespace bpyd::analysis
