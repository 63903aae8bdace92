// SPDX-License-Identifier: MIT
#include "expression.hpp"

#include <charconv>

#include "words.hpp"

namespace bpyd::analysis {

std::optional<bool> truth(const Value& value) {
  switch (value.kind) {
    case Value::Kind::none:
      return false;
    case Value::Kind::number:
      return value.number != 0;
    case Value::Kind::text:
      return !value.text.empty();
    case Value::Kind::unknown:
      break;
  }
  return std::nullopt;
}

std::string written(const Value& value) {
  switch (value.kind) {
    case Value::Kind::none:
      return "None";
    case Value::Kind::number:
      return std::to_string(value.number);
    case Value::Kind::text:
      return "\"" + std::string(value.text) + "\"";
    case Value::Kind::unknown:
      break;
  }
  return "anything";
}

Variables::Variables(const Variables& other) : names_(other.names_) {
  for (const auto& name : names_) numbers_.emplace(name, static_cast<VariableId>(numbers_.size()));
}

VariableId Variables::number(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  names_.emplace_back(name);
  return numbers_.emplace(names_.back(), static_cast<VariableId>(numbers_.size())).first->second;
}

std::optional<VariableId> Variables::find(std::string_view name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

Value Expressions::combine(Op op, const Value& a, const Value& b) {
  if (!a.known() || !b.known()) return {};
  const bool numbers = a.kind == Value::Kind::number && b.kind == Value::Kind::number;
  if (op == Op::eq || op == Op::ne) return Value::of((a == b) == (op == Op::eq) ? 1 : 0);
  if (!numbers) return {};
  std::int64_t out = 0;
  switch (op) {
    case Op::lt:
      return Value::of(a.number < b.number ? 1 : 0);
    case Op::le:
      return Value::of(a.number <= b.number ? 1 : 0);
    case Op::gt:
      return Value::of(a.number > b.number ? 1 : 0);
    case Op::ge:
      return Value::of(a.number >= b.number ? 1 : 0);
    case Op::add:
      return __builtin_add_overflow(a.number, b.number, &out) ? Value{} : Value::of(out);
    case Op::sub:
      return __builtin_sub_overflow(a.number, b.number, &out) ? Value{} : Value::of(out);
    case Op::mul:
      return __builtin_mul_overflow(a.number, b.number, &out) ? Value{} : Value::of(out);
    default:
      return {};
  }
}

/// One level of precedence a function, as Python's grammar has it.
class ExpressionReader {
 public:
  ExpressionReader(std::string_view text, Variables& variables, Expressions& out)
      : text_(text), variables_(variables), out_(out) {}

  ExpressionId run() {
    const auto found = either();
    space();
    return at_ == text_.size() && !lost_ ? found : unknown();
  }

 private:
  using Op = Expressions::Op;

  ExpressionId unknown() { return out_.add({}); }
  ExpressionId lose() {
    lost_ = true;
    return unknown();
  }
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) ++at_;
  }
  bool mark(std::string_view wanted) {
    space();
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  bool word(std::string_view wanted) {
    space();
    const auto rest = text_.substr(at_);
    if (!rest.starts_with(wanted) || (rest.size() > wanted.size() && in_name(rest[wanted.size()])))
      return false;
    at_ += wanted.size();
    return true;
  }
  ExpressionId made(Op op, ExpressionId left, ExpressionId right = kNoExpression) {
    return out_.add({.op = op, .left = left, .right = right});
  }
  /// A name and what it is compared with stay readable when something else beside them is not.
  template <class Below>
  ExpressionId chain(std::string_view name, Op op, Below below) {
    auto left = below();
    while (!lost_ && word(name)) left = made(op, left, below());
    return left;
  }

  ExpressionId either() {
    if (++depth_ > 50) return lose();
    const auto found = chain("or", Op::either, [this] { return both(); });
    --depth_;
    return found;
  }
  ExpressionId both() {
    return chain("and", Op::both, [this] { return no(); });
  }
  ExpressionId no() {
    if (!word("not")) return comparison();
    if (++depth_ > 50) return lose();
    const auto found = made(Op::no, no());
    --depth_;
    return found;
  }
  std::optional<Op> comparing() {
    if (mark("==")) return Op::eq;
    if (mark("!=")) return Op::ne;
    if (mark("<=")) return Op::le;
    if (mark(">=")) return Op::ge;
    if (mark("<")) return Op::lt;
    if (mark(">")) return Op::gt;
    const auto before = at_;
    if (word("is")) {
      const bool negated = word("not");
      space();
      // `is None`, `is True`: the same as == for the values known here.
      return negated ? Op::ne : Op::eq;
    }
    at_ = before;
    return std::nullopt;
  }
  /// `in`, `not in`: what a list holds is not followed.
  bool contains() {
    const auto before = at_;
    if (word("in") || (word("not") && word("in"))) return true;
    at_ = before;
    return false;
  }
  ExpressionId comparison() {
    const auto left = sum();
    const auto op = comparing();
    if (!op) return contains() ? sum(), unknown() : left;
    const auto right = sum();
    if (comparing()) return lose();  // a < b < c
    return made(*op, left, right);
  }
  ExpressionId sum() {
    auto left = product();
    while (!lost_) {
      space();
      if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '-')) break;
      const auto op = text_[at_++] == '+' ? Op::add : Op::sub;
      left = made(op, left, product());
    }
    return left;
  }
  ExpressionId product() {
    auto left = atom();
    while (!lost_) {
      space();
      if (at_ >= text_.size() || text_[at_] != '*' || text_.substr(at_).starts_with("**")) break;
      ++at_;
      left = made(Op::mul, left, atom());
    }
    return left;
  }
  ExpressionId constant(Value value) { return out_.add({.op = Op::constant, .value = value}); }

  ExpressionId atom() {
    space();
    if (at_ >= text_.size()) return lose();
    const char c = text_[at_];
    if (c == '(') return bracket();
    if (c == '[' || c == '{') return skip_tail() ? tail(unknown()) : lose();
    if (c == '"' || c == '\'') return text(c);
    if ((c >= '0' && c <= '9') || c == '-') return number();
    if (begins_name(c)) return name();
    return lose();
  }
  ExpressionId bracket() {
    ++at_;
    const auto inner = either();
    return mark(")") ? tail(inner) : lose();
  }
  ExpressionId text(char quote) {
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return lose();
    const auto inner = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    if (inner.find('\\') != std::string_view::npos || (inner.empty() && text_.substr(at_).starts_with(quote)))
      return lose();
    return tail(constant({Value::Kind::text, 0, inner}));
  }
  ExpressionId number() {
    const bool minus = text_[at_] == '-';
    if (minus && (at_ + 1 >= text_.size() || text_[at_ + 1] < '0' || text_[at_ + 1] > '9')) return lose();
    std::int64_t value = 0;
    const auto* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc{}) return lose();
    at_ += static_cast<std::size_t>(end - begin);
    if (at_ < text_.size() && (text_[at_] == '.' || in_name(text_[at_]))) return lose();
    return constant(Value::of(value));
  }
  ExpressionId name() {
    const auto begin = at_;
    while (at_ < text_.size() && (in_name(text_[at_]) || text_[at_] == '.')) ++at_;
    auto name = text_.substr(begin, at_ - begin);
    if (name == "True" || name == "False") return constant(Value::of(name == "True" ? 1 : 0));
    if (name == "None") return constant({Value::Kind::none, 0, {}});
    if (name == "and" || name == "or" || name == "in" || name == "if" || name == "lambda" ||
        name.ends_with('.'))
      return lose();
    if (name.starts_with("store.")) name.remove_prefix(6);
    return tail(out_.add({.op = Op::name, .variable = variables_.number(name)}));
  }
  /// Calls, subscripts and attributes make what stands before them unknown; `in` a comparison.
  ExpressionId tail(ExpressionId found) {
    bool more = false;
    while (at_ < text_.size() && (text_[at_] == '(' || text_[at_] == '[' || text_[at_] == '.')) {
      more = true;
      if (!skip_tail()) return lose();
    }
    return more ? unknown() : found;
  }
  bool skip_tail() {
    if (text_[at_] == '.') {
      ++at_;
      while (at_ < text_.size() && in_name(text_[at_])) ++at_;
      return true;
    }
    int open = 0;
    char quote = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != 0) {
        if (c == '\\')
          ++at_;
        else if (c == quote)
          quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '(' || c == '[' || c == '{') {
        ++open;
      } else if ((c == ')' || c == ']' || c == '}') && --open == 0) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  std::string_view text_;
  Variables& variables_;
  Expressions& out_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool lost_ = false;
};

ExpressionId Expressions::read(std::string_view text, Variables& variables) {
  return text.size() > 2000 ? add({}) : ExpressionReader(text, variables, *this).run();
}

}  // namespace bpyd::analysis
