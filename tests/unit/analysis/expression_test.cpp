// SPDX-License-Identifier: MIT
// Conditions as Python evaluates them, where everything in them is known.
#include "expression.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace bpyd::analysis {
namespace {

/// The value of an expression with a = 3, t = "red", n = None; "?" when it is not known.
std::string worth(std::string_view text) {
  Variables variables;
  Expressions expressions;
  const auto id = expressions.read(text, variables);
  const auto value = expressions.value(id, [&](VariableId variable) -> Value {
    const auto& name = variables.name(variable);
    if (name == "a") return Value::of(3);
    if (name == "t") return {Value::Kind::text, 0, "red"};
    if (name == "n") return {Value::Kind::none, 0, {}};
    return {};
  });
  return value.known() ? written(value) : "?";
}

TEST(Expression, IsWorthWhatPythonSays) {
  const std::pair<const char*, const char*> rows[] = {{"a", "3"},
                                                      {"a + 2", "5"},
                                                      {"a - 2 * 2", "-1"},
                                                      {"(a + 1) * 2", "8"},
                                                      {"-4", "-4"},
                                                      {"True", "1"},
                                                      {"a == 3", "1"},
                                                      {"a != 3", "0"},
                                                      {"a > 2 and t == \"red\"", "1"},
                                                      {"not a > 2", "0"},
                                                      {"not not a", "1"},
                                                      {"n is None", "1"},
                                                      {"a is not None", "1"},
                                                      {"t == 'blue' or a <= 3", "1"},
                                                      {"t", "\"red\""},
                                                      {"n or t", "\"red\""},
                                                      {"a and n", "None"},
                                                      {"store.a >= 3", "1"},
                                                      {"a == \"3\"", "0"},
                                                      {"(a)", "3"}};
  for (const auto& [text, value] : rows) EXPECT_EQ(worth(text), value) << text;
}

TEST(Expression, IsUnknownWhereSomethingInItIs) {
  for (const auto* text :
       {"x", "f(a)", "a.b", "a[0]", "a < 4 < 5", "a / 2", "a ** 2", "1.5", "a if x else t", "a in [3]",
        "lambda: a", "\"a\\n\"", "a == ", "a b", "((((", "t < a", "", "x == 3", "99999999999999999999"})
    EXPECT_EQ(worth(text), "?") << text;
}

TEST(Expression, IsSettledByOneSideWhereThatIsEnough) {
  EXPECT_EQ(worth("x and a > 5"), "0");
  EXPECT_EQ(worth("f(1, \")\") or a == 3"), "1");
  EXPECT_EQ(worth("a == 4 and x in [1, 2]"), "0");
  EXPECT_EQ(worth("x and a == 3"), "?");
}

TEST(Expression, NestedTooDeepIsUnknown) {
  EXPECT_EQ(worth(std::string(500, '(') + "a" + std::string(500, ')')), "?");
}

TEST(Variables, StandOnTheirOwnWhenCopied) {
  auto first = std::make_unique<Variables>();
  const auto points = first->number("points");
  auto second = *first;
  first.reset();  // an earlier story's, let go of
  EXPECT_EQ(second.number("points"), points);
  EXPECT_EQ(second.find("points"), points);
  EXPECT_EQ(second.number("persistent.seen"), points + 1);
}

}  // namespace
}  // namespace bpyd::analysis
