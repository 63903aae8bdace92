// SPDX-License-Identifier: MIT
// Choices that lead to just what another choice of their menu leads to.
#include <algorithm>

#include "bpyd/core/strings.hpp"
#include "governance_run.hpp"

namespace bpyd::analysis {
namespace {

using namespace renpy;

/// What a block does, as a text that is equal for equal blocks; empty: nothing.
class Deeds {
 public:
  Deeds(const ParsedFile& file, bool dialogue) : file_(file), dialogue_(dialogue) {}

  std::string of(Block block) {
    out_.clear();
    for (auto n = block.begin; n < block.end; ++n)
      statement(n, file_.nodes[n], file_.nodes[block.begin].column);
    return std::move(out_);
  }

 private:
  void say(std::string_view text) { (out_ += text) += '\x1f'; }
  void begin(const Node& node, std::uint32_t margin) {
    say(kind_name(node.kind));
    say(std::to_string(node.column - margin));
  }

  /// Show, play and the like: what players see and hear, and nothing that stays.
  static bool shown(const Node& node) {
    if (const auto* user = std::get_if<UserNode>(&node.payload)) {
      const auto word = user->name.substr(0, user->name.find(' '));
      return word == "play" || word == "queue" || word == "stop" || word == "voice" || word == "pause" ||
             word == "window" || word == "nvl";
    }
    return node.kind == Kind::Show || node.kind == Kind::Scene || node.kind == Kind::Hide ||
           node.kind == Kind::With || node.kind == Kind::Camera || node.kind == Kind::ShowLayer;
  }

  void statement(NodeId n, const Node& node, std::uint32_t margin) {
    if (node.kind == Kind::Pass) return;
    const auto* label = std::get_if<LabelNode>(&node.payload);
    if (label != nullptr && label->from_call) return;
    if (!dialogue_ && (node.kind == Kind::Say || shown(node))) return;
    begin(node, margin);
    if (const auto* spoken = std::get_if<SayNode>(&node.payload)) {
      say(spoken->who);
      for (const auto word : spoken->attributes) say(word);
      say(spoken->what);
      say(spoken->arguments());
      say(spoken->with());
    } else if (const auto* picture = std::get_if<ImageNode>(&node.payload)) {
      say(picture->name);
      say(picture->expression);
      say(picture->layer);
      say(picture->tag);
      say(std::to_string(n));  // where it is shown is not kept: like no other
    } else if (const auto* with = std::get_if<WithNode>(&node.payload)) {
      say(with->expression);
    } else if (const auto* user = std::get_if<UserNode>(&node.payload)) {
      say(trim(user->line));
    } else {
      deed(n, node);
    }
  }

  void deed(NodeId n, const Node& node) {
    if (const auto* jump = std::get_if<JumpNode>(&node.payload)) {
      say(jump->target);
      say(jump->expression ? "computed" : "");
    } else if (const auto* call = std::get_if<CallNode>(&node.payload)) {
      say(call->target);
      say(call->arguments);
      say(call->expression ? "computed" : "");
    } else if (const auto* back = std::get_if<ReturnNode>(&node.payload)) {
      say(back->expression);
    } else if (const auto* code = std::get_if<PythonNode>(&node.payload); code != nullptr && code->one_line) {
      say(code->code);
    } else {
      say(std::to_string(n));  // branches, menus, code: like no other
    }
  }

  const ParsedFile& file_;
  bool dialogue_;
  std::string out_;
};

bool offered(const MenuItem& item) {
  return !item.caption && item.condition != "False" && item.condition != "0" && item.condition != "None";
}

/// Can both be there at once? Equal conditions, or none.
bool together(const MenuItem& a, const MenuItem& b) {
  return a.condition == b.condition || a.condition == "True" || b.condition == "True";
}

struct Offer {
  const MenuItem* item;
  std::string does;
};

/// Several wrong answers of a riddle may do the same: a choice is without effect when nothing at all
/// follows it and another, or when all of its menu do one thing.
void menu(GovernanceRun& run, const GovernanceRule& rule, const ParsedFile& file, const MenuNode& menu) {
  if (!menu.set.empty()) return;  // which one was taken is kept
  Deeds deeds(file, rule.dialogue);
  std::vector<Offer> offers;
  for (const auto& item : menu.items) {
    if (offered(item)) offers.push_back({&item, deeds.of(item.block)});
  }
  const bool all_one =
      std::ranges::all_of(offers, [&](const Offer& offer) { return offer.does == offers[0].does; });
  for (std::size_t i = 1; i < offers.size(); ++i) {
    const auto& item = *offers[i].item;
    const auto& does = offers[i].does;
    if (!does.empty() && !all_one) continue;
    const auto same = [&](const Offer& other) {
      return other.does == does && together(*other.item, item) &&
             std::string_view(other.item->arguments) == std::string_view(item.arguments);
    };
    const auto end = offers.begin() + static_cast<std::ptrdiff_t>(i);
    const auto twin = std::find_if(offers.begin(), end, same);
    if (twin == end || !run.in_scope(rule, file.file, item.line)) continue;
    const auto how = !does.empty()   ? "\" does just what all of its menu do, such as \""
                     : rule.dialogue ? "\" leads on without a word of its own, as does \""
                                     : "\" changes nothing, as does \"";
    run.add(rule, {file.file, item.line, run.label_at(file.file, item.line), std::string(item.text),
                   "The choice \"" + shortened(item.text, kMostShown) + how +
                       shortened(twin->item->text, kMostShown) + "\"",
                   rule.dialogue ? "Let it say, set or lead to something of its own, or remove it"
                                 : "Let it set or lead to something of its own, or remove it"});
  }
}

}  // namespace

void rule_choices(GovernanceRun& run, const GovernanceRule& rule) {
  if (!run.stats.book)
    return run.skip(rule, "the report was read from a file: what follows a choice is not in it");
  for (const auto& part : run.stats.book->story->parts) {
    if (run.stop.stop_requested()) return;
    const auto& file = *part->file;
    NodeId skip_to = 0;
    for (NodeId n = 0; n < file.nodes.size(); ++n) {
      if (file.nodes[n].kind == Kind::Translate) skip_to = std::max(skip_to, file.nodes[n].end);
      if (n < skip_to) continue;
      if (const auto* found = std::get_if<MenuNode>(&file.nodes[n].payload)) menu(run, rule, file, *found);
    }
  }
}

}  // namespace bpyd::analysis
