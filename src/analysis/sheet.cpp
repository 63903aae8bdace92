// SPDX-License-Identifier: MIT
#include "sheet.hpp"

#include <algorithm>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "reading.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

/// Numbers and texts in one number that differs when one of them does.
class Shape {
 public:
  void add(std::uint64_t number) { now_ = (now_ ^ number) * 0x9E3779B97F4A7C15U + (now_ >> 29U); }
  void add(std::string_view text) { add(fnv1a(text)); }
  [[nodiscard]] std::uint64_t get() const { return now_; }

 private:
  std::uint64_t now_ = 1;
};

class SheetMaker {
 public:
  SheetMaker(std::shared_ptr<const Part> part, Names names, Variables& variables)
      : sheet_(std::make_shared<Sheet>()), part_(*part), file_(*part->file), variables_(variables) {
    sheet_->part = std::move(part);
    sheet_->names = std::move(names);
  }

  std::shared_ptr<const Sheet> make() {
    conditions();
    for (NodeId n = 0; n < file_.nodes.size(); ++n) statement(n);
    chains();
    shape();
    sheet_->images = images_in(file_);
    std::ranges::sort(sheet_->bound);
    sheet_->bound.erase(std::ranges::unique(sheet_->bound).begin(), sheet_->bound.end());
    return std::move(sheet_);
  }

 private:
  void conditions() {
    for (const auto& option : part_.options) {
      sheet_->conditions.push_back(
          option.condition.empty() ? kNoExpression : sheet_->expressions.read(option.condition, variables_));
    }
  }

  void statement(NodeId n) {
    const auto& node = file_.nodes[n];
    if (const auto* python = std::get_if<PythonNode>(&node.payload)) {
      sheet_->bound.insert(sheet_->bound.end(), python->names.begin(), python->names.end());
      if (node.kind == Kind::EarlyPython) return;
      for (const auto& effect : python->effects) python_effect(n, *python, effect);
    } else if (const auto* label = std::get_if<LabelNode>(&node.payload)) {
      bind(label->params);
      for (const auto param : label->params) sheet_->lost.push_back(variables_.number(bare(param)));
    } else if (const auto* screen = std::get_if<ScreenNode>(&node.payload)) {
      bind(screen->params);
    } else if (const auto* say = std::get_if<SayNode>(&node.payload)) {
      if (!say->who.empty() && speakers_.insert(say->who).second) sheet_->speakers.push_back({say->who, n});
    } else if (const auto* translate = std::get_if<TranslateNode>(&node.payload)) {
      if (node.kind == Kind::Translate && translate->language != "None" &&
          std::ranges::find(sheet_->languages, translate->language) == sheet_->languages.end())
        sheet_->languages.push_back(translate->language);
    } else if (const auto* loop = std::get_if<WhileNode>(&node.payload)) {
      sheet_->asked.push_back({loop->test, n, node.line});
    } else if (const auto* branch = std::get_if<IfNode>(&node.payload)) {
      for (const auto& entry : branch->entries) sheet_->asked.push_back({entry.test, n, entry.line});
    } else if (const auto* menu = std::get_if<MenuNode>(&node.payload)) {
      for (const auto& item : menu->items) sheet_->asked.push_back({item.condition, n, item.line});
    } else if (node.kind == Kind::Default || node.kind == Kind::Define) {
      const auto& made = std::get<DefineNode>(node.payload);
      sheet_->defined.push_back(n);
      if (!made.index().empty()) return;
      const auto name = made.store == "store"
                            ? std::string(made.name)
                            : std::string(made.store.substr(6)) + "." + std::string(made.name);
      if (node.kind == Kind::Default || made.expression.find('(') == std::string_view::npos)
        sheet_->defaults.push_back(
            {variables_.number(name), sheet_->expressions.read(made.expression, variables_)});
    }
  }

  static std::string_view bare(std::string_view param) {
    return param.substr(std::min(param.find_first_not_of('*'), param.size()));
  }
  void bind(std::span<const std::string_view> params) {
    for (const auto param : params) sheet_->bound.push_back(bare(param));
  }

  void python_effect(NodeId n, const PythonNode& python, const PythonEffect& effect) {
    using What = PythonEffect::What;
    if (effect.what != What::assign && effect.what != What::method) return;
    auto name = std::string(effect.name);
    if (name.starts_with("store.")) name.erase(0, 6);
    if (const std::string_view store = python.store; store.starts_with("store."))
      name = std::string(store.substr(6)) + "." + name;
    Effect made{.node = n, .variable = variables_.number(name)};
    made.maybe = effect.when != PythonEffect::When::always;
    if (effect.when == PythonEffect::When::later) {
      sheet_->lost.push_back(made.variable);
      return;
    }
    if (effect.what == What::assign) {
      made.what = effect.op == "="    ? Effect::What::set
                  : effect.op == "+=" ? Effect::What::add
                  : effect.op == "-=" ? Effect::What::subtract
                                      : Effect::What::lose;
      if (made.what != Effect::What::lose)
        made.expression = sheet_->expressions.read(effect.expression, variables_);
    }
    sheet_->effects.push_back(made);
  }

  /// Dialogue of translations is not the story's: its words are nobody's.
  void find_translated() {
    translated_.assign(file_.nodes.size(), false);
    NodeId until = 0;
    for (NodeId n = 0; n < file_.nodes.size(); ++n) {
      if (file_.nodes[n].kind == Kind::Translate) until = std::max(until, file_.nodes[n].end);
      translated_[n] = n < until;
    }
  }

  /// Backwards along each chain of statements that lead to the same junction.
  void chains() {
    const auto size = file_.nodes.size();
    sheet_->words.assign(size, 0);
    sheet_->reading.assign(size, 0);
    sheet_->next_effect.assign(size, kNoNode);
    sheet_->next_label.assign(size, kNoNode);
    find_translated();
    std::vector<bool> assigns(size, false), done(size, false);
    for (const auto& effect : sheet_->effects) assigns[effect.node] = true;
    std::vector<NodeId> chain;
    for (NodeId first = 0; first < size; ++first) {
      auto n = first;
      while (n != kNoNode && !done[n]) {
        done[n] = true;
        chain.push_back(n);
        n = is_junction(n) ? kNoNode : part_.nodes[n].next;
      }
      for (; !chain.empty(); chain.pop_back()) {
        const auto at = chain.back();
        const auto next = is_junction(at) ? kNoNode : part_.nodes[at].next;
        const auto& node = file_.nodes[at];
        const auto* say = std::get_if<SayNode>(&node.payload);
        const bool told = say != nullptr && !translated_[at];
        const auto words = told ? count_words(say->what) : 0;
        const auto ticks = told ? reading_ticks(say->what, words) : 0;
        sheet_->words[at] = (next == kNoNode ? 0 : sheet_->words[next]) + static_cast<std::uint32_t>(words);
        sheet_->reading[at] =
            (next == kNoNode ? 0 : sheet_->reading[next]) + static_cast<std::uint32_t>(ticks);
        sheet_->next_effect[at] = assigns[at] ? at : next == kNoNode ? kNoNode : sheet_->next_effect[next];
        const bool label = node.kind == Kind::Label && !std::get<LabelNode>(node.payload).from_call;
        sheet_->next_label[at] = label ? at : next == kNoNode ? kNoNode : sheet_->next_label[next];
      }
    }
  }

  [[nodiscard]] bool is_junction(NodeId n) const {
    const auto junction = part_.junction_of[n];
    return junction != kNoNode && part_.junctions[junction] == n;
  }
  [[nodiscard]] std::uint32_t junction_of(NodeId n) const {
    return n == kNoNode ? kNoNode : part_.junction_of[n];
  }

  void shape() {
    Shape shape;
    for (const auto n : part_.junctions) {
      const auto& node = part_.nodes[n];
      shape.add(static_cast<std::uint64_t>(node.flow) | static_cast<std::uint64_t>(node.stop) << 8U |
                static_cast<std::uint64_t>(node.late) << 16U);
      shape.add(junction_of(node.next));
      shape.add(node.symbol);
      shape.add(node.options_end - node.options_begin);
      if (!node.late) continue;
      if (const auto* user = std::get_if<UserNode>(&file_.nodes[n].payload)) shape.add(user->rest());
      if (const auto* jump = std::get_if<JumpNode>(&file_.nodes[n].payload)) shape.add(jump->target);
      if (const auto* call = std::get_if<CallNode>(&file_.nodes[n].payload)) shape.add(call->target);
    }
    for (const auto& option : part_.options) {
      shape.add(static_cast<std::uint64_t>(option.why) | static_cast<std::uint64_t>(option.negated) << 8U |
                static_cast<std::uint64_t>(option.is_call) << 16U);
      shape.add(junction_of(option.to));
      shape.add(option.symbol);
      shape.add(option.condition);
    }
    Shape texts;
    for (const auto& option : part_.options) texts.add(option.text);
    sheet_->texts = texts.get();
    for (const auto symbol : part_.symbols) shape.add(symbol);
    for (const auto& label : part_.labels) {
      shape.add(label.name);
      shape.add(junction_of(label.node) | std::uint64_t{label.fallen_into} << 32U);
    }
    for (const auto& [from, to] : part_.overrides) shape.add(fnv1a(from, fnv1a(to)));
    for (const auto module : part_.modules) shape.add(module);
    for (const auto n : part_.screens) screen(shape, file_.as<ScreenNode>(n));
    for (const auto& reference : part_.references) {
      shape.add(static_cast<std::uint64_t>(reference.how) | std::uint64_t{reference.symbol} << 8U);
    }
    if (part_.dynamic || !part_.modules.empty()) shape.add(1);
    for (const auto text : file_.code_strings) shape.add(text);
    assignments(shape);
    sheet_->shape = shape.get();
  }

  static void screen(Shape& shape, const ScreenNode& screen) {
    shape.add(screen.name);
    for (const auto& effect : screen.effects) {
      shape.add(static_cast<std::uint64_t>(effect.what));
      shape.add(effect.name);
    }
    for (const auto used : screen.uses) shape.add(used);
  }

  void assignments(Shape& shape) {
    for (NodeId n = 0; n < file_.nodes.size(); ++n) {
      const auto& node = file_.nodes[n];
      if (const auto* python = std::get_if<PythonNode>(&node.payload)) {
        shape.add(junction_of(n));
        for (const auto& effect : python->effects) {
          shape.add(static_cast<std::uint64_t>(effect.what) | static_cast<std::uint64_t>(effect.when) << 8U);
          shape.add(fnv1a(effect.expression, fnv1a(effect.op, fnv1a(effect.name))));
        }
      } else if (const auto* made = std::get_if<DefineNode>(&node.payload)) {
        shape.add(fnv1a(made->expression, fnv1a(made->name, fnv1a(made->store))));
      }
    }
  }

  std::shared_ptr<Sheet> sheet_;
  const Part& part_;
  const ParsedFile& file_;
  Variables& variables_;
  std::unordered_set<std::string_view> speakers_;
  std::vector<bool> translated_;
};

}  // namespace

std::uint32_t Sheet::own(const std::vector<std::uint32_t>& sums, NodeId node) const {
  const auto next = part->nodes[node].next;
  const auto junction = part->junction_of[node];
  const bool last = junction != kNoNode && part->junctions[junction] == node;
  return sums[node] - (last || next == kNoNode ? 0 : sums[next]);
}

std::span<const Effect> Sheet::effects_of(NodeId node) const {
  const auto found = std::ranges::equal_range(effects, node, {}, &Effect::node);
  return {found.begin(), found.end()};
}

std::shared_ptr<const Sheet> make_sheet(std::shared_ptr<const Part> part, Names names, Variables& variables) {
  return SheetMaker(std::move(part), std::move(names), variables).make();
}

}  // namespace bpyd::analysis
