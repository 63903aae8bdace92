// SPDX-License-Identifier: MIT
// Dialogue, and what is no statement at all.
#include "chars.hpp"
#include "parser.hpp"

namespace bpyd::renpy {

std::vector<std::string_view> Parser::say_attributes(Lexer& l) {
  std::vector<std::string_view> found;
  while (!l.failed()) {
    l.skip_space();
    const auto start = l.pos();
    l.match("-");
    if (l.image_name_component().empty()) break;
    found.push_back(l.since(start));
  }
  return found;
}

void Parser::attributes_for_once(Lexer& l, SayNode& say) {
  const auto found = say_attributes(l);
  if (found.empty()) return;
  say.attributes.emplace_back("@");
  say.attributes.insert(say.attributes.end(), found.begin(), found.end());
}

/// One text, or the paragraphs of a monologue. False: there is no string here.
bool Parser::say_text(Lexer& l, std::vector<std::string_view>& texts) {
  if (auto monologue = l.triple_string(); monologue && !monologue->empty()) {
    texts = std::move(*monologue);
    return true;
  }
  const auto text = l.string();
  if (text) texts = {*text};
  return text.has_value();
}

/// What may follow the text, then one Say (or `nvl clear`) for each paragraph.
bool Parser::finish_say(Lexer& l, SayNode say, const std::vector<std::string_view>& texts,
                        std::vector<Payload>& out) {
  while (!l.failed()) {
    if (l.keyword("nointeract")) {
      say.interact = false;
    } else if (l.keyword("with")) {
      say.with = l.require_simple_expression();
    } else if (l.keyword("id")) {
      say.id = l.name();
      if (say.id.empty()) l.fail("A name is expected after id");
    } else if (const auto arguments = l.arguments(); !arguments.empty()) {
      say.arguments = arguments;
    } else {
      break;
    }
  }
  if (l.failed()) return false;
  for (const auto text : texts) {
    if (texts.size() > 1 && text == "{clear}") {
      out.push_back(UserNode{
          .name = "nvl clear", .rest = {}, .line = "nvl clear", .block = {}, .parts = {}, .built_in = true});
    } else {
      say.what = text;
      out.push_back(say);
    }
  }
  return true;
}

void Parser::push_says(std::vector<Payload>& says) {
  for (auto& payload : says) {
    const auto kind = std::holds_alternative<SayNode>(payload) ? Kind::Say : Kind::UserStatement;
    push(kind, std::move(payload));
  }
}

bool Parser::say(Lexer& l) {
  const auto start = l.pos();
  std::vector<Payload> says;
  std::vector<std::string_view> texts;
  const bool narrated = say_text(l, texts) && finish_say(l, {}, texts, says) && l.eol();
  if (!narrated) {
    l.forget_fault();
    l.set_pos(start);
    says.clear();
    SayNode spoken;
    spoken.who = l.simple_expression(false, false);
    spoken.attributes = say_attributes(l);
    if (l.match("@")) attributes_for_once(l, spoken);
    if (l.failed()) return false;
    if (spoken.who.empty() || !say_text(l, texts)) {
      l.set_pos(start);
      return no_statement(l);
    }
    if (!finish_say(l, std::move(spoken), texts, says)) return false;
  }
  if (!narrated && l.has_block() && l.match(":")) {  // `chapter one "Title":` and no such statement
    l.set_pos(start);
    return no_statement(l);
  }
  if (!l.expect_eol() || !l.expect_noblock("a say line")) return false;
  push_says(says);
  l.advance();
  return true;
}

/// Nothing that Ren'Py knows begins like this line.
bool Parser::no_statement(Lexer& l) {
  l.skip_space();
  const auto start = l.pos();
  const auto word = l.word();
  l.set_pos(start);
  if (word == "else" || word == "elif")
    return l.fail("'" + std::string(word) + "' without an if right above it");
  const auto text = l.text();
  const auto after = word.empty() ? std::string_view{} : trimmed(text.substr(start + word.size()));
  if (word.empty() || after.starts_with('=') || (after.empty() && !l.has_block()))
    return l.fail("A statement is expected here");
  if (is_keyword(word)) return l.fail("This " + std::string(word) + " statement cannot be read");
  diagnose(l, "unknown-statement", start,
           "Ren'Py knows no statement '" + std::string(word) + "'; it is skipped" +
               (l.has_block() ? " with its block" : ""),
           "Register it with renpy.register_statement in a `python early` block of a file loaded earlier");
  return false;
}

}  // namespace bpyd::renpy
