// SPDX-License-Identifier: MIT
// Python by tokens: enough to see what a line assigns and where it sends the story.
#include "python.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "chars.hpp"
#include "lexer.hpp"

namespace bpyd::renpy {
namespace {

using What = PythonEffect::What;
using When = PythonEffect::When;

constexpr std::array<std::string_view, 13> kAssigns = {
    "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**=", "//=", "<<=", ">>="};
constexpr std::array<std::string_view, 10> kMethods = {"append", "add",     "remove", "extend", "insert",
                                                       "pop",    "discard", "clear",  "update", "setdefault"};

/// Beyond these a line is no line a person wrote; looking on would only cost time.
constexpr std::size_t kMostTokens = 20000;
constexpr std::size_t kMostCalls = 64;

bool word_byte(char c) { return is_letterlike(c) || static_cast<unsigned char>(c) >= 0x80; }

bool assigns(std::string_view mark) {
  return mark.back() == '=' && std::ranges::find(kAssigns, mark) != kAssigns.end();
}

std::size_t mark_size(std::string_view here) {
  // The second character of each that has one; most marks are one and stand alone.
  if (here.size() < 2 || std::string_view("=*/<>").find(here[1]) == std::string_view::npos) return 1;
  constexpr std::array<std::string_view, 4> kThree = {"**=", "//=", "<<=", ">>="};
  constexpr std::array<std::string_view, 16> kTwo = {
      "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", ":=", "->", "**", "//"};
  const auto begins = [&](std::string_view mark) { return here.starts_with(mark); };
  if (std::ranges::any_of(kThree, begins)) return 3;
  return std::ranges::any_of(kTwo, begins) ? 2 : 1;
}

std::size_t string_end(std::string_view line, std::size_t quote) {
  const char delim = line[quote];
  const auto three = [&](std::size_t i) {
    return i + 2 < line.size() && line[i] == delim && line[i + 1] == delim && line[i + 2] == delim;
  };
  const bool triple = three(quote);
  for (auto i = quote + (triple ? 3 : 1); (i = find_of(line, i, delim, '\\', delim, '\\')) < line.size();
       ++i) {
    if (line[i] == '\\')
      ++i;
    else if (!triple || three(i))
      return i + (triple ? 3 : 1);
  }
  return line.size();
}

bool could_name_a_label(std::string_view text) {
  return !text.empty() && text.size() <= 80 && !is_digit(text[0]) &&
         std::ranges::all_of(text, [](char c) { return word_byte(c) || c == '.'; });
}

struct StoryCall {
  std::string_view name;
  What what;
  bool function;  // of renpy: runs where it stands; otherwise an action for later
};
constexpr std::array<StoryCall, 20> kCalls = {{{"jump", What::jump, true},
                                               {"jump_out_of_context", What::jump, true},
                                               {"call", What::call, true},
                                               {"call_in_new_context", What::context, true},
                                               {"invoke_in_new_context", What::context, true},
                                               {"call_screen", What::screen, true},
                                               {"show_screen", What::show_screen, true},
                                               {"quit", What::quit, true},
                                               {"full_restart", What::menu, true},
                                               {"return_statement", What::give_back, true},
                                               {"load_module", What::module, true},
                                               {"Jump", What::jump, false},
                                               {"Start", What::jump, false},
                                               {"Call", What::call, false},
                                               {"Show", What::show_screen, false},
                                               {"ShowMenu", What::show_screen, false},
                                               {"Quit", What::quit, false},
                                               {"MainMenu", What::menu, false},
                                               {"Return", What::give_back, false},
                                               {"callsinnewcontext", What::context, false}}};

}  // namespace

std::string_view literal_text(std::string_view token) {
  const auto quote = token.find_first_of("\"'");
  if (quote == std::string_view::npos || quote > 2) return {};
  const char delim = token[quote];
  const std::size_t size =
      token.size() >= quote + 6 && token[quote + 1] == delim && token[quote + 2] == delim ? 3 : 1;
  if (token.size() < quote + 2 * size) return {};
  const auto text = token.substr(quote + size, token.size() - quote - 2 * size);
  return text.find('\\') == std::string_view::npos ? text : std::string_view{};
}

When runs_below(std::string_view word) {
  // Asked of every line of code; a switch, so that the compiler sees how long each word is.
  const auto maybe = [](bool is) { return is ? When::maybe : When::always; };
  switch (word.size()) {
    case 2:
      return maybe(word == "if");
    case 3:
      return word == "def" ? When::later : maybe(word == "for" || word == "try");
    case 4:
      return maybe(word == "elif" || word == "else");
    case 5:
      return word == "class" ? When::later : maybe(word == "while");
    case 6:
      return maybe(word == "except");
    case 7:
      return maybe(word == "finally");
    default:
      return When::always;
  }
}

void PythonReader::tokens(std::string_view line) {
  tokens_.clear();
  std::uint32_t depth = 0;
  for (std::size_t i = 0; i < line.size() && tokens_.size() < kMostTokens;) {
    const char c = line[i];
    if (const auto space = space_at(line, i)) {
      i += space;
      continue;
    }
    const auto begin = i;
    Is is = Is::mark;
    if (c == '"' || c == '\'') {
      is = Is::string;
      i = string_end(line, i);
    } else if (is_digit(c)) {
      is = Is::number;
      while (i < line.size() && (word_byte(line[i]) || line[i] == '.')) ++i;
    } else if (word_byte(c)) {
      is = Is::name;
      while (i < line.size() && word_byte(line[i])) ++i;
      if (i < line.size() && i - begin <= 2 && (line[i] == '"' || line[i] == '\'')) {
        is = Is::string;
        i = string_end(line, i);
      }
    } else {
      i += mark_size(line.substr(i));
      if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
    }
    tokens_.push_back({is, line.substr(begin, i - begin), depth});
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (is == Is::string) {
      const auto text = literal_text(tokens_.back().text);
      if (could_name_a_label(text)) strings_->push_back(text);
      if (const auto link = tokens_.back().text.find("{a=jump:"); link != std::string_view::npos) {
        const auto target = tokens_.back().text.substr(link + 8);
        strings_->push_back(target.substr(0, target.find('}')));
      }
    }
  }
}

std::size_t PythonReader::find(std::size_t begin, std::size_t end, std::string_view mark) const {
  for (auto i = begin; i < end; ++i) {
    if (tokens_[i].depth == tokens_[begin].depth && is_mark(i, mark)) return i;
  }
  return end;
}

std::string_view PythonReader::span(std::size_t begin, std::size_t end) const {
  if (begin >= end) return {};
  const auto* from = tokens_[begin].text.data();
  const auto& last = tokens_[end - 1].text;
  return {from, static_cast<std::size_t>(last.data() + last.size() - from)};
}

void PythonReader::statement(std::string_view line, std::uint32_t number, When when,
                             std::vector<PythonEffect>& out) {
  tokens(line);
  std::size_t begin = 0;
  while (begin < tokens_.size()) {
    if (tokens_[begin].is == Is::name) {
      const auto below = runs_below(tokens_[begin].text);
      if (below != When::always || tokens_[begin].text == "with") {
        const auto colon = find(begin, tokens_.size(), ":");
        when = std::max(when, below);
        header_names(begin, colon, when);
        story_calls(begin, colon, {.line = number, .when = when}, false, out);
        begin = colon + 1;
        continue;
      }
    }
    const auto end = find(begin, tokens_.size(), ";");
    simple(begin, end, number, when, out);
    begin = end + 1;
  }
}

/// `for a, b in …:` and `with … as c:` assign too.
void PythonReader::header_names(std::size_t begin, std::size_t end, When when) {
  const auto word = tokens_[begin].text;
  if (word != "for" && word != "with") return;
  const auto named = [&](std::size_t from, std::string_view text) {
    while (from < end && !(tokens_[from].depth == tokens_[begin].depth && tokens_[from].text == text)) ++from;
    return from;
  };
  if (word == "for") return names_in(begin + 1, named(begin, "in"), when);
  for (auto as = named(begin, "as"); as < end; as = named(as + 1, "as"))
    names_in(as + 1, std::min(end, find(as + 1, end, ",")), when);
}

/// The plain names among assignment targets: not `a.b`, not `a[b]`, but all of `(a, [b, *c])`.
void PythonReader::names_in(std::size_t begin, std::size_t end, When when) {
  if (names_ == nullptr || when == When::later) return;
  for (auto i = begin; i < end; ++i) {
    const bool opens = is_mark(i, "(") || is_mark(i, "[");
    const bool behind =
        i > begin && (tokens_[i - 1].is != Is::mark || is_mark(i - 1, ")") || is_mark(i - 1, "]"));
    if (opens && behind) {  // a subscript or a call: what is in it is only read
      const auto depth = tokens_[i].depth;
      while (i + 1 < end && tokens_[i + 1].depth > depth) ++i;
      continue;
    }
    if (tokens_[i].is != Is::name || is_mark(i + 1, ".") || is_mark(i + 1, "[") || is_mark(i + 1, "("))
      continue;
    if (i > begin && is_mark(i - 1, ".")) continue;
    if (seen_names_.insert(tokens_[i].text).second) names_->push_back(tokens_[i].text);
  }
}

void PythonReader::simple(std::size_t begin, std::size_t end, std::uint32_t number, When when,
                          std::vector<PythonEffect>& out) {
  if (begin >= end) return;
  PythonEffect effect{.line = number, .when = when};
  constexpr std::array<std::string_view, 4> kNoTarget = {"lambda", "return", "assert", "del"};
  const bool statement = std::ranges::find(kNoTarget, tokens_[begin].text) == kNoTarget.end();
  if (when != When::later && statement && tokens_[begin].depth == 0) {
    auto mark = begin;
    while (mark < end &&
           (tokens_[mark].depth != 0 || tokens_[mark].is != Is::mark || !assigns(tokens_[mark].text))) {
      ++mark;
    }
    if (mark < end)
      assignment(begin, mark, end, effect, out);
    else
      method(begin, end, effect, out);
  }
  story_calls(begin, end, effect, false, out);
}

void PythonReader::assignment(std::size_t begin, std::size_t mark, std::size_t end, PythonEffect effect,
                              std::vector<PythonEffect>& out) {
  effect.op = tokens_[mark].text;
  auto value = mark + 1;  // after the last `=` of `a = b = 1`
  std::vector<std::pair<std::size_t, std::size_t>> sides = {{begin, mark}};
  for (auto next = find(value, end, "=");
       effect.op == "=" && value < end && next < end && tokens_[value].text != "lambda";
       next = find(value, end, "=")) {
    sides.emplace_back(value, next);
    value = next + 1;
    if (value >= end) break;
  }
  effect.expression = span(std::min(value, end), end);
  const bool one = sides.size() == 1;
  for (auto [from, to] : sides) {
    to = one ? std::min(to, find(from, to, ":")) : to;  // `x: int = 3`
    names_in(from, to, effect.when);
    if (from < to && is_mark(from, "(") && is_mark(to - 1, ")")) {
      ++from;
      --to;
    }
    while (from < to) {
      const auto comma = find(from, to, ",");
      if (tokens_[from].is == Is::name && comma > from) {
        effect.name = span(from, comma);
        out.push_back(effect);
      }
      from = comma + 1;
    }
  }
}

void PythonReader::method(std::size_t begin, std::size_t end, PythonEffect effect,
                          std::vector<PythonEffect>& out) {
  if (end - begin < 5 || tokens_[begin].is != Is::name || !is_mark(end - 1, ")")) return;
  auto open = begin;
  while (open < end && !(is_mark(open, "(") && tokens_[open].depth == 0)) ++open;
  if (open < begin + 3 || open >= end || find(open, end, ")") != end - 1) return;
  if (!is_mark(open - 2, ".") || std::ranges::find(kMethods, tokens_[open - 1].text) == kMethods.end())
    return;
  effect.what = What::method;
  effect.name = span(begin, open - 2);
  effect.op = tokens_[open - 1].text;
  effect.expression = span(open + 1, end - 1);
  out.push_back(effect);
}

void PythonReader::story_calls(std::size_t begin, std::size_t end, const PythonEffect& like, bool actions,
                               std::vector<PythonEffect>& out) {
  std::size_t found = 0;
  for (auto i = begin; i + 1 < end && found < kMostCalls; ++i) {
    if (tokens_[i].is != Is::name || !is_mark(i + 1, "(")) continue;
    const auto row = std::ranges::find(kCalls, tokens_[i].text, &StoryCall::name);
    if (row == kCalls.end()) continue;
    const bool dotted = i > begin && is_mark(i - 1, ".");
    const bool of_renpy = dotted && i >= begin + 2 && tokens_[i - 2].text == "renpy";
    if (row->function ? !of_renpy : dotted && tokens_[i - 2].text != "ui") continue;
    ++found;
    PythonEffect effect = like;
    effect.what = row->what;
    effect.name = effect.expression = {};
    // Jump("x")() runs the action; Jump("x") alone only makes it.
    if (!row->function && !actions) effect.when = When::later;
    const auto first = i + 2;
    if (first < end && tokens_[first].is == Is::string &&
        (is_mark(first + 1, ",") || is_mark(first + 1, ")"))) {
      effect.name = literal_text(tokens_[first].text);
    }
    if (first < end) {
      const auto stop = std::min(find(first, end, ","), find(i + 1, end, ")"));
      effect.expression = span(first, std::min(stop, end));
    }
    const auto close = find(i + 1, end, ")");
    if (!row->function && close + 1 < end && is_mark(close + 1, "(")) effect.when = like.when;
    out.push_back(effect);
  }
}

void PythonReader::actions(std::string_view line, std::uint32_t number, std::string_view button,
                           std::vector<PythonEffect>& out) {
  tokens(line);
  PythonEffect effect;
  effect.line = number;
  effect.op = button;
  effect.when = When::later;
  story_calls(0, tokens_.size(), effect, true, out);
}

void PythonReader::strings_of(std::string_view code) {
  if (code.find_first_of("\"'") != std::string_view::npos) tokens(code);
}

void PythonReader::registrations(std::string_view line, const HandsBack& hands_back,
                                 std::vector<CustomStatement>& out) {
  if (line.find("register_statement") == std::string_view::npos &&
      line.find("statements.register") == std::string_view::npos)
    return;
  tokens(line);
  for (std::size_t i = 0, found = 0; i + 2 < tokens_.size() && found < kMostCalls; ++i) {
    const auto word = tokens_[i].text;
    if ((word != "register_statement" && word != "register") || !is_mark(i + 1, "(")) continue;
    ++found;
    const auto close = find(i + 1, tokens_.size(), ")");
    CustomStatement made;
    std::string_view parse;
    bool named = false;
    for (auto arg = i + 2; arg < close; arg = find(arg, close, ",") + 1) {
      const bool keyed = is_mark(arg + 1, "=");
      const auto key = keyed          ? tokens_[arg].text
                       : arg == i + 2 ? std::string_view("name")
                                      : std::string_view();
      const auto value = keyed ? arg + 2 : arg;
      if (value >= close) break;
      const auto text =
          tokens_[value].is == Is::string ? literal_text(tokens_[value].text) : tokens_[value].text;
      if (key == "name" && tokens_[value].is == Is::string) {
        named = true;
        made.name = std::string(trimmed(text));
      } else if (key == "parse") {
        parse = text;
      } else if (key == "block") {
        made.block = text == "script"     ? CustomStatement::Blocks::script
                     : text == "possible" ? CustomStatement::Blocks::possible
                     : text == "True"     ? CustomStatement::Blocks::lines
                                          : CustomStatement::Blocks::none;
      } else if (key == "init") {
        made.init = text == "True";
      } else if (key == "init_priority") {
        const auto number = span(value, std::min(find(value, close, ","), close));
        std::from_chars(number.data(), number.data() + number.size(), made.init_priority);
        made.init_priority = std::clamp(made.init_priority, -1000000, 1000000);
      } else if (key == "next") {
        made.has_next = text != "None";
      } else if (key == "translatable") {
        made.translatable = text == "True";
      } else if (key == "post_execute" || key == "post_label") {
        made.has_post = text != "None";
      }
    }
    const bool own_block =
        made.block == CustomStatement::Blocks::lines || made.block == CustomStatement::Blocks::possible;
    if (own_block && !parse.empty()) made.handed_back = hands_back(parse);
    if (named && !made.name.empty()) out.push_back(std::move(made));
  }
}

}  // namespace bpyd::renpy
