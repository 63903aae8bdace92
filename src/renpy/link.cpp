// SPDX-License-Identifier: MIT
// Names of labels to labels, parts to one graph: where it begins, where its targets lead, what
// can be reached in it.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/story.hpp"
#include "link_reach.hpp"
#include "python.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::size_t kMostSuggestions = 20000;  // labels to search for one that is spelled alike
constexpr std::size_t kMostCandidates = 200;     // labels one dynamic target may lead to
constexpr std::size_t kMostButtons = 200;        // options of one called screen

/// Labels that the engine itself starts.
constexpr std::array<std::string_view, 16> kEngineLabels = {"start",
                                                            "quit",
                                                            "after_load",
                                                            "splashscreen",
                                                            "before_main_menu",
                                                            "main_menu",
                                                            "after_warp",
                                                            "hide_windows",
                                                            "game_menu",
                                                            "confirm_quit",
                                                            "main_menu_screen",
                                                            "enter_game_menu",
                                                            "load_screen",
                                                            "save_screen",
                                                            "preferences_screen",
                                                            "_after_load"};

bool plain_name(std::string_view text) {
  return !text.empty() && (text[0] < '0' || text[0] > '9') && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace

bool engine_label(std::string_view name) {
  return name.starts_with('_') || std::ranges::find(kEngineLabels, name) != kEngineLabels.end();
}

class LinkRun {
 public:
  LinkRun(Linker& linker, std::vector<std::shared_ptr<const Part>> parts)
      : linker_(linker), story_(std::make_shared<Story>()) {
    story_->parts = std::move(parts);
  }

  std::shared_ptr<const Story> run() {
    lay_out();
    place_labels();
    resolve_symbols();
    fill_junctions();
    fill_ways();
    late_ways();
    lead_on(*story_);
    find_entries();
    find_returns(*story_);
    if (!dynamic_.empty()) {
      reach(entry_labels());
      dynamic_ways();
      lead_on(*story_);
      find_returns(*story_);
    }
    reach(roots());
    find_top();
    for (std::size_t i = 0; i < story_->late_options.size(); ++i)
      story_->ways[story_->way_base.back() + i].option = &story_->late_options[i];
    return std::move(story_);
  }

 private:
  void lay_out() {
    auto& s = *story_;
    std::uint32_t nodes = 0, junctions = 0, ways = 0, symbols = 0, labels = 0;
    const auto note = [&] {
      s.base.push_back(nodes);
      s.junction_base.push_back(junctions);
      s.way_base.push_back(ways);
      s.symbol_base.push_back(symbols);
      s.label_base.push_back(labels);
    };
    for (const auto& part : s.parts) {
      note();
      nodes += static_cast<std::uint32_t>(part->nodes.size());
      junctions += static_cast<std::uint32_t>(part->junctions.size());
      ways += static_cast<std::uint32_t>(part->options.size());
      symbols += static_cast<std::uint32_t>(part->symbols.size());
      labels += static_cast<std::uint32_t>(part->labels.size());
      s.dynamic = s.dynamic || part->dynamic;
      numbers_.push_back(&linker_.numbers(part));
    }
    note();
    s.junctions.resize(junctions);
    s.ways.resize(ways);
    s.sites.resize(symbols);
    s.labels.reserve(labels);
  }

  void report(std::uint32_t file, Diagnostic what) { story_->diagnostics.push_back({file, std::move(what)}); }

  void place_labels() {
    auto& s = *story_;
    site_.assign(linker_.names_.size(), kNowhere);
    for (std::uint32_t f = 0; f < s.parts.size(); ++f) {
      const auto& labels = s.parts[f]->labels;
      for (std::size_t i = 0; i < labels.size(); ++i) {
        auto& site = site_[numbers_[f]->labels[i]];
        s.labels.push_back({labels[i].name, s.base[f] + labels[i].node, f, local_junction(f, labels[i].node),
                            site != kNowhere});
        if (site == kNowhere)
          site = static_cast<std::uint32_t>(s.labels.size() - 1);
        else
          duplicate(f, labels[i], s.labels[site].node);
      }
    }
    for (const auto& part : s.parts) {
      for (const auto& [from, to] : part->overrides) {
        const auto target = linker_.number(to), source = linker_.number(from);
        site_.resize(linker_.names_.size(), kNowhere);
        if (site_[target] != kNowhere) site_[source] = site_[target];
      }
    }
  }

  void duplicate(std::uint32_t f, const PartLabel& label, StoryId first) {
    const auto& node = story_->parts[f]->file->nodes[label.node];
    report(f, {"duplicate-label", Severity::error, node.line, node.column,
               "Label " + std::string(label.name) + " is already defined in " + story_->parsed(first).file +
                   ", line " + std::to_string(story_->node(first).line),
               "Give one of the two another name"});
  }

  void resolve_symbols() {
    auto& s = *story_;
    for (std::uint32_t f = 0; f < s.parts.size(); ++f) {
      const auto& numbers = numbers_[f]->symbols;
      for (std::size_t i = 0; i < numbers.size(); ++i) s.sites[s.symbol_base[f] + i] = site_[numbers[i]];
    }
    for (std::uint32_t f = 0; f < s.parts.size(); ++f) {
      for (const auto& reference : s.parts[f]->references) {
        // Names with a leading underscore may be the engine's own labels.
        if (!reference.dynamic && site(f, reference.symbol) == kNowhere && !reference.target.starts_with('_'))
          missing(f, reference);
      }
    }
  }

  void missing(std::uint32_t f, const Reference& reference) {
    if (label_names_.empty()) {
      for (const auto& label : story_->labels) {
        if (label_names_.size() < kMostSuggestions) label_names_.emplace_back(label.name);
      }
      std::ranges::sort(label_names_);
    }
    const bool cheap = story_->diagnostics.size() < 200;
    const auto near = cheap ? nearest(reference.target, label_names_) : std::string();
    report(f, {"missing-label", Severity::error, reference.line,
               story_->parts[f]->file->nodes[reference.from].column,
               "There is no label " + std::string(reference.target),
               near.empty() ? "Write the label, or lead elsewhere" : "Did you mean " + near + "?"});
  }

  [[nodiscard]] StoryId site(std::uint32_t f, Symbol symbol) const { return story_->site(f, symbol); }
  /// By name, for names that no part has as a symbol: index into labels.
  [[nodiscard]] std::uint32_t label_named(std::string_view name) const {
    const auto found = linker_.names_.find(name);
    return found == linker_.names_.end() || found->second >= site_.size() ? kNowhere : site_[found->second];
  }
  [[nodiscard]] StoryId site(std::string_view name) const {
    const auto label = label_named(name);
    return label == kNowhere ? kNowhere : story_->labels[label].node;
  }
  /// The first junction from a statement on in its file, even one that only leads on.
  [[nodiscard]] JunctionId local_junction(std::uint32_t f, NodeId node) const {
    if (node == kNoNode) return kNowhere;
    const auto local = story_->parts[f]->junction_of[node];
    return local == kNoNode ? kNowhere : story_->junction_base[f] + local;
  }

  void fill_junctions() {
    auto& s = *story_;
    for (std::uint32_t f = 0; f < s.parts.size(); ++f) {
      const auto& part = *s.parts[f];
      for (std::size_t k = 0; k < part.junctions.size(); ++k) {
        const auto n = part.junctions[k];
        const auto& from = part.nodes[n];
        auto& made = s.junctions[s.junction_base[f] + k];
        made.flow = from.flow;
        made.stop = from.stop;
        made.at = s.base[f] + n;
        made.file = f;
        made.next_at = s.id(f, from.next);
        made.next_first = local_junction(f, from.next);
        if (from.late) {
          late_.emplace_back(f, static_cast<JunctionId>(s.junction_base[f] + k));
          made.flow = Flow::next;
          continue;
        }
        made.ways_begin = s.way_base[f] + from.options_begin;
        made.ways_end = s.way_base[f] + from.options_end;
        if (from.flow == Flow::jump || from.flow == Flow::call) lead(made, f, from);
      }
    }
  }

  void lead(Junction& made, std::uint32_t f, const PartNode& from) {
    made.target_label = story_->sites[story_->symbol_base[f] + from.symbol];
    if (made.target_label != kNowhere) {
      made.target_at = story_->labels[made.target_label].node;
      made.target_first = story_->labels[made.target_label].leads;
      return;
    }
    if (from.flow == Flow::call && story_->parts[f]->symbols[from.symbol].starts_with('_')) {
      made.flow = Flow::next;
    } else {
      made.flow = Flow::stop;
      made.stop = Stop::missing;
    }
  }

  void fill_ways() {
    auto& s = *story_;
    for (std::uint32_t f = 0; f < s.parts.size(); ++f) {
      const auto& options = s.parts[f]->options;
      for (std::size_t i = 0; i < options.size(); ++i) s.ways[s.way_base[f] + i] = way_of(f, options[i]);
    }
  }

  [[nodiscard]] Way way_of(std::uint32_t f, const Option& option) const {
    Way way;
    way.is_call = option.is_call;
    way.file = f;
    way.option = &option;
    if (option.symbol != kNoSymbol) {
      lead(way, story_->sites[story_->symbol_base[f] + option.symbol]);
    } else {
      way.at = story_->id(f, option.to);
      way.first = local_junction(f, option.to);
      way.at_file = f;
    }
    return way;
  }
  void lead(Way& way, std::uint32_t label) const {
    if (label == kNowhere) return;
    const auto& to = story_->labels[label];
    way.at = to.node;
    way.first = to.leads;
    way.label = label;
    way.at_file = to.file;
  }
  [[nodiscard]] Way way_to(std::uint32_t label, bool is_call) const {
    Way way;
    way.is_call = is_call;
    lead(way, label);
    return way;
  }
  [[nodiscard]] static Way way_on(const Junction& junction) {
    Way way;
    way.at = junction.next_at;
    way.first = junction.next_first;
    way.at_file = junction.file;
    return way;
  }

  void add_way(Option option, Way way) {
    way.file = kNowhere;
    story_->ways.push_back(way);
    story_->late_options.push_back(option);
  }

  /// What statements decide by other files: buttons of screens, targets that code may lead to.
  void late_ways() {
    auto& s = *story_;
    for (const auto& [f, junction] : late_) {
      auto& made = s.junctions[junction];
      const auto& part = *s.parts[f];
      const auto n = made.at - s.base[f];
      const auto& node = part.file->nodes[n];
      made.ways_begin = static_cast<WayId>(s.ways.size());
      if (const auto* user = std::get_if<UserNode>(&node.payload))
        screen_ways(*user, made, node.line);
      else if (part.nodes[n].flow == Flow::decide)
        python_ways(f, part.nodes[n], made);
      else {
        dynamic_.push_back(junction);
        if (part.nodes[n].flow != Flow::jump) continue;
        made.flow = Flow::stop;
        made.stop = Stop::dynamic;
        continue;
      }
      made.ways_end = static_cast<WayId>(s.ways.size());
      if (made.ways_end - made.ways_begin > 1) {
        made.flow = Flow::decide;
      } else {
        s.ways.resize(made.ways_begin);
        s.late_options.resize(made.ways_begin - s.way_base.back());
        made.ways_end = made.ways_begin;
        if (made.next_at == kNowhere) made.flow = Flow::back;
      }
    }
  }

  void python_ways(std::uint32_t f, const PartNode& from, const Junction& made) {
    for (auto i = from.options_begin; i < from.options_end; ++i) {
      const auto& option = story_->parts[f]->options[i];
      const auto way = way_of(f, option);
      if (way.at != kNowhere || i == from.options_begin)
        add_way(option, i == from.options_begin ? way_on(made) : way);
    }
  }

  void screen_ways(const UserNode& user, const Junction& made, std::uint32_t line) {
    const auto rest = user.rest();
    const auto screen = rest.substr(0, std::min(rest.find_first_of("( \t"), rest.size()));
    find_screens();
    if (!screens_.contains(screen)) return;
    add_way({.why = Option::Why::screen, .negated = true, .line = line}, way_on(made));
    std::vector<std::string_view> seen;
    buttons(screen, seen, made.ways_begin, line);
  }

  void find_screens() {
    if (!screens_.empty()) return;
    for (const auto& part : story_->parts) {
      for (const auto n : part->screens) {
        const auto& screen = part->file->as<ScreenNode>(n);
        screens_.try_emplace(screen.name, &screen);
      }
    }
  }

  void buttons(std::string_view screen, std::vector<std::string_view>& seen, WayId first,
               std::uint32_t line) {
    const auto found = screens_.find(screen);
    if (found == screens_.end() || seen.size() > 20 || std::ranges::find(seen, screen) != seen.end()) return;
    seen.push_back(screen);
    auto& s = *story_;
    for (const auto& effect : found->second->effects) {
      const bool call = effect.what == PythonEffect::What::call;
      if (!call && effect.what != PythonEffect::What::jump) continue;
      const auto target = effect.name.empty() ? kNowhere : label_named(effect.name);
      if (target == kNowhere) continue;
      const auto same = [&](const Way& way) { return way.label == target && way.is_call == call; };
      if (std::any_of(s.ways.begin() + first, s.ways.end(), same)) continue;
      if (s.ways.size() - first >= kMostButtons) return;
      add_way({.why = Option::Why::screen,
               .is_call = call,
               .line = line,
               .text = effect.op.empty() ? effect.name : effect.op},
              way_to(target, call));
    }
    for (const auto used : found->second->uses) buttons(used, seen, first, line);
  }

  void find_entries() {
    auto& s = *story_;
    if (const auto start = site("start"); start != kNowhere) {
      s.has_start = true;
      s.entries = {start};
      return;
    }
    // A story in pieces begins at the labels that nothing leads to.
    const std::unordered_set<std::uint32_t> led(s.sites.begin(), s.sites.end());
    for (std::uint32_t f = 0; f < s.parts.size(); ++f) {
      for (std::size_t i = 0; i < s.parts[f]->labels.size(); ++i) {
        const auto& label = s.parts[f]->labels[i];
        if (!label.fallen_into && !led.contains(static_cast<std::uint32_t>(s.label_base[f] + i)))
          s.entries.push_back(s.base[f] + label.node);
      }
    }
    if (s.entries.empty() && !s.labels.empty()) s.entries.push_back(s.labels.front().node);
  }

  [[nodiscard]] std::vector<std::uint32_t> entry_labels() const {
    std::vector<std::uint32_t> out;
    for (const auto entry : story_->entries) {
      const auto found = std::ranges::find(story_->labels, entry, &LabelSite::node);
      out.push_back(static_cast<std::uint32_t>(found - story_->labels.begin()));
    }
    return out;
  }

  /// Labels that the story, the engine, screens and code begin at: indexes.
  [[nodiscard]] std::vector<std::uint32_t> roots() const {
    auto roots = entry_labels();
    for (std::uint32_t i = 0; i < story_->labels.size(); ++i) {
      if (engine_label(story_->labels[i].name)) roots.push_back(i);
    }
    for (std::uint32_t f = 0; f < story_->parts.size(); ++f) {
      for (const auto symbol : story_->parts[f]->some_time)
        roots.push_back(story_->sites[story_->symbol_base[f] + symbol]);
    }
    return roots;
  }

  void reach(const std::vector<std::uint32_t>& from) {
    spread(*story_, from, story_->reached, story_->led_to, true);
  }
  void find_top() { spread(*story_, entry_labels(), story_->top, story_->led_on_top, false); }

  /// What a name is ever set to, when all of that is text in quotes; empty: not known.
  [[nodiscard]] std::vector<std::string_view> values_of(std::string_view name) const {
    std::vector<std::string_view> out;
    bool known = true;
    const auto value = [&](std::string_view op, std::string_view expression) {
      const auto text = literal_text(expression);
      if (expression == "None" && op == "=") return;
      if (op == "=" && !text.empty())
        out.push_back(text);
      else
        known = false;
    };
    for (const auto& part : story_->parts) {
      if (std::ranges::find(part->file->code_strings, name) != part->file->code_strings.end()) known = false;
      for (const auto& node : part->file->nodes) {
        if (const auto* made = std::get_if<DefineNode>(&node.payload); made != nullptr && made->name == name)
          value(made->store == "store" && made->index().empty() ? "=" : "?", made->expression);
        const auto* python = std::get_if<PythonNode>(&node.payload);
        if (python == nullptr) continue;
        bool told = false;
        for (const auto& effect : python->effects) {
          if (effect.name != name) continue;
          told = true;
          value(effect.what == PythonEffect::What::assign ? effect.op : "?", effect.expression);
        }
        if (!told && std::ranges::find(python->names, name) != python->names.end()) known = false;
      }
    }
    if (!known) out.clear();
    return out;
  }

  /// A dynamic target may be any label that a string in Python code names and nothing else leads to.
  void find_candidates() {
    auto& s = *story_;
    std::vector<std::uint32_t>& found = candidates_.emplace();
    std::vector<bool> reached_labels(s.base.back(), false);
    for (std::uint32_t f = 0; f < s.parts.size(); ++f) {
      if (s.parts[f]->labels.empty()) continue;
      const auto seen = s.reachable(f);
      for (const auto& label : s.parts[f]->labels) reached_labels[s.base[f] + label.node] = seen[label.node];
    }
    for (const auto& part : s.parts) {
      for (const auto text : part->file->code_strings) {
        const auto label = label_named(text);
        if (label != kNowhere && !reached_labels[s.labels[label].node] && !engine_label(text))
          found.push_back(label);
      }
    }
    std::ranges::sort(found);
    found.erase(std::ranges::unique(found).begin(), found.end());
    if (found.size() > kMostCandidates) found.resize(kMostCandidates);
  }

  void dynamic_ways() {
    auto& s = *story_;
    for (const auto j : dynamic_) {
      auto& made = s.junctions[j];
      const auto& node = s.node(made.at);
      const auto* jump = std::get_if<JumpNode>(&node.payload);
      const auto expression = jump != nullptr ? jump->target : std::get<CallNode>(node.payload).target;
      std::vector<std::uint32_t> targets;
      if (plain_name(expression)) {
        for (const auto text : values_of(expression)) {
          if (const auto label = label_named(text); label != kNowhere) targets.push_back(label);
        }
      }
      std::ranges::sort(targets);
      targets.erase(std::ranges::unique(targets).begin(), targets.end());
      const auto ways = targets.empty() ? anywhere(jump == nullptr) : ways_to(targets, jump == nullptr);
      if (ways.first == ways.second) continue;  // a call to somewhere comes back, one hopes
      made.ways_begin = ways.first;
      made.ways_end = ways.second;
      made.flow = Flow::decide;
    }
  }

  std::pair<WayId, WayId> ways_to(const std::vector<std::uint32_t>& targets, bool call) {
    const auto begin = static_cast<WayId>(story_->ways.size());
    for (const auto target : targets) {
      add_way({.why = Option::Why::dynamic,
               .is_call = call,
               .line = story_->node(story_->labels[target].node).line,
               .text = story_->labels[target].name},
              way_to(target, call));
    }
    return {begin, static_cast<WayId>(story_->ways.size())};
  }

  /// All jumps to nobody knows where share their ways, and all calls.
  std::pair<WayId, WayId> anywhere(bool call) {
    auto& made = anywhere_[call ? 1 : 0];
    if (!candidates_) find_candidates();
    if (!made) made = ways_to(*candidates_, call);
    return *made;
  }

  Linker& linker_;
  std::shared_ptr<Story> story_;
  std::vector<const Linker::Numbers*> numbers_;  // per part
  std::vector<std::uint32_t> site_;              // per name the linker knows: index into labels
  std::vector<std::pair<std::uint32_t, JunctionId>> late_;
  std::vector<JunctionId> dynamic_;
  std::optional<std::vector<std::uint32_t>> candidates_;
  std::array<std::optional<std::pair<WayId, WayId>>, 2> anywhere_;
  std::unordered_map<std::string_view, const ScreenNode*> screens_;
  std::vector<std::string> label_names_;  // for suggestions; filled when the first is needed
};

std::uint32_t Linker::number(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) return found->second;
  texts_.push_back(std::make_unique<const std::string>(name));
  return names_.emplace(*texts_.back(), static_cast<std::uint32_t>(names_.size())).first->second;
}

const Linker::Numbers& Linker::numbers(const std::shared_ptr<const Part>& part) {
  auto& made = numbers_[part.get()];
  if (made.part) return made;
  made.part = part;
  for (const auto symbol : part->symbols) made.symbols.push_back(number(symbol));
  for (const auto& label : part->labels) made.labels.push_back(number(label.name));
  return made;
}

std::shared_ptr<const Story> Linker::link(std::vector<std::shared_ptr<const Part>> parts) {
  const auto wanted = parts;
  auto story = LinkRun(*this, std::move(parts)).run();
  if (numbers_.size() > wanted.size()) {
    const std::unordered_set<const Part*> kept = [&] {
      std::unordered_set<const Part*> out;
      for (const auto& part : wanted) out.insert(part.get());
      return out;
    }();
    std::erase_if(numbers_, [&](const auto& entry) { return !kept.contains(entry.first); });
  }
  return story;
}

}  // namespace bpyd::renpy
