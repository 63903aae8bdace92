// SPDX-License-Identifier: MIT
// Statements around the story: init, Python, definitions, screens, styles, translations.
#include <algorithm>
#include <array>
#include <charconv>

#include "chars.hpp"
#include "parser.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::size_t kMostRegistered = 200;  // statements of one file: each looks through it

/// Does a bare word stand here that can follow no string? `f"…"` is the next string.
bool stray_word(Lexer& l) {
  constexpr std::array<std::string_view, 8> kMayFollow = {"if",  "else", "in", "not",
                                                          "and", "or",   "is", "for"};
  const auto start = l.pos();
  const auto word = l.word();
  const bool prefix = l.pos() < l.text().size() && is_quote(l.text()[l.pos()]);
  l.set_pos(start);
  return !word.empty() && word[0] != '_' && !prefix &&
         std::ranges::find(kMayFollow, word) == kMayFollow.end();
}

/// The rest of a line whose value must be a text. Ren'Py evaluates it right away, so a bare word
/// before or behind its string is a slip.
std::string_view text_value(Lexer& l) {
  l.skip_space();
  const auto start = l.pos();
  const auto begins = [&](std::string_view quotes) { return l.text().substr(l.pos()).starts_with(quotes); };
  bool stray = l.eol() || stray_word(l);
  while (!stray && !begins("\"\"\"") && !begins("'''") && l.python_string()) stray = stray_word(l);
  if (stray && !l.failed()) l.fail("A string in quotes is expected here");
  return trimmed(l.text().substr(start));
}

}  // namespace

std::int32_t Parser::priority_of(std::optional<std::string_view> text) {
  std::int32_t value = 0;
  if (text) {
    const auto digits = text->starts_with('+') ? text->substr(1) : *text;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
  }
  return std::clamp(value, -1000000, 1000000);
}

bool Parser::init(Lexer& l) {
  const auto priority = priority_of(l.integer());
  const auto id = push(Kind::Init, InitNode{.priority = priority + l.init_offset, .block = {}});
  Block below;
  if (l.match(":")) {
    if (!l.expect_eol() || !l.expect_block("init")) return false;
    auto inner = l.block_lexer();
    inner.init = true;
    below = block(std::move(inner), depth_ + 1);
    l.advance();
  } else {
    const bool outer = l.init;
    l.init = true;
    const auto begin = size();
    const bool fine = statement(l);
    l.init = outer;
    if (!fine) return false;
    below = {begin, size()};
  }
  payload<InitNode>(id).block = below;
  close(id);
  return true;
}

bool Parser::init_offset(Lexer& l) {
  l.require("=");
  const auto offset = l.integer();
  if (!offset) l.fail("A number is expected here");
  if (!l.expect_eol() || !l.expect_noblock("init offset")) return false;
  l.init_offset = priority_of(offset);
  l.advance();
  return true;
}

bool Parser::rpy_monologue(Lexer& l) {
  if (l.keyword("double"))
    l.double_monologue = true;
  else if (l.keyword("single"))
    l.double_monologue = false;
  else if (!l.keyword("none"))
    return l.fail("'double' or 'single' is expected here");
  if (!l.expect_eol() || !l.expect_noblock("rpy monologue")) return false;
  l.advance();
  return true;
}

bool Parser::rpy_python(Lexer& l) {
  const auto rest = l.rest();
  if (rest.empty()) l.fail("'3' is expected here");
  if (!l.expect_noblock("rpy python")) return false;
  push(Kind::RPY, NamedNode{.name = "python", .rest = rest});
  l.advance();
  return true;
}

bool Parser::one_line_python(Lexer& l) {
  const auto code = l.rest();
  if (code.empty()) return l.fail("Python code is expected after $");
  if (!l.expect_noblock("$")) return false;
  PythonNode made;
  made.one_line = true;
  made.code = code;
  std::vector<PythonEffect> effects;
  std::vector<std::string_view> names;
  python_.collect_names(&names);
  python_.statement(code, line_, PythonEffect::When::always, effects);
  python_.collect_names(nullptr);
  made.effects = List(std::move(effects));
  made.names = List(std::move(names));
  push(Kind::Python, std::move(made));
  l.advance();
  return true;
}

bool Parser::python(Lexer& l) { return python_with(l, Kind::Python); }

bool Parser::python_with(Lexer& l, Kind kind) {
  PythonNode made;
  const bool early = l.keyword("early");
  made.hide = l.keyword("hide");
  if (l.keyword("in")) {
    const auto store = l.dotted_name();
    if (store.empty()) l.fail("The name of a store is expected after in");
    made.store = l.keep("store." + std::string(store));
  }
  if (!colon(l, "python") || !l.expect_block("python")) return false;
  std::vector<std::string_view> names;
  python_.collect_names(&names);
  made.effects = python_lines(l, early);
  python_.collect_names(nullptr);
  made.names = List(std::move(names));
  push(early ? Kind::EarlyPython : kind, std::move(made));
  l.advance();
  return true;
}

List<PythonEffect> Parser::python_lines(const Lexer& l, bool early) {
  std::vector<PythonEffect> effects;
  struct Header {
    std::uint32_t depth;
    PythonEffect::When when;
  };
  std::vector<Header> headers;
  const auto begin = l.index() + 1;
  const auto end = l.line().block_end;
  const auto hands_back = [&](std::string_view function) { return functions_.of(function); };
  for (auto i = begin; i < end; ++i) {
    const auto& line = lines_.lines[i];
    while (!headers.empty() && headers.back().depth >= line.depth) headers.pop_back();
    const auto when = headers.empty() ? PythonEffect::When::always : headers.back().when;
    python_.statement(line.text, line.number, when, effects);
    if (early && out_.registers.size() < kMostRegistered)
      python_.registrations(line.text, hands_back, out_.registers);
    if (line.block_end > i + 1) {
      const auto word = line.text.substr(0, word_end(line.text, 0));
      headers.push_back({line.depth, std::max(when, runs_below(word))});
    }
  }
  return List(std::move(effects));
}

std::string_view UserNode::rest() const {
  const auto* const end = name.data() + name.size();
  const bool inside = end >= line.data() && end <= line.data() + line.size();
  return inside ? trimmed({end, static_cast<std::size_t>(line.data() + line.size() - end)})
                : std::string_view{};
}

/// What stands between the name and the value: `[index] op`.
static std::string_view between(const DefineNode& made) {
  const auto* from = made.name.data() + made.name.size();
  return trimmed({from, static_cast<std::size_t>(made.expression.data() - from)});
}

std::string_view DefineNode::op() const {
  const auto here = between(*this);
  return here.ends_with("+=") || here.ends_with("|=") ? here.substr(here.size() - 2) : std::string_view("=");
}

std::string_view DefineNode::index() const {
  const auto here = between(*this);
  if (!here.starts_with('[')) return {};
  return here.substr(1, here.rfind(']') - 1);
}

bool Parser::define(Lexer& l) { return define_with(l, Kind::Define); }
bool Parser::default_value(Lexer& l) { return define_with(l, Kind::Default); }

bool Parser::define_with(Lexer& l, Kind kind) {
  const std::string_view word = kind == Kind::Define ? "define" : "default";
  const auto priority = priority_of(l.integer());
  DefineNode made;
  made.store = "store";
  made.name = l.word();
  while (!made.name.empty() && l.match(".")) {
    made.store = l.keep(std::string(made.store) + "." + std::string(made.name));
    made.name = l.word();
  }
  if (made.name.empty()) return l.fail("A name is expected after " + std::string(word));
  if (kind == Kind::Define && l.match("[")) {
    l.delimited_python("]");
    l.require("]");
  }
  if (kind != Kind::Define || (!l.match("+=") && !l.match("|="))) l.require("=");
  made.expression = l.rest();
  if (made.expression.empty()) l.fail("A value is expected after =");
  if (!l.expect_noblock(word)) return false;
  python_.strings_of(made.expression);
  const auto wrap = open_init(l, priority);
  push(kind, made);
  close_init(wrap);
  l.advance();
  return true;
}

bool Parser::screen(Lexer& l) {
  l.integer();
  ScreenNode made;
  made.name = l.word();
  if (made.name.empty()) return l.fail("The name of the screen is expected here");
  made.params = parameters(l);
  if (l.failed()) return false;
  // What else stands on the line are properties; only the colon matters here.
  if (!l.text().ends_with(':') && !trimmed(l.text()).ends_with(':') && l.has_block()) {
    diagnose(l, "missing-colon", l.text().size(),
             "The colon after screen " + std::string(made.name) + " is missing",
             "Add ':' at the end of the line");
  }
  screen_lines(l, made);
  const auto wrap = open_init(l, -500);
  push(Kind::Screen, std::move(made));
  close_init(wrap);
  l.advance();
  return true;
}

void Parser::screen_lines(const Lexer& l, ScreenNode& into) {
  std::vector<PythonEffect> effects;
  std::vector<std::string_view> uses;
  std::string_view button;
  std::uint32_t button_depth = 0;
  for (auto i = l.index() + 1; i < l.line().block_end; ++i) {
    const auto& line = lines_.lines[i];
    if (line.depth <= button_depth) button = {};
    const auto end = word_end(line.text, 0);
    const auto word = line.text.substr(0, end);
    if (word == "use") {
      const auto from = skip_spaces(line.text, end);
      uses.push_back(line.text.substr(from, word_end(line.text, from) - from));
    } else if (word == "textbutton") {
      Lexer inner(lines_, i, i + 1, out_.arena);
      inner.advance();
      inner.set_pos(end);
      inner.match("_(");
      button = inner.string().value_or("");
      button_depth = line.depth;
    }
    if (line.text.find('(') != std::string_view::npos)
      python_.actions(line.text, line.number, button, effects);
    else
      python_.strings_of(line.text);
  }
  into.effects = List(std::move(effects));
  into.uses = List(std::move(uses));
}

bool Parser::testcase(Lexer& l) {
  NamedNode made;
  made.name = l.name();
  if (made.name.empty()) return l.fail("The name of the test is expected here");
  if (!colon(l, "testcase") || !l.expect_block("testcase")) return false;
  const auto wrap = open_init(l, 500);
  push(Kind::Testcase, made);
  close_init(wrap);
  l.advance();
  return true;
}

bool Parser::style(Lexer& l) {
  const auto wrap = open_init(l, 0);
  if (!style_with(l)) return false;
  close_init(wrap);
  l.advance();
  return true;
}

bool Parser::style_with(Lexer& l) {
  NamedNode made;
  made.name = l.word();
  if (made.name.empty()) return l.fail("The name of a style is expected here");
  made.rest = l.rest();
  if (!made.rest.ends_with(':') && !l.expect_noblock("style")) return false;
  push(Kind::Style, made);
  return true;
}

bool Parser::translate(Lexer& l) {
  TranslateNode made;
  made.language = l.name();
  if (made.language.empty()) return l.fail("The name of a language is expected after translate");
  made.identifier = l.hash();
  if (made.identifier.empty())
    return l.fail(
        "What is translated is expected after the language: an identifier, strings, python or style");
  if (made.identifier == "strings") return translate_strings(l, made.language);
  const bool python = made.identifier == "python";
  if (python || made.identifier == "style") {
    const auto id = push(python ? Kind::TranslateEarlyBlock : Kind::TranslateBlock, made);
    if (python ? !python_with(l, Kind::Python) : !style_with(l)) return false;
    if (!python) l.advance();
    payload<TranslateNode>(id).block = {id + 1, size()};
    close(id);
    return true;
  }
  if (!colon(l, "translate") || !l.expect_block("translate")) return false;
  const auto id = push(Kind::Translate, made);
  const auto line = line_;
  const auto below = block(l.block_lexer(), depth_ + 1);
  payload<TranslateNode>(id).block = below;
  close(id);
  line_ = line;
  column_ = l.line().depth + 1;
  push(Kind::EndTranslate);
  l.advance();
  return true;
}

bool Parser::translate_strings(Lexer& l, std::string_view language) {
  if (!colon(l, "translate strings") || !l.expect_block("translate strings")) return false;
  const auto wrap = open_init(l, 0);
  auto inner = l.block_lexer();
  TranslateStringNode pair;
  pair.language = language;
  while (inner.advance()) {
    if (inner.keyword("old")) {
      line_ = inner.line().number;  // the pair stands where its old string does
      column_ = inner.line().depth + 1;
      const bool alone = !pair.old_text.empty();
      pair.old_text = text_value(inner);
      if (alone) inner.fail("The old string above has no new one");
    } else if (inner.keyword("new")) {
      if (pair.old_text.empty()) inner.fail("There is no old string above this new one");
      pair.new_text = text_value(inner);
      if (!inner.failed()) push(Kind::TranslateString, pair);
      pair.old_text = {};
    } else {
      inner.fail("'old' or 'new' is expected here");
    }
    soft_fault(inner);
  }
  // One that runs over its line's end has swallowed the new one; that was said already.
  if (!pair.old_text.empty() && !inner.line().ran_on)
    diagnose(inner, "syntax", 0, "The last old string has no new one");
  close_init(wrap);
  l.advance();
  return true;
}

bool Parser::custom(Lexer& l) {
  const auto& kind = *custom_;
  using Blocks = CustomStatement::Blocks;
  UserNode made;
  made.name = custom_words_;
  made.enters_block = kind.has_next;
  made.translatable = kind.translatable;
  made.line = l.text();
  l.rest();
  if (kind.block == Blocks::none && !l.expect_noblock(made.name)) return false;
  const bool needs_block = kind.block == Blocks::lines || kind.block == Blocks::script;
  if (needs_block && !kind.name.starts_with("layeredimage") && !l.expect_block(made.name)) return false;
  const auto wrap = kind.init ? open_init(l, kind.init_priority) : kNoNode;
  const auto line = line_;
  const auto column = column_;
  const auto id = push(Kind::UserStatement, made);
  const auto& back = kind.handed_back;
  if (back.by_line) {
    auto parts = custom_parts(l.block_lexer(), back);
    auto& inner = payload<UserNode>(id).inner.make();
    inner.block = {id + 1, size()};
    inner.parts = std::move(parts);
  } else if (kind.block == Blocks::script || back.blocks || back.statements) {
    const auto below = block(l.block_lexer(), depth_ + 1);
    payload<UserNode>(id).inner.make().block = below;
  }
  close(id);
  line_ = line;
  column_ = column;
  if (kind.has_post) push(Kind::PostUserStatement);
  close_init(wrap);
  l.advance();
  return true;
}

/// A block whose parse function goes through it line by line and lets Ren'Py read what it wants:
/// the line, behind its own words, as a statement, or else the block below the line. A line that is
/// neither is the function's own affair.
std::vector<NodeId> Parser::custom_parts(Lexer l, const HandedBack& back) {
  std::vector<NodeId> parts;
  l.advance();
  while (!l.at_end() && depth_ < kDeepest) {
    const auto mark = size();
    take_leading(l, back.leading);
    if (back.statements && !l.eol() && custom_line(l)) {
      if (size() > mark) parts.push_back(mark);
      continue;
    }
    if (back.blocks && l.has_block()) {
      block(l.block_lexer(), depth_ + 1);
      if (size() > mark) parts.push_back(mark);
    }
    l.advance();
  }
  return parts;
}

void Parser::take_leading(Lexer& l, const std::vector<HandedBack::Word>& words) {
  for (const auto& word : words) {
    if (l.keyword(word.text) && word.valued) l.simple_expression();
  }
}

/// Tries the rest of a line as a statement. Nothing is left of it when it is none.
bool Parser::custom_line(Lexer& l) {
  const auto before = l;
  const auto mark = size();
  const auto complaints = out_.diagnostics.size();
  const bool doubtful = doubtful_;
  ++depth_;
  const bool fine = statement(l);
  --depth_;
  if (fine) return true;
  out_.nodes.resize(mark);
  out_.diagnostics.resize(std::min(complaints, out_.diagnostics.size()));
  doubtful_ = doubtful;
  l = before;
  return false;
}

}  // namespace bpyd::renpy
