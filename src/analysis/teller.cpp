// SPDX-License-Identifier: MIT
// A walk in words.
#include "teller.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "reading.hpp"

namespace bpyd::analysis {

using renpy::Flow;
using renpy::Option;
using renpy::PythonEffect;
using renpy::StoryId;

namespace {

constexpr std::size_t kStepText = 100;
constexpr std::size_t kTitle = 80;
constexpr std::size_t kMostOthers = 200;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::string> sum(std::string_view left, std::string_view right, bool minus) {
  const auto a = whole(left);
  const auto b = whole(right);
  std::int64_t out = 0;
  if (!a || !b || (minus ? __builtin_sub_overflow(*a, *b, &out) : __builtin_add_overflow(*a, *b, &out)))
    return std::nullopt;
  return std::to_string(out);
}

bool is_literal(std::string_view text) {
  if (text == "True" || text == "False" || text == "None" || whole(text)) return true;
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) {
    return text.back() == text.front() &&
           text.substr(1, text.size() - 2).find_first_of("\"'\\") == std::string_view::npos;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() && text.front() >= '-' &&
         text.front() <= '9';
}

bool quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '"' || text.front() == '\'');
}
std::string_view unquoted(std::string_view text) {
  return quoted(text) ? text.substr(1, text.size() - 2) : text;
}

/// Python's truth of a literal; nothing for the few kinds not looked into.
std::optional<bool> truth(std::string_view literal) {
  if (literal == "True") return true;
  if (literal == "False" || literal == "None") return false;
  if (const auto number = whole(literal)) return *number != 0;
  if (quoted(literal)) return literal.size() > 2;
  return std::nullopt;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t characters = 0;
  for (const char c : text) {
    const bool lead = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (lead && ++characters > most) {
      out += "…";
      break;
    }
    out += is_space(c) ? ' ' : c;
  }
  return out;
}

std::optional<std::string> State::get(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : found->second;
}

std::optional<std::string> State::value_of(std::string_view expression) const {
  const auto text = trim(expression);
  if (text.size() > 200) return std::nullopt;
  if (is_literal(text)) return std::string(text);
  if (auto known = get(text)) return known;
  if (text.starts_with("not ")) {
    const auto inner = value_of(text.substr(4));
    if (inner == "True") return "False";
    if (inner == "False") return "True";
    return std::nullopt;
  }
  const auto mark = text.find_last_of("+-");
  if (mark == std::string_view::npos || mark == 0) return std::nullopt;
  const auto left = value_of(text.substr(0, mark));
  const auto right = value_of(text.substr(mark + 1));
  return left && right ? sum(*left, *right, text[mark] == '-') : std::nullopt;
}

std::optional<bool> State::holds(std::string_view condition) const {
  const auto text = trim(condition);
  if (text.find(" and ") != std::string_view::npos || text.find(" or ") != std::string_view::npos)
    return std::nullopt;
  if (const auto value = value_of(text)) return truth(*value);
  for (const std::string_view op : {"==", "!=", ">=", "<=", ">", "<"}) {
    const auto at = text.find(op);
    if (at == std::string_view::npos) continue;
    const auto left = value_of(text.substr(0, at));
    const auto right = value_of(text.substr(at + op.size()));
    if (!left || !right) return std::nullopt;
    const auto a = whole(*left);
    const auto b = whole(*right);
    if (op == "==" || op == "!=")
      return (a && b ? a == b : unquoted(*left) == unquoted(*right)) == (op == "==");
    if (!a || !b) return std::nullopt;
    return op == ">=" ? *a >= *b : op == "<=" ? *a <= *b : op == ">" ? *a > *b : *a < *b;
  }
  return std::nullopt;
}

std::optional<std::string> State::after(const PythonEffect& effect) const {
  if (effect.what != PythonEffect::What::assign || effect.when != PythonEffect::When::always)
    return std::nullopt;
  if (effect.op == "=") return value_of(effect.expression);
  if (effect.op != "+=" && effect.op != "-=") return std::nullopt;
  const auto left = get(effect.name);
  const auto right = value_of(effect.expression);
  return left && right ? sum(*left, *right, effect.op == "-=") : std::nullopt;
}

Telling::Telling(const renpy::Story& told, const Sheets& sheets) : story(told), sheets(sheets) {
  for (const auto& part : told.parts) {
    for (const auto& node : part->file->nodes) {
      if (node.kind != renpy::Kind::Default) continue;
      const auto& made = std::get<renpy::DefineNode>(node.payload);
      if (made.store == "store") defaults.set(made.name, defaults.value_of(made.expression));
    }
  }
}

std::string Teller::label_of(StoryId id) const {
  const auto owner = story_.owner(id);
  return owner == renpy::kNowhere ? std::string() : std::string(story_.label_at(owner)->name);
}

void Teller::step(std::string_view kind, StoryId id, std::string text, std::int64_t line) {
  Step made;
  made.kind = kind;
  made.label = label_of(id);
  made.file = file_of(id);
  made.text = std::move(text);
  made.line = line > 0 ? line : story_.node(id).line;
  path_.steps.push_back(std::move(made));
  if (closely_.meetings != nullptr && kind != "say") mark(path_.steps.back().text);
}

/// The last row, told closely, goes on with these words.
void Teller::mark(std::string_view said) {
  auto& row = path_.steps.back();
  if (row.print == 0) row.print = fnv1a(row.label, fnv1a(row.kind));
  row.print = fnv1a(said, row.print) | 1U;
  row.words = path_.words;
  row.seconds = seconds_of(reading_);
}

void Teller::others(const renpy::Junction& junction, renpy::WayId taken) {
  for (auto way = junction.ways_begin; way < junction.ways_end; ++way) {
    const auto& option = story_.option(way);
    if (path_.steps.back().others.size() == kMostOthers) return;
    if (way == taken || (option.negated && option.text.empty())) continue;
    const auto never = closely_.never->find(way);
    path_.steps.back().others.push_back({shortened(option.text, kStepText * 2), option.line,
                                         never == closely_.never->end() ? std::string() : never->second});
  }
}

void Teller::say(StoryId id, const renpy::SayNode& node) {
  const auto file = story_.file_of(id);
  path_.words += telling_.sheets[file]->own_words(id - story_.base[file]);
  reading_ += telling_.sheets[file]->own_reading(id - story_.base[file]);
  const bool closely = closely_.meetings != nullptr;
  if (!path_.steps.empty() && path_.steps.back().kind == "say" && !(closely && (*closely_.meetings)[id])) {
    ++path_.steps.back().count;
  } else {
    std::string text = node.who.empty() ? std::string() : std::string(node.who) + ": ";
    step("say", id, shortened(text.append(node.what.substr(0, kStepText * 4)), kStepText));
  }
  if (!closely) return;
  mark(node.who);
  mark(node.what);
}

void Teller::python(StoryId id, const renpy::PythonNode& node) {
  for (const auto& effect : node.effects) {
    if (effect.what != PythonEffect::What::assign && effect.what != PythonEffect::What::method) continue;
    StateChange change;
    change.label = label_of(id);
    change.file = file_of(id);
    change.line = effect.line;
    change.variable = shortened(effect.name, kStepText);
    change.op = effect.op;
    change.expression = shortened(effect.expression, kStepText);
    change.before = state_.get(effect.name);
    change.after = state_.after(effect);
    state_.set(effect.name, change.after);
    const bool method = effect.what == PythonEffect::What::method;
    step("set", id,
         method ? change.variable + "." + change.op + "(" + change.expression + ")"
                : change.variable + " " + change.op + " " + change.expression,
         effect.line);
    path_.steps.back().detail = static_cast<std::int64_t>(path_.changes.size());
    path_.changes.push_back(std::move(change));
  }
}

void Teller::statement(StoryId id) {
  const auto& node = story_.node(id);
  if (const auto* label = std::get_if<renpy::LabelNode>(&node.payload)) {
    if (label->from_call) return;
    path_.labels.emplace_back(label->name);
    step("label", id, std::string(label->name));
  } else if (const auto* line = std::get_if<renpy::SayNode>(&node.payload)) {
    say(id, *line);
  } else if (const auto* code = std::get_if<renpy::PythonNode>(&node.payload)) {
    python(id, *code);
  } else if (const auto* jump = std::get_if<renpy::JumpNode>(&node.payload)) {
    step("jump", id, shortened(jump->target, kStepText));
  } else if (const auto* call = std::get_if<renpy::CallNode>(&node.payload)) {
    step("call", id, shortened(call->target, kStepText));
  } else if (node.kind == renpy::Kind::Return) {
    step("return", id, {});
  }
}

/// Statement by statement to the junction, through jumps; what goes in a circle is told once.
void Teller::segment(const Stretch& stretch) {
  const auto junction = stretch.to;
  auto at = stretch.at;
  std::unordered_set<StoryId> seen;
  while (at != renpy::kNowhere) {
    statement(at);
    last_ = at;
    const auto node = story_.at(at);
    if (node.flow != Flow::next && node.flow != Flow::jump) return;
    at = node.flow == Flow::jump ? node.target : node.next;
    if (junction == renpy::kNowhere && !seen.insert(at).second) return;
  }
}

std::string Teller::verdict(const renpy::Junction& junction, renpy::WayId way) const {
  const auto& option = story_.option(way);
  if (!option.negated) {
    const auto met = state_.holds(option.condition);
    return !met ? "maybe" : *met ? "holds" : "fails";
  }
  bool sure = true;
  for (auto other = junction.ways_begin; other < junction.ways_end; ++other) {
    const auto& before = story_.option(other);
    if (before.condition.empty() || (before.negated && other != way)) continue;
    const auto met = state_.holds(before.condition);
    if (met == true) return "fails";
    sure = sure && met == false;
  }
  return sure ? "holds" : "maybe";
}

void Teller::decision(renpy::JunctionId at, renpy::WayId way) {
  const auto& junction = story_.junctions[at];
  const auto id = junction.at;
  const auto& option = story_.option(way);
  std::string condition(option.condition);
  if (option.why == Option::Why::condition && option.negated) {
    condition.clear();
    for (auto i = junction.ways_begin; i < junction.ways_end; ++i) {
      const auto& other = story_.option(i);
      if (other.negated || other.condition.empty() || condition.size() > kStepText) continue;
      condition += (condition.empty() ? "not (" : " and not (") + std::string(other.condition) + ")";
    }
    if (condition.empty()) condition = "not (" + std::string(option.condition) + ")";
  }
  if (!condition.empty()) {
    PathCondition passed{label_of(id), file_of(id), option.line, shortened(condition, kStepText * 2),
                         verdict(junction, way)};
    step("condition", id, passed.text, option.line);
    path_.steps.back().detail = static_cast<std::int64_t>(path_.conditions.size());
    path_.conditions.push_back(std::move(passed));
  }
  const bool goes_on = option.negated && option.text.empty();
  if (option.why == Option::Why::choice || (option.why == Option::Why::screen && !goes_on)) {
    PathChoice made{label_of(id), file_of(id), option.line, std::string(option.text)};
    step("choice", id, shortened(made.text, kStepText * 2), option.line);
    if (closely_.never != nullptr) others(junction, way);
    path_.choices.push_back(std::move(made));
  } else if ((option.why == Option::Why::dynamic || option.why == Option::Why::python) && !goes_on) {
    step(option.is_call ? "call" : "jump", id, std::string(option.text), story_.node(id).line);
  }
}

void Teller::back(renpy::JunctionId junction) {
  const auto site = story_.junctions[junction].next_at;
  if (!path_.steps.empty() && path_.steps.back().kind == "return") path_.steps.back().text = label_of(site);
}

Path Teller::finish(std::string_view kind, StoryId entry) {
  path_.entry = label_of(entry);
  path_.ending = last_ == renpy::kNowhere ? std::string() : label_of(last_);
  if (path_.ending.empty()) path_.ending = path_.entry;
  path_.ending_kind = kind;
  path_.seconds = seconds_of(reading_);
  step("end", last_ == renpy::kNowhere ? entry : last_, std::string(kind));
  return std::move(path_);
}

void Title::add(std::string_view part) {
  if (text_.size() < kTitle * 4) text_.append(text_.empty() ? "" : " → ").append(part.substr(0, kTitle * 4));
}

std::string Title::done(const std::string& entry, const std::string& ending) const {
  if (!text_.empty()) return shortened(text_, kTitle);
  return shortened(entry == ending ? entry : entry + " → " + ending, kTitle);
}

}  // namespace bpyd::analysis
