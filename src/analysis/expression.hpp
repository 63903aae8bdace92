// SPDX-License-Identifier: MIT
// Python expressions as far as a story's conditions and assignments use them: names, numbers, text,
// comparisons, and/or/not, sums. Whatever else is written is `unknown`, and stays so in what it is
// part of.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bpyd::analysis {

/// Index into Variables.
using VariableId = std::uint32_t;

/// What a variable holds, where that is known. True and False are 1 and 0, as in Python.
struct Value {
  enum class Kind : std::uint8_t { unknown, none, number, text };
  Kind kind = Kind::unknown;
  std::int64_t number = 0;
  std::string_view text{};
  friend bool operator==(const Value&, const Value&) = default;
  [[nodiscard]] bool known() const { return kind != Kind::unknown; }
  static Value of(std::int64_t number) { return {Kind::number, number, {}}; }
};
/// Python's truth; nothing when unknown.
std::optional<bool> truth(const Value& value);
/// As a writer would write it: 3, "red", None.
std::string written(const Value& value);

/// Names of variables, numbered for good: "points", "persistent.seen".
class Variables {
 public:
  Variables() = default;
  Variables(const Variables& other);
  Variables& operator=(const Variables&) = delete;

  VariableId number(std::string_view name);
  [[nodiscard]] std::optional<VariableId> find(std::string_view name) const;
  [[nodiscard]] const std::string& name(VariableId id) const { return names_[id]; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, VariableId> numbers_;  // keys lie in names_
};

/// Index into an Expressions.
using ExpressionId = std::uint32_t;
constexpr ExpressionId kNoExpression = UINT32_MAX;

/// Expressions of one file, side by side. Text values point into the source they were read from.
class Expressions {
 public:
  enum class Op : std::uint8_t {
    unknown,
    constant,
    name,
    no,
    both,
    either,
    eq,
    ne,
    lt,
    le,
    gt,
    ge,
    add,
    sub,
    mul
  };
  struct Node {
    Op op = Op::unknown;
    ExpressionId left = kNoExpression;
    ExpressionId right = kNoExpression;
    VariableId variable = 0;
    Value value{};
  };

  /// Linear in the text; what is nested deeper than 50 is unknown.
  ExpressionId read(std::string_view text, Variables& variables);
  [[nodiscard]] const Node& operator[](ExpressionId id) const { return nodes_[id]; }

  /// `known(variable)` answers a Value.
  template <class F>
  Value value(ExpressionId id, const F& known) const;
  template <class F>
  void each_variable(ExpressionId id, const F& each) const {
    if (id == kNoExpression) return;
    const auto& node = nodes_[id];
    if (node.op == Op::name) each(node.variable);
    each_variable(node.left, each);
    each_variable(node.right, each);
  }

  static Value combine(Op op, const Value& left, const Value& right);

 private:
  friend class ExpressionReader;
  ExpressionId add(Node node) {
    nodes_.push_back(node);
    return static_cast<ExpressionId>(nodes_.size() - 1);
  }
  std::vector<Node> nodes_;
};

template <class F>
Value Expressions::value(ExpressionId id, const F& known) const {
  const auto& node = nodes_[id];
  switch (node.op) {
    case Op::unknown:
      return {};
    case Op::constant:
      return node.value;
    case Op::name:
      return known(node.variable);
    case Op::no: {
      const auto inner = truth(value(node.left, known));
      return inner ? Value::of(*inner ? 0 : 1) : Value{};
    }
    case Op::both:
    case Op::either: {
      const bool stop = node.op == Op::either;  // what settles it without the other side
      const auto left = value(node.left, known);
      const auto first = truth(left);
      if (first == stop) return left;
      const auto right = value(node.right, known);
      if (first) return right;
      return truth(right) == stop ? Value::of(stop ? 1 : 0) : Value{};
    }
    default:
      return combine(node.op, value(node.left, known), value(node.right, known));
  }
}

}  // namespace bpyd::analysis
