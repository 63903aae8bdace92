// SPDX-License-Identifier: MIT
// Statements that make the story: labels, jumps, calls, menus, conditions, dialogue.
#include <algorithm>

#include "chars.hpp"
#include "parser.hpp"

namespace bpyd::renpy {

/// The label declared here could not be read: say which of the two reasons it was.
static void explain_label(Lexer& l) {
  const auto start = l.pos();
  const auto name = l.name();
  const bool dotted = l.match(".");
  l.set_pos(start);
  if (name.empty() && dotted)
    l.fail("A local label needs a global label above it");
  else if (!name.empty() && dotted) {
    l.fail("'" + std::string(name) + ".…' must stand below label " + std::string(name));
  } else
    l.fail("A label name is expected here");
}

bool Parser::label(Lexer& l) { return label_with(l, false); }
bool Parser::init_label(Lexer& l) { return label_with(l, true); }

bool Parser::label_with(Lexer& l, bool init) {
  LabelNode made;
  made.name = l.label_name(true);
  if (made.name.empty()) {
    explain_label(l);
    return false;
  }
  l.set_global_label(made.name);
  made.params = parameters(l);
  made.hide = l.keyword("hide");
  if (!colon(l, "label " + std::string(made.name))) return false;
  const auto id = push(Kind::Label, std::move(made));
  auto inner = l.block_lexer();
  inner.init = inner.init || init;
  const auto below = block(std::move(inner), depth_ + 1);
  payload<LabelNode>(id).block = below;
  close(id);
  l.advance();
  return true;
}

/// Names, `*args` and `**kwargs` with their stars; defaults are left out.
List<std::string_view> Parser::parameters(Lexer& l) {
  if (!l.match("(")) return {};
  std::vector<std::string_view> names;
  while (!l.failed() && !l.match(")")) {
    l.skip_space();
    const auto start = l.pos();
    if (!l.match("**") && !l.match("*") && !l.match("/") && l.name().empty()) {
      l.fail("A parameter name is expected here");
    } else {
      const bool starred = l.since(start).starts_with('*');
      if (starred) l.name();
      const auto name = l.since(start);
      if (name != "/" && name != "*") names.push_back(name);
      if (l.match("=")) l.delimited_python("),");
    }
    if (l.match(")")) break;
    l.require(",");
  }
  return List(std::move(names));
}

bool Parser::jump(Lexer& l) {
  if (!l.expect_noblock("jump")) return false;
  JumpNode made;
  made.expression = l.keyword("expression");
  made.target = made.expression ? l.require_simple_expression() : l.label_name(false);
  if (made.target.empty() && !l.failed()) l.fail("The name of a label is expected after jump");
  l.arguments();
  if (!l.expect_eol()) return false;
  push(Kind::Jump, made);
  l.advance();
  return true;
}

bool Parser::call(Lexer& l) {
  if (!l.expect_noblock("call")) return false;
  CallNode made;
  made.expression = l.keyword("expression");
  made.target = made.expression ? l.require_simple_expression() : l.label_name(false);
  if (made.target.empty() && !l.failed()) l.fail("The name of a label is expected after call");
  l.keyword("pass");
  made.arguments = l.arguments();
  if (l.keyword("from")) {
    made.from = l.label_name(true);
    if (made.from.empty() && !l.failed()) l.fail("A label name is expected after from");
  }
  if (!l.expect_eol()) return false;
  const auto from = made.from;
  push(Kind::Call, std::move(made));
  if (!from.empty()) {
    LabelNode site;
    site.name = from;
    site.from_call = true;
    push(Kind::Label, std::move(site));
  }
  push(Kind::Pass);
  l.advance();
  return true;
}

bool Parser::give_back(Lexer& l) {
  if (!l.expect_noblock("return")) return false;
  push(Kind::Return, ReturnNode{.expression = l.rest(), .implicit = false});
  l.advance();
  return true;
}

bool Parser::pass(Lexer& l) {
  if (!l.expect_noblock("pass") || !l.expect_eol()) return false;
  push(Kind::Pass);
  l.advance();
  return true;
}

bool Parser::while_loop(Lexer& l) {
  WhileNode made;
  made.test = condition(l);
  if (!colon(l, "while") || !l.expect_block("while")) return false;
  const auto id = push(Kind::While, made);
  const auto below = block(l.block_lexer(), depth_ + 1);
  payload<WhileNode>(id).block = below;
  close(id);
  l.advance();
  return true;
}

bool Parser::if_branch(Lexer& l, std::string_view word, std::vector<IfEntry>& into) {
  IfEntry entry;
  entry.line = l.line().number;
  entry.is_else = word == "else";
  entry.test = entry.is_else ? std::string_view("True") : condition(l);
  if (!colon(l, word) || !l.expect_block(word)) return false;
  entry.block = block(l.block_lexer(), depth_ + 1);
  into.push_back(entry);
  return true;
}

bool Parser::if_else(Lexer& l) {
  const auto id = push(Kind::If, IfNode{});
  std::vector<IfEntry> made;
  if (!if_branch(l, "if", made)) return false;
  l.advance();
  while (!l.at_end()) {
    const bool elif = l.keyword("elif");
    if (!elif && !l.keyword("else")) break;
    // A broken branch costs that branch, not what was read before it.
    if (!if_branch(l, elif ? "elif" : "else", made)) soft_fault(l);
    l.advance();
    if (!elif) break;
  }
  payload<IfNode>(id).entries = List(std::move(made));
  close(id);
  return true;
}

struct Parser::MenuDraft {
  MenuNode node;
  std::vector<MenuItem> items;
  std::vector<Speech> says;
  std::uint32_t say_line = 0;
  std::uint32_t say_column = 0;
  std::vector<Lexer> blocks;  // of each item; a caption's is empty and never read
  bool has_choice = false;
};

bool Parser::menu(Lexer& l) {
  if (!l.expect_block("menu")) return false;
  const auto name = l.label_name(true);
  if (!name.empty()) l.set_global_label(name);
  MenuDraft draft;
  draft.node.arguments = l.arguments();
  if (!colon(l, "menu")) return false;
  const auto line = line_;
  const auto column = column_;
  auto inner = l.block_lexer();
  while (inner.advance()) menu_item(inner, draft);
  if (!draft.has_choice)
    diagnose(l, "empty-menu", 0, "This menu has no choices",
             "Add a line \"What the player picks\": with a block below it");
  line_ = line;
  column_ = column;
  if (!name.empty()) {
    LabelNode site;
    site.name = name;
    site.from_menu = true;
    push(Kind::Label, std::move(site));
  }
  if (!draft.says.empty()) {
    line_ = draft.say_line;
    column_ = draft.say_column;
    for (auto& speech : draft.says) push_speech(std::move(speech));
    line_ = line;
    column_ = column;
  }
  const auto id = push(Kind::Menu, MenuNode{});
  for (std::size_t i = 0; i < draft.blocks.size(); ++i) {
    auto& item = draft.items[i];
    if (!item.caption) item.block = block(draft.blocks[i], depth_ + 1);
  }
  draft.node.items = List(std::move(draft.items));
  payload<MenuNode>(id) = std::move(draft.node);
  close(id);
  l.advance();
  return true;
}

/// Tries the line as `e happy "What now?"` inside a menu.
bool Parser::menu_say(Lexer& l, MenuDraft& draft) {
  const auto start = l.pos();
  Speech speech;
  if (speaker(l, speech.say, true) && say_text(l, speech.texts)) {
    speech.say.extras.make().interact = false;
    draft.say_line = l.line().number;
    draft.say_column = l.line().depth + 1;
    if (!finish_say(l, speech)) return false;
    draft.says.push_back(std::move(speech));
    return l.expect_eol() && l.expect_noblock("a say line");
  }
  l.forget_fault();
  l.set_pos(start);
  return false;
}

void Parser::menu_item(Lexer& l, MenuDraft& draft) {
  if (l.keyword("with")) {
    draft.node.with = l.require_simple_expression();
    if (!l.expect_eol() || !l.expect_noblock("with")) soft_fault(l);
    return;
  }
  if (l.keyword("set")) {
    draft.node.set = l.require_simple_expression();
    if (!l.expect_eol() || !l.expect_noblock("set")) soft_fault(l);
    return;
  }
  if (menu_say(l, draft)) return;
  if (l.failed()) return soft_fault(l);
  MenuItem item;
  item.line = l.line().number;
  item.condition = "True";
  const auto text = l.string();
  if (!text) {
    l.fail("A choice is expected here: \"Text\":");
    return soft_fault(l);
  }
  item.text = *text;
  if (l.eol() && !l.has_block()) {
    item.caption = true;
  } else {
    item.arguments = l.arguments();
    if (l.keyword("if")) item.condition = condition(l);
    if (!colon(l, "the choice") || !l.expect_block("The choice")) return soft_fault(l);
    draft.has_choice = true;
  }
  draft.items.push_back(std::move(item));
  draft.blocks.push_back(l.block_lexer());
}

}  // namespace bpyd::renpy
