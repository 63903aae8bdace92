// SPDX-License-Identifier: MIT
// The flow of every statement, and the labels it names.
#include "story_builder.hpp"

#include <algorithm>
#include <array>

#include "bpyd/core/strings.hpp"
#include "lexer.hpp"
#include "python.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::size_t kMostSuggestions = 20000;  // labels to search for one that is spelled alike

bool always(std::string_view test) { return test == "True" || test == "1"; }
bool never(std::string_view test) { return test == "False" || test == "0" || test == "None"; }

}  // namespace

StoryBuilder::StoryBuilder(std::vector<std::shared_ptr<const ParsedFile>> files)
    : story_(std::make_shared<Story>()) {
  story_->files = std::move(files);
}

std::shared_ptr<const Story> StoryBuilder::build() {
  number();
  collect_labels();
  connect();
  story_->entries = entries();
  find_returning();
  find_reachable(story_->entries);
  resolve_dynamic();
  find_returning();
  find_reachable(roots());
  report_unreachable();
  return story_;
}

void StoryBuilder::number() {
  StoryId total = 0;
  for (const auto& file : story_->files) {
    story_->base.push_back(total);
    total += static_cast<StoryId>(file->nodes.size());
  }
  story_->base.push_back(total);
  story_->nodes.resize(total);
  story_->owner.assign(total, kNowhere);
}

void StoryBuilder::report(std::uint32_t file, Diagnostic what) {
  story_->diagnostics.push_back({file, std::move(what)});
}

void StoryBuilder::collect_labels() {
  for (std::uint32_t f = 0; f < story_->files.size(); ++f) {
    const auto& file = *story_->files[f];
    StoryId owner = kNowhere;
    for (NodeId n = 0; n < file.nodes.size(); ++n) {
      const auto& node = file.nodes[n];
      const auto id = story_->id(f, n);
      if (const auto* screen = std::get_if<ScreenNode>(&node.payload))
        screens_.try_emplace(screen->name, ScreenSite{screen, id});
      if (const auto* label = std::get_if<LabelNode>(&node.payload)) {
        if (!label->from_call) owner = id;
        story_->labels.push_back({label->name, id});
        const auto [first, fresh] = story_->by_name.try_emplace(label->name, id);
        if (!fresh) {
          const auto other = story_->file_of(first->second);
          report(f, {"duplicate-label", Severity::error, node.line, node.column,
                     "Label " + std::string(label->name) + " is already defined in " +
                         story_->files[other]->file + ", line " +
                         std::to_string(story_->node(first->second).line),
                     "Give one of the two another name"});
        }
      }
      story_->owner[id] = owner;
    }
  }
}

StoryId StoryBuilder::to_story(std::uint32_t file, NodeId node) const {
  return node == kNoNode ? kNowhere : story_->id(file, node);
}

void StoryBuilder::missing(StoryId from, std::string_view name, std::uint32_t line) {
  if (label_names_.empty()) {
    for (const auto& [known, id] : story_->by_name) {
      if (label_names_.size() < kMostSuggestions) label_names_.emplace_back(known);
    }
    std::ranges::sort(label_names_);
  }
  const bool cheap = story_->diagnostics.size() < 200;
  const auto near = cheap ? nearest(name, label_names_) : std::string();
  const auto file = story_->file_of(from);
  report(file, {"missing-label", Severity::error, line, story_->node(from).column,
                "There is no label " + std::string(name),
                near.empty() ? "Write the label, or lead elsewhere" : "Did you mean " + near + "?"});
}

StoryId StoryBuilder::resolve(StoryId from, std::string_view name, std::uint32_t line, Reference::How how,
                              std::string_view call_from) {
  const auto found = story_->by_name.find(name);
  const auto to = found == story_->by_name.end() ? kNowhere : found->second;
  story_->references.push_back({how, from, name, call_from, line, false, to});
  // Names with a leading underscore may be the engine's own labels.
  if (to == kNowhere && !name.starts_with('_')) missing(from, name, line);
  return to;
}

void StoryBuilder::dynamic_reference(StoryId from, std::string_view expression, std::uint32_t line,
                                     Reference::How how) {
  story_->references.push_back({how, from, expression, {}, line, true, kNowhere});
  story_->dynamic = true;
}

void StoryBuilder::open_options(StoryId id) {
  story_->nodes[id].flow = Flow::decide;
  story_->nodes[id].options_begin = static_cast<std::uint32_t>(story_->options.size());
}

void StoryBuilder::close_options(StoryId id) {
  story_->nodes[id].options_end = static_cast<std::uint32_t>(story_->options.size());
}

void StoryBuilder::connect() {
  for (std::uint32_t f = 0; f < story_->files.size(); ++f) {
    const auto& file = *story_->files[f];
    for (NodeId n = 0; n < file.nodes.size(); ++n) {
      const auto id = story_->id(f, n);
      story_->nodes[id].next = to_story(f, file.nodes[n].next);
      connect_node(id, f, n);
      auto& made = story_->nodes[id];
      if (made.flow == Flow::next && made.next == kNowhere)
        made.flow = Flow::back;  // an end without a return
    }
  }
}

void StoryBuilder::connect_node(StoryId id, std::uint32_t file, NodeId n) {
  const auto& node = story_->files[file]->nodes[n];
  if (const auto* jump = std::get_if<JumpNode>(&node.payload)) return connect_jump(id, *jump, node.line);
  if (const auto* call = std::get_if<CallNode>(&node.payload)) return connect_call(id, *call, node.line);
  if (const auto* menu = std::get_if<MenuNode>(&node.payload)) return connect_menu(id, *menu, file);
  if (const auto* branch = std::get_if<IfNode>(&node.payload)) return connect_if(id, *branch, file);
  if (const auto* loop = std::get_if<WhileNode>(&node.payload))
    return connect_while(id, *loop, file, node.line);
  if (const auto* python = std::get_if<PythonNode>(&node.payload)) return connect_python(id, *python);
  if (const auto* user = std::get_if<UserNode>(&node.payload))
    return connect_user(id, *user, file, node.line);
  if (const auto* screen = std::get_if<ScreenNode>(&node.payload)) {
    return later_references(id, screen->effects, Reference::How::screen);
  }
  if (const auto* say = std::get_if<SayNode>(&node.payload)) return hyperlinks(id, say->what, node.line);
  if (node.kind == Kind::Return) story_->nodes[id].flow = Flow::back;
  // A translation stands in for dialogue elsewhere; nobody falls into it.
  if (node.kind == Kind::Translate) story_->nodes[id].next = story_->id(file, node.end);
}

/// {a=jump:label} in dialogue: the player may click it.
void StoryBuilder::hyperlinks(StoryId id, std::string_view text, std::uint32_t line) {
  for (auto at = text.find("{a="); at != std::string_view::npos; at = text.find("{a=", at + 3)) {
    const auto target = text.substr(at + 3, std::min(text.find('}', at), text.size()) - at - 3);
    for (const std::string_view way : {"jump:", "call:", "call_in_new_context:"}) {
      if (target.starts_with(way)) resolve(id, target.substr(way.size()), line, Reference::How::screen);
    }
  }
}

void StoryBuilder::connect_jump(StoryId id, const JumpNode& jump, std::uint32_t line) {
  auto& made = story_->nodes[id];
  const auto name = jump.expression ? literal_text(jump.target) : jump.target;
  if (name.empty()) {
    made.flow = Flow::stop;
    made.stop = Stop::dynamic;
    dynamic_reference(id, jump.target, line, Reference::How::jump);
    dynamic_.push_back(id);
    return;
  }
  made.target = resolve(id, name, line, Reference::How::jump);
  made.flow = made.target == kNowhere ? Flow::stop : Flow::jump;
  if (made.target == kNowhere) made.stop = Stop::missing;
}

void StoryBuilder::connect_call(StoryId id, const CallNode& call, std::uint32_t line) {
  auto& made = story_->nodes[id];
  const auto name = call.expression ? literal_text(call.target) : call.target;
  if (name.empty()) {
    dynamic_reference(id, call.target, line, Reference::How::call);
    dynamic_.push_back(id);
    return;
  }
  made.target = resolve(id, name, line, Reference::How::call, call.from);
  if (made.target != kNowhere) {
    made.flow = Flow::call;
  } else if (!name.starts_with('_')) {
    made.flow = Flow::stop;
    made.stop = Stop::missing;
  }
}

void StoryBuilder::connect_menu(StoryId id, const MenuNode& menu, std::uint32_t file) {
  open_options(id);
  for (const auto& item : menu.items) {
    if (item.caption || never(item.condition)) continue;
    Option option;
    option.why = Option::Why::choice;
    option.text = item.text;
    option.condition = always(item.condition) ? std::string_view{} : item.condition;
    option.line = item.line;
    option.to = item.block.empty() ? story_->nodes[id].next : story_->id(file, item.block.begin);
    story_->options.push_back(option);
  }
  close_options(id);
  auto& made = story_->nodes[id];
  if (made.options_begin == made.options_end) made.flow = Flow::next;
}

void StoryBuilder::connect_if(StoryId id, const IfNode& node, std::uint32_t file) {
  open_options(id);
  bool closed = false;
  std::string_view first;
  std::uint32_t last_line = 0;
  for (const auto& entry : node.entries) {
    if (closed || never(entry.test)) continue;
    Option option;
    option.why = Option::Why::condition;
    option.line = last_line = entry.line;
    option.to = entry.block.empty() ? story_->nodes[id].next : story_->id(file, entry.block.begin);
    closed = entry.is_else || always(entry.test);
    option.negated = entry.is_else;
    option.condition = entry.is_else ? first : entry.test;
    if (first.empty()) first = entry.test;
    story_->options.push_back(option);
  }
  if (!closed) {
    Option rest{.why = Option::Why::condition, .text = {}, .condition = first, .negated = true};
    rest.line = last_line;
    rest.to = story_->nodes[id].next;
    story_->options.push_back(rest);
  }
  close_options(id);
}

void StoryBuilder::connect_while(StoryId id, const WhileNode& node, std::uint32_t file, std::uint32_t line) {
  open_options(id);
  Option option{.why = Option::Why::condition, .text = {}, .condition = node.test, .negated = false};
  option.line = line;
  option.to = node.block.empty() ? story_->nodes[id].next : story_->id(file, node.block.begin);
  if (!never(node.test)) story_->options.push_back(option);
  option.negated = true;
  option.to = story_->nodes[id].next;
  if (!always(node.test)) story_->options.push_back(option);
  close_options(id);
}

}  // namespace bpyd::renpy
