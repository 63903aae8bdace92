// SPDX-License-Identifier: MIT
// The flow of every statement of one file, and the labels it names.
#include "bpyd/renpy/part.hpp"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "python.hpp"

namespace bpyd::renpy {
namespace {

bool always(std::string_view test) { return test == "True" || test == "1"; }
bool never(std::string_view test) { return test == "False" || test == "0" || test == "None"; }

class PartMaker {
 public:
  explicit PartMaker(std::shared_ptr<const ParsedFile> file) : part_(std::make_shared<Part>()), file_(*file) {
    part_->file = std::move(file);
  }

  std::shared_ptr<const Part> make() {
    const auto size = file_.nodes.size();
    part_->nodes.resize(size);
    part_->owner.assign(size, kNoNode);
    NodeId owner = kNoNode;
    for (NodeId n = 0; n < size; ++n) {
      if (const auto* label = std::get_if<LabelNode>(&file_.nodes[n].payload)) {
        if (!label->from_call) owner = n;
        part_->labels.push_back({label->name, n});
      }
      part_->owner[n] = owner;
      part_->nodes[n].next = file_.nodes[n].next;
      connect(n);
      auto& made = part_->nodes[n];
      // An end without a return.
      if (made.flow == Flow::next && made.next == kNoNode && !made.late) made.flow = Flow::back;
    }
    find_junctions();
    find_falls();
    return std::move(part_);
  }

 private:
  PartNode& at(NodeId n) { return part_->nodes[n]; }

  Symbol symbol(std::string_view name) {
    const auto [found, fresh] = symbols_.try_emplace(name, static_cast<Symbol>(part_->symbols.size()));
    if (fresh) part_->symbols.push_back(name);
    return found->second;
  }

  void connect(NodeId n) {
    const auto& node = file_.nodes[n];
    if (const auto* say = std::get_if<SayNode>(&node.payload)) return hyperlinks(n, say->what, node.line);
    if (const auto* jump = std::get_if<JumpNode>(&node.payload)) return connect_jump(n, *jump, node.line);
    if (const auto* call = std::get_if<CallNode>(&node.payload)) return connect_call(n, *call, node.line);
    if (const auto* menu = std::get_if<MenuNode>(&node.payload)) return connect_menu(n, *menu);
    if (const auto* branch = std::get_if<IfNode>(&node.payload)) return connect_if(n, *branch);
    if (const auto* loop = std::get_if<WhileNode>(&node.payload)) return connect_while(n, *loop, node.line);
    if (const auto* python = std::get_if<PythonNode>(&node.payload)) return connect_python(n, *python);
    if (const auto* user = std::get_if<UserNode>(&node.payload)) return connect_user(n, *user);
    if (const auto* made = std::get_if<DefineNode>(&node.payload)) return note_override(*made);
    if (const auto* screen = std::get_if<ScreenNode>(&node.payload)) {
      part_->screens.push_back(n);
      return later_references(n, screen->effects, Reference::How::screen);
    }
    if (node.kind == Kind::Return) at(n).flow = Flow::back;
    // A translation stands in for dialogue elsewhere; nobody falls into it.
    if (node.kind == Kind::Translate) at(n).next = node.end < file_.nodes.size() ? node.end : kNoNode;
  }

  /// {a=jump:label} in dialogue: the player may click it.
  void hyperlinks(NodeId n, std::string_view text, std::uint32_t line) {
    for (auto found = text.find("{a="); found != std::string_view::npos;
         found = text.find("{a=", found + 3)) {
      const auto target = text.substr(found + 3, std::min(text.find('}', found), text.size()) - found - 3);
      for (const std::string_view way : {"jump:", "call:", "call_in_new_context:"}) {
        if (target.starts_with(way)) refer(n, target.substr(way.size()), line, Reference::How::screen);
      }
    }
  }

  Symbol refer(NodeId n, std::string_view name, std::uint32_t line, Reference::How how,
               std::string_view call_from = {}) {
    const auto made = symbol(name);
    part_->references.push_back({how, false, n, made, name, call_from, line});
    if (how == Reference::How::screen || how == Reference::How::python) part_->some_time.push_back(made);
    return made;
  }

  void refer_dynamic(NodeId n, std::string_view expression, std::uint32_t line, Reference::How how) {
    part_->references.push_back({how, true, n, kNoSymbol, expression, {}, line});
    part_->dynamic = true;
  }

  void connect_jump(NodeId n, const JumpNode& jump, std::uint32_t line) {
    const auto name = jump.expression ? literal_text(jump.target) : jump.target;
    at(n).flow = Flow::jump;
    if (name.empty()) {
      refer_dynamic(n, jump.target, line, Reference::How::jump);
      at(n).late = true;
    } else {
      at(n).symbol = refer(n, name, line, Reference::How::jump);
    }
  }

  void connect_call(NodeId n, const CallNode& call, std::uint32_t line) {
    const auto name = call.expression ? literal_text(call.target) : call.target;
    at(n).flow = Flow::call;
    if (name.empty()) {
      refer_dynamic(n, call.target, line, Reference::How::call);
      at(n).late = true;
    } else {
      at(n).symbol = refer(n, name, line, Reference::How::call, call.from);
    }
  }

  void open_options(NodeId n) {
    at(n).flow = Flow::decide;
    at(n).options_begin = static_cast<std::uint32_t>(part_->options.size());
  }
  void close_options(NodeId n) { at(n).options_end = static_cast<std::uint32_t>(part_->options.size()); }

  /// Where a block begins, or what comes after it when it is empty.
  [[nodiscard]] NodeId into(NodeId n, Block block) const {
    return block.empty() ? part_->nodes[n].next : block.begin;
  }

  void connect_menu(NodeId n, const MenuNode& menu) {
    open_options(n);
    for (const auto& item : menu.items) {
      if (item.caption || never(item.condition)) continue;
      Option option;
      option.text = item.text;
      option.condition = always(item.condition) ? std::string_view{} : item.condition;
      option.line = item.line;
      option.to = into(n, item.block);
      part_->options.push_back(option);
    }
    close_options(n);
    if (at(n).options_begin == at(n).options_end) at(n).flow = Flow::next;
  }

  void connect_if(NodeId n, const IfNode& node) {
    open_options(n);
    bool closed = false;
    std::string_view first;
    Option option{.why = Option::Why::condition};
    for (const auto& entry : node.entries) {
      if (closed || never(entry.test)) continue;
      option.line = entry.line;
      option.to = into(n, entry.block);
      closed = entry.is_else || always(entry.test);
      option.negated = entry.is_else;
      option.condition = entry.is_else ? first : entry.test;
      if (first.empty()) first = entry.test;
      part_->options.push_back(option);
    }
    if (!closed) {
      option.condition = first;
      option.negated = true;
      option.to = at(n).next;
      part_->options.push_back(option);
    }
    close_options(n);
  }

  void connect_while(NodeId n, const WhileNode& node, std::uint32_t line) {
    open_options(n);
    Option option{.why = Option::Why::condition, .line = line, .to = into(n, node.block)};
    option.condition = node.test;
    if (!never(node.test)) part_->options.push_back(option);
    option.negated = true;
    option.to = at(n).next;
    if (!always(node.test)) part_->options.push_back(option);
    close_options(n);
  }

  /// renpy.jump("x") in code: where it surely runs it is the flow, where it may run it is an option.
  void connect_python(NodeId n, const PythonNode& python) {
    using What = PythonEffect::What;
    later_references(n, python.effects, Reference::How::python);
    bool maybe = false;
    for (const auto& effect : python.effects) {
      if (effect.what == What::module && !effect.name.empty()) part_->modules.push_back(effect.name);
      if (effect.what == What::assign) note_override(effect);
      const bool moves = effect.what == What::jump || effect.what == What::call ||
                         effect.what == What::quit || effect.what == What::menu ||
                         effect.what == What::give_back;
      if (!moves || effect.when == PythonEffect::When::later) continue;
      if (effect.when == PythonEffect::When::always && !maybe) return surely(n, effect);
      if (effect.name.empty()) continue;
      Option option{.why = Option::Why::python, .line = effect.line, .text = effect.name};
      if (!maybe) {
        open_options(n);
        part_->options.push_back(
            {.why = Option::Why::python, .negated = true, .line = effect.line, .to = at(n).next});
      }
      maybe = true;
      option.is_call = effect.what == What::call;
      option.symbol = symbol(effect.name);
      part_->options.push_back(option);
    }
    if (!maybe) return;
    close_options(n);
    at(n).late = true;  // targets that are missing are no options
  }

  void surely(NodeId n, const PythonEffect& effect) {
    using What = PythonEffect::What;
    auto& made = at(n);
    if (effect.what == What::give_back) {
      made.flow = Flow::back;
    } else if (effect.what == What::quit || effect.what == What::menu) {
      made.flow = Flow::stop;
      made.stop = effect.what == What::quit ? Stop::quit : Stop::main_menu;
    } else if (!effect.name.empty()) {
      made.flow = effect.what == What::call ? Flow::call : Flow::jump;
      made.symbol = symbol(effect.name);
    } else if (effect.what == What::jump) {
      made.flow = Flow::stop;
      made.stop = Stop::dynamic;
    }
  }

  /// Labels named in code: whether and when they are gone to is not known here.
  void later_references(NodeId n, std::span<const PythonEffect> effects, Reference::How how) {
    using What = PythonEffect::What;
    for (const auto& effect : effects) {
      if (effect.what != What::jump && effect.what != What::call && effect.what != What::context) continue;
      if (!effect.name.empty())
        refer(n, effect.name, effect.line, how);
      else if (!effect.expression.empty() && effect.what != What::context)
        refer_dynamic(n, effect.expression, effect.line, how);
    }
  }

  void connect_user(NodeId n, const UserNode& user) {
    // Its `next` function decides at run time; nearly always it answers "into the block".
    if (user.enters_block && !user.block().empty()) at(n).next = user.block().begin;
    // The screen's buttons are ways on; it may stand in another file.
    else if (user.name == "call screen")
      at(n).late = true;
  }

  static std::string_view bare(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  }

  /// define config.label_overrides["old"] = "new", or = {"old": "new", …}
  void note_override(const DefineNode& made) {
    if (made.store != "store.config" || made.name != "label_overrides") return;
    if (!made.index().empty()) return add_override(made.index(), made.expression);
    add_overrides(made.expression);
  }
  void note_override(const PythonEffect& effect) {
    constexpr std::string_view kName = "config.label_overrides";
    if (!effect.name.starts_with(kName)) return;
    auto index = effect.name.substr(kName.size());
    if (index.empty()) return add_overrides(effect.expression);
    if (index.starts_with('[') && index.ends_with(']'))
      add_override(index.substr(1, index.size() - 2), effect.expression);
  }
  void add_overrides(std::string_view table) {
    table = bare(table);
    if (!table.starts_with('{') || !table.ends_with('}')) return;
    table = table.substr(1, table.size() - 2);
    while (!table.empty()) {
      const auto comma = std::min(table.find(','), table.size());
      const auto row = table.substr(0, comma);
      if (const auto colon = row.find(':'); colon != std::string_view::npos)
        add_override(row.substr(0, colon), row.substr(colon + 1));
      table.remove_prefix(std::min(comma + 1, table.size()));
    }
  }
  void add_override(std::string_view from, std::string_view to) {
    const auto old_name = literal_text(bare(from)), new_name = literal_text(bare(to));
    if (!old_name.empty() && !new_name.empty()) part_->overrides.emplace_back(old_name, new_name);
  }

  /// Follows each chain once; what leads into itself leads nowhere.
  void find_junctions() {
    constexpr NodeId kUnknown = kNoNode - 1, kOpen = kNoNode - 2;
    auto& found = part_->junction_of;
    const auto size = static_cast<NodeId>(part_->nodes.size());
    found.assign(size, kUnknown);
    for (NodeId n = 0; n < size; ++n) {
      if (at(n).flow == Flow::next && !at(n).late) continue;
      found[n] = static_cast<std::uint32_t>(part_->junctions.size());
      part_->junctions.push_back(n);
    }
    std::vector<NodeId> chain;
    for (NodeId n = 0; n < size; ++n) {
      chain.clear();
      NodeId here = n;
      while (here != kNoNode && found[here] == kUnknown) {
        found[here] = kOpen;
        chain.push_back(here);
        here = at(here).next;
      }
      const auto end = here == kNoNode || found[here] == kOpen ? kNoNode : found[here];
      for (const auto link : chain) found[link] = end;
    }
  }

  void find_falls() {
    const auto fall = [&](NodeId to) {
      if (to == kNoNode || file_.nodes[to].kind != Kind::Label) return;
      const auto label = std::ranges::lower_bound(part_->labels, to, {}, &PartLabel::node);
      label->fallen_into = true;
    };
    for (NodeId n = 0; n < part_->nodes.size(); ++n) {
      const auto& node = at(n);
      // What only defines things is run before the story: falling from it counts for nothing.
      const bool before = part_->owner[n] == kNoNode;
      if ((node.flow == Flow::next || node.flow == Flow::call) && !before) fall(node.next);
      for (auto i = node.options_begin; i < node.options_end; ++i) fall(part_->options[i].to);
    }
  }

  std::shared_ptr<Part> part_;
  const ParsedFile& file_;
  std::unordered_map<std::string_view, Symbol> symbols_;
};

}  // namespace

std::shared_ptr<const Part> make_part(std::shared_ptr<const ParsedFile> file) {
  return PartMaker(std::move(file)).make();
}

}  // namespace bpyd::renpy
