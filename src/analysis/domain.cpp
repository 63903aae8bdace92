// SPDX-License-Identifier: MIT
#include "domain.hpp"

namespace bpyd::analysis {
namespace {

/// 0 and 1 of a variable that only knows these two are False and True.
std::string shown(const Universe& universe, const Value& value) {
  const auto flag = [](const Value& v) {
    return v.kind == Value::Kind::none || (v.kind == Value::Kind::number && (v.number == 0 || v.number == 1));
  };
  if (value.kind == Value::Kind::number && flag(value) && !universe.counted &&
      std::ranges::all_of(universe.values, flag))
    return value.number != 0 ? "True" : "False";
  return written(value);
}

}  // namespace

Domain join(const Domain& a, const Domain& b) {
  return {a.values | b.values, std::min(a.low, b.low), std::max(a.high, b.high)};
}

void clip(VariableId variable, const Expressions& expressions, ExpressionId expression, bool outcome,
          Domain& domain) {
  using Op = Expressions::Op;
  const auto& node = expressions[expression];
  if (node.op < Op::eq || node.op > Op::ge || domain.low > domain.high) return;
  const auto& left = expressions[node.left];
  const auto& right = expressions[node.right];
  if (left.op != Op::name || left.variable != variable || right.op != Op::constant ||
      right.value.kind != Value::Kind::number)
    return;
  const auto number = right.value.number;
  const auto op = outcome             ? node.op
                  : node.op == Op::lt ? Op::ge
                  : node.op == Op::ge ? Op::lt
                  : node.op == Op::gt ? Op::le
                  : node.op == Op::le ? Op::gt
                  : node.op == Op::eq ? Op::ne
                                      : Op::eq;
  if (op == Op::lt) domain.high = std::min(domain.high, number - 1);
  if (op == Op::le) domain.high = std::min(domain.high, number);
  if (op == Op::gt) domain.low = std::max(domain.low, number + 1);
  if (op == Op::ge) domain.low = std::max(domain.low, number);
  if (op == Op::eq) domain.low = std::max(domain.low, number), domain.high = std::min(domain.high, number);
}

std::string said(const std::string& name, const Universe& universe, const Domain& domain) {
  if (domain.anything() || domain.nothing()) return {};
  std::string list;
  std::size_t count = 0;
  for (std::size_t i = 0; i < universe.values.size(); ++i) {
    if ((domain.values >> i & 1U) == 0 || ++count > 5) continue;
    list += (list.empty() ? "" : " or ") + shown(universe, universe.values[i]);
  }
  if (count > 5) list += " or another of " + std::to_string(count) + " values";
  if (domain.low <= domain.high) {
    if (domain.low == domain.high)
      list += (list.empty() ? "" : " or ") + std::to_string(domain.low);
    else if (domain.low <= -Domain::kFar)
      list += "at most " + std::to_string(domain.high);
    else if (domain.high >= Domain::kFar)
      list += "at least " + std::to_string(domain.low);
    else
      list += "between " + std::to_string(domain.low) + " and " + std::to_string(domain.high);
  }
  return name + " is always " + list;
}

}  // namespace bpyd::analysis
