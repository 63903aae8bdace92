// SPDX-License-Identifier: MIT
// Flow that Python code, screens and creator-defined statements make.
#include <algorithm>

#include "story_builder.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::size_t kMostButtons = 200;  // options of one called screen

}  // namespace

/// renpy.jump("x") in code: where it surely runs it is the flow, where it may run it is an option.
void StoryBuilder::connect_python(StoryId id, const PythonNode& python) {
  using What = PythonEffect::What;
  later_references(id, python.effects, Reference::How::python);
  std::vector<Option> maybe;
  for (const auto& effect : python.effects) {
    const bool moves = effect.what == What::jump || effect.what == What::call || effect.what == What::quit ||
                       effect.what == What::menu || effect.what == What::give_back;
    if (effect.what == What::module && !effect.name.empty()) modules_.insert(effect.name);
    if (!moves || effect.when == PythonEffect::When::later) continue;
    const auto found = effect.name.empty() ? story_->by_name.end() : story_->by_name.find(effect.name);
    const auto target = found == story_->by_name.end() ? kNowhere : found->second;
    const bool sure = effect.when == PythonEffect::When::always;
    auto& made = story_->nodes[id];
    if (sure && maybe.empty()) {
      made.target = target;
      made.flow = effect.what == What::give_back ? Flow::back
                  : target == kNowhere           ? Flow::stop
                  : effect.what == What::call    ? Flow::call
                                                 : Flow::jump;
      if (made.flow == Flow::stop) {
        made.stop = effect.what == What::quit   ? Stop::quit
                    : effect.what == What::menu ? Stop::main_menu
                    : effect.name.empty()       ? Stop::dynamic
                                                : Stop::missing;
        if (made.stop == Stop::dynamic && effect.what == What::call) made.flow = Flow::next;
      }
      return;
    }
    if (target == kNowhere) continue;
    Option option{.why = Option::Why::python, .text = effect.name, .condition = {}, .negated = false};
    option.is_call = effect.what == What::call;
    option.line = effect.line;
    option.to = target;
    maybe.push_back(option);
  }
  if (maybe.empty()) return;
  open_options(id);
  Option on{.why = Option::Why::python, .text = {}, .condition = {}, .negated = true};
  on.line = maybe.front().line;
  on.to = story_->nodes[id].next;
  story_->options.push_back(on);
  story_->options.insert(story_->options.end(), maybe.begin(), maybe.end());
  close_options(id);
}

/// Labels named in code: whether and when they are gone to is not known here.
void StoryBuilder::later_references(StoryId id, std::span<const PythonEffect> effects, Reference::How how) {
  using What = PythonEffect::What;
  for (const auto& effect : effects) {
    if (effect.what != What::jump && effect.what != What::call && effect.what != What::context) continue;
    if (!effect.name.empty())
      resolve(id, effect.name, effect.line, how);
    else if (!effect.expression.empty() && effect.what != What::context)
      dynamic_reference(id, effect.expression, effect.line, how);
  }
}

void StoryBuilder::connect_user(StoryId id, const UserNode& user, std::uint32_t file, std::uint32_t line) {
  if (user.enters_block && !user.block.empty()) {
    // Its `next` function decides at run time; nearly always it answers "into the block".
    story_->nodes[id].next = story_->id(file, user.block.begin);
    return;
  }
  if (user.name != "call screen") return;
  const auto screen = user.rest.substr(0, std::min(user.rest.find_first_of("( \t"), user.rest.size()));
  if (!screens_.contains(screen)) return;
  open_options(id);
  Option on{.why = Option::Why::screen, .text = {}, .condition = {}, .negated = true};
  on.line = line;
  on.to = story_->nodes[id].next;
  story_->options.push_back(on);
  std::vector<std::string_view> seen;
  screen_options(screen, seen, id, line);
  close_options(id);
  auto& made = story_->nodes[id];
  if (made.options_end - made.options_begin > 1) return;
  story_->options.pop_back();
  made.options_end = made.options_begin;
  made.flow = Flow::next;
}

void StoryBuilder::screen_options(std::string_view screen, std::vector<std::string_view>& seen, StoryId id,
                                  std::uint32_t line) {
  const auto found = screens_.find(screen);
  if (found == screens_.end() || seen.size() > 20 || std::ranges::find(seen, screen) != seen.end()) return;
  seen.push_back(screen);
  const auto first = story_->nodes[id].options_begin;
  for (const auto& effect : found->second.screen->effects) {
    const bool call = effect.what == PythonEffect::What::call;
    if (!call && effect.what != PythonEffect::What::jump) continue;
    const auto target = story_->by_name.find(effect.name);
    if (target == story_->by_name.end()) continue;
    const auto same = [&](const Option& o) { return o.to == target->second && o.is_call == call; };
    if (std::any_of(story_->options.begin() + first, story_->options.end(), same)) continue;
    if (story_->options.size() - first >= kMostButtons) return;
    Option option{.why = Option::Why::screen,
                  .text = effect.op.empty() ? effect.name : effect.op,
                  .condition = {},
                  .negated = false};
    option.is_call = call;
    option.line = line;
    option.to = target->second;
    story_->options.push_back(option);
  }
  for (const auto used : found->second.screen->uses) screen_options(used, seen, id, line);
}

}  // namespace bpyd::renpy
