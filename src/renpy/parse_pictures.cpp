// SPDX-License-Identifier: MIT
// Statements that show things, and the table of every statement Ren'Py brings along.
#include <array>

#include "chars.hpp"
#include "parser.hpp"

namespace bpyd::renpy {

struct Parser::Picture {
  ImageNode node;
  std::string_view with;
};

/// renpy.parser.parse_image_specifier.
bool Parser::picture(Lexer& l, Picture& into) {
  l.skip_space();
  const auto start = l.pos();
  if (l.keyword("expression") || l.keyword("image")) {
    into.node.expression = l.require_simple_expression();
  } else {
    if (l.image_name_component().empty()) return l.fail("The name of an image is expected here");
    auto end = l.pos();
    while (!l.image_name_component().empty()) end = l.pos();
    into.node.name = trimmed(l.text().substr(start, end - start));
    l.set_pos(end);
    const auto before = l.pos();
    if (l.simple_expression().empty()) l.set_pos(before);
  }
  while (!l.failed()) {
    if (l.keyword("onlayer")) {
      into.node.layer = l.name();
      if (into.node.layer.empty()) l.fail("The name of a layer is expected here");
    } else if (l.keyword("at")) {
      l.require_simple_expression();
      while (l.match(",") && !l.simple_expression().empty()) {
      }
    } else if (l.keyword("as")) {
      into.node.tag = l.name();
      if (into.node.tag.empty()) l.fail("A tag is expected after as");
    } else if (l.keyword("zorder")) {
      l.require_simple_expression();
    } else if (l.keyword("behind")) {
      do {
        if (l.name().empty()) l.fail("A tag is expected after behind");
      } while (l.match(","));
    } else {
      break;
    }
  }
  if (l.keyword("with")) into.with = l.require_simple_expression();
  return !l.failed();
}

bool Parser::picture_statement(Lexer& l, Kind kind, Picture& shown) {
  if (!picture(l, shown)) return false;
  if (kind == Kind::Hide || !l.match(":")) {
    if (!l.expect_noblock(kind == Kind::Hide ? "hide" : kind == Kind::Scene ? "scene" : "show")) return false;
  }
  if (!l.expect_eol()) return false;
  if (!shown.with.empty()) push(Kind::With, WithNode{.expression = "None", .paired = shown.with});
  push(kind, std::move(shown.node));
  if (!shown.with.empty()) push(Kind::With, WithNode{.expression = shown.with, .paired = {}});
  l.advance();
  return true;
}

bool Parser::scene(Lexer& l) {
  Picture shown;
  if (l.keyword("onlayer")) {
    shown.node.layer = l.name();
    if (shown.node.layer.empty()) return l.fail("The name of a layer is expected here");
  }
  if (!l.eol()) return picture_statement(l, Kind::Scene, shown);
  push(Kind::Scene, std::move(shown.node));
  l.advance();
  return true;
}

bool Parser::show(Lexer& l) {
  Picture shown;
  return picture_statement(l, Kind::Show, shown);
}

bool Parser::hide(Lexer& l) {
  Picture shown;
  return picture_statement(l, Kind::Hide, shown);
}

bool Parser::layer_statement(Lexer& l, Kind kind) {
  ImageNode made;
  made.layer = l.name();
  if (made.layer.empty()) {
    if (kind == Kind::ShowLayer) return l.fail("The name of a layer is expected here");
    made.layer = std::string_view("master");
  }
  if (l.keyword("at")) {
    l.require_simple_expression();
    while (l.match(",") && !l.simple_expression().empty()) {
    }
  }
  if (!l.match(":") && !l.expect_noblock(kind == Kind::Camera ? "camera" : "show layer")) return false;
  if (!l.expect_eol()) return false;
  push(kind, std::move(made));
  l.advance();
  return true;
}

bool Parser::show_layer(Lexer& l) { return layer_statement(l, Kind::ShowLayer); }
bool Parser::camera(Lexer& l) { return layer_statement(l, Kind::Camera); }

bool Parser::with(Lexer& l) {
  WithNode made;
  made.expression = l.require_simple_expression();
  if (!l.expect_eol() || !l.expect_noblock("with")) return false;
  push(Kind::With, made);
  l.advance();
  return true;
}

bool Parser::image(Lexer& l) {
  l.skip_space();
  const auto start = l.pos();
  if (l.image_name_component().empty()) return l.fail("The name of the image is expected here");
  while (!l.image_name_component().empty()) {
  }
  NamedNode made;
  made.name = l.since(start);
  if (l.match(":")) {
    if (!l.expect_eol()) return false;
  } else {
    l.require("=");
    made.rest = l.rest();
    if (made.rest.empty()) l.fail("What the image is is expected after =");
    if (!l.expect_noblock("image")) return false;
  }
  const auto wrap = open_init(l, 500);
  push(Kind::Image, made);
  close_init(wrap);
  l.advance();
  return true;
}

bool Parser::transform(Lexer& l) {
  const auto priority = priority_of(l.integer());
  NamedNode made;
  made.name = l.dotted_name();
  if (made.name.empty()) return l.fail("The name of the transform is expected here");
  parameters(l);
  if (!colon(l, "transform")) return false;
  const auto wrap = open_init(l, priority);
  push(Kind::Transform, made);
  close_init(wrap);
  l.advance();
  return true;
}

void Parser::add_built_in(Trie& trie) {
  struct Row {
    std::string_view words;
    Handler handler;
  };
  static constexpr std::array kRows = {
      Row{"", &Parser::say},
      Row{"label", &Parser::label},
      Row{"jump", &Parser::jump},
      Row{"call", &Parser::call},
      Row{"return", &Parser::give_back},
      Row{"menu", &Parser::menu},
      Row{"if", &Parser::if_else},
      Row{"while", &Parser::while_loop},
      Row{"pass", &Parser::pass},
      Row{"$", &Parser::one_line_python},
      Row{"python", &Parser::python},
      Row{"define", &Parser::define},
      Row{"default", &Parser::default_value},
      Row{"init", &Parser::init},
      Row{"init offset", &Parser::init_offset},
      Row{"init label", &Parser::init_label},
      Row{"screen", &Parser::screen},
      Row{"image", &Parser::image},
      Row{"transform", &Parser::transform},
      Row{"translate", &Parser::translate},
      Row{"style", &Parser::style},
      Row{"testcase", &Parser::testcase},
      Row{"show", &Parser::show},
      Row{"show layer", &Parser::show_layer},
      Row{"scene", &Parser::scene},
      Row{"hide", &Parser::hide},
      Row{"camera", &Parser::camera},
      Row{"with", &Parser::with},
      Row{"rpy monologue", &Parser::rpy_monologue},
      Row{"rpy python", &Parser::rpy_python},
  };
  for (const auto& row : kRows) trie.at(row.words).handler = row.handler;

  using Blocks = CustomStatement::Blocks;
  // renpy/common registers these in the same way a creator would.
  static const std::array<CustomStatement, 22> kRegistered = {{
      {.name = "play music"},
      {.name = "queue music"},
      {.name = "stop music"},
      {.name = "play sound"},
      {.name = "queue sound"},
      {.name = "stop sound"},
      {.name = "play"},
      {.name = "queue"},
      {.name = "stop"},
      {.name = "pause"},
      {.name = "show screen"},
      {.name = "call screen"},
      {.name = "hide screen"},
      {.name = "voice", .translatable = true},
      {.name = "voice sustain", .translatable = true},
      {.name = "window show"},
      {.name = "window hide"},
      {.name = "window auto"},
      {.name = "nvl show"},
      {.name = "nvl hide"},
      {.name = "nvl clear", .translatable = true},
      {.name = "layeredimage", .block = Blocks::lines, .init = true},
  }};
  for (const auto& statement : kRegistered) trie.at(statement.name).custom = &statement;
}

std::string_view kind_name(Kind kind) {
  static constexpr std::array<std::string_view, 34> kNames = {"Label",
                                                              "Jump",
                                                              "Call",
                                                              "Return",
                                                              "Menu",
                                                              "If",
                                                              "While",
                                                              "Pass",
                                                              "Say",
                                                              "Python",
                                                              "EarlyPython",
                                                              "Define",
                                                              "Default",
                                                              "Screen",
                                                              "Image",
                                                              "Transform",
                                                              "Show",
                                                              "ShowLayer",
                                                              "Scene",
                                                              "Hide",
                                                              "Camera",
                                                              "With",
                                                              "Init",
                                                              "Translate",
                                                              "EndTranslate",
                                                              "TranslateString",
                                                              "TranslateBlock",
                                                              "TranslateEarlyBlock",
                                                              "Style",
                                                              "Testcase",
                                                              "RPY",
                                                              "UserStatement",
                                                              "PostUserStatement",
                                                              "BrokenStatement"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace bpyd::renpy
