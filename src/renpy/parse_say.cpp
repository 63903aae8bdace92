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

/// Who speaks, and how: `e happy @ vhappy`. False: nobody, or a fault.
bool Parser::speaker(Lexer& l, SayNode& say, bool operators) {
  say.who = l.simple_expression(false, operators);
  if (say.who.empty()) return false;
  auto attributes = say_attributes(l);
  if (l.match("@")) {
    const auto once = say_attributes(l);
    if (!once.empty()) attributes.emplace_back("@");
    attributes.insert(attributes.end(), once.begin(), once.end());
  }
  say.attributes = List(std::move(attributes));
  return !l.failed();
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

/// What may follow the text.
bool Parser::finish_say(Lexer& l, Speech& speech) {
  auto& extras = speech.say.extras;
  while (!l.failed()) {
    if (l.keyword("nointeract")) {
      extras.make().interact = false;
    } else if (l.keyword("with")) {
      extras.make().with = l.require_simple_expression();
    } else if (l.keyword("id")) {
      extras.make().id = l.name();
      if (extras->id.empty()) l.fail("A name is expected after id");
    } else if (const auto arguments = l.arguments(); !arguments.empty()) {
      extras.make().arguments = arguments;
    } else {
      break;
    }
  }
  return !l.failed();
}

/// One Say (or `nvl clear`) for each paragraph.
void Parser::push_speech(Speech speech) {
  const auto& texts = speech.texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts.size() > 1 && texts[i] == "{clear}") {
      push(Kind::UserStatement,
           UserNode{.name = "nvl clear", .line = "nvl clear", .inner = {}, .built_in = true});
      continue;
    }
    speech.say.what = texts[i];
    push(Kind::Say, i + 1 < texts.size() ? speech.say : std::move(speech.say));
  }
}

bool Parser::say(Lexer& l) {
  const auto start = l.pos();
  Speech speech;
  attributes_.clear();
  if (start == 0 && l.plain_say(speech.say.who, attributes_, speech.say.what)) {
    if (!attributes_.empty()) speech.say.attributes = List<std::string_view>(attributes_);
    push(Kind::Say, std::move(speech.say));
    l.advance();
    return true;
  }
  speech.say.who = {};
  const bool narrated = say_text(l, speech.texts) && finish_say(l, speech) && l.eol();
  if (!narrated) {
    l.forget_fault();
    l.set_pos(start);
    speech = {};
    const bool spoken = speaker(l, speech.say, false);
    if (l.failed()) return false;
    if (!spoken || !say_text(l, speech.texts)) {
      l.set_pos(start);
      return no_statement(l);
    }
    if (!finish_say(l, speech)) return false;
  }
  if (!narrated && l.has_block() && l.match(":")) {  // `chapter one "Title":` and no such statement
    l.set_pos(start);
    return no_statement(l);
  }
  if (!l.expect_eol() || !l.expect_noblock("a say line")) return false;
  push_speech(std::move(speech));
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
