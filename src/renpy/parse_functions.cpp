// SPDX-License-Identifier: MIT
#include "parse_functions.hpp"

#include <algorithm>
#include <unordered_set>

#include "chars.hpp"
#include "python.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::size_t kMostWords = 16;  // that may lead a line of one block
// Beyond these no person wrote the file; looking on would only cost time.
constexpr std::size_t kMostFollowed = 200;
constexpr std::size_t kMostCalls = 64;

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// `ll` of `while ll.advance():` and `while not ll.eob:`; empty: another line.
std::string_view looping_lexer(std::string_view text) {
  if (!text.starts_with("while ")) return {};
  auto from = skip_spaces(text, 5);
  if (text.substr(from).starts_with("not ")) from = skip_spaces(text, from + 3);
  const auto end = word_end(text, from);
  const auto rest = text.substr(end);
  return rest.starts_with(".advance(") || rest.starts_with(".eob") ? text.substr(from, end - from)
                                                                   : std::string_view{};
}

/// Does this code ask the lexer `name` for something?
bool asks(std::string_view code, std::string_view name) {
  for (auto at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const bool begins = at == 0 || (!is_letterlike(code[at - 1]) && code[at - 1] != '.');
    if (begins && code.substr(at + name.size()).starts_with('.')) return true;
  }
  return false;
}

}  // namespace

HandedBack ParseFunctions::of(std::string_view name) {
  if (!collected_) collect();
  HandedBack out;
  bool loops = false;
  std::unordered_set<std::string_view> seen = {name};
  std::vector<std::string_view> work = {name};
  while (!work.empty()) {
    const auto found = functions_.find(work.back());
    work.pop_back();
    if (found == functions_.end()) continue;
    const auto& function = found->second;
    out.blocks = out.blocks || function.own.blocks;
    out.statements = out.statements || function.own.statements;
    loops = loops || function.loops;
    for (const auto& word : function.own.leading) {
      if (out.leading.size() < kMostWords && std::ranges::find(out.leading, word) == out.leading.end())
        out.leading.push_back(word);
    }
    for (const auto called : function.calls) {
      if (seen.size() < kMostFollowed && seen.insert(called).second) work.push_back(called);
    }
  }
  out.by_line = loops && (out.blocks || out.statements);
  return out;
}

void ParseFunctions::collect() {
  collected_ = true;
  const auto& lines = lines_.lines;
  std::vector<std::pair<std::uint32_t, Function*>> found;
  for (std::uint32_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].text.starts_with("def ")) continue;
    const auto from = skip_spaces(lines[i].text, 3);
    const auto [at, fresh] =
        functions_.try_emplace(lines[i].text.substr(from, word_end(lines[i].text, from) - from));
    if (fresh) found.emplace_back(i, &at->second);
  }
  for (const auto& [line, function] : found) read(line, *function);
}

void ParseFunctions::read(std::uint32_t def, Function& into) const {
  const auto& lines = lines_.lines;
  // What a function inside this one does counts when it is called.
  for (auto i = def + 1; i < lines[def].block_end;
       i = lines[i].text.starts_with("def ") ? lines[i].block_end : i + 1) {
    if (lines[i].text.starts_with("def ")) continue;
    read_line(lines[i].text, into);
    const auto lexer = looping_lexer(lines[i].text);
    if (lexer.empty()) continue;
    into.loops = true;
    leading_words(i, lexer, into);
  }
}

void ParseFunctions::read_line(std::string_view text, Function& into) const {
  into.own.blocks = into.own.blocks || holds(text, ".renpy_block(");
  into.own.statements = into.own.statements || holds(text, ".renpy_statement(");
  for (auto open = text.find('('); open != std::string_view::npos; open = text.find('(', open + 1)) {
    auto begin = open;
    while (begin > 0 && is_letterlike(text[begin - 1])) --begin;
    const auto word = text.substr(begin, open - begin);
    const bool known = std::ranges::find(into.calls, word) != into.calls.end();
    if (into.calls.size() < kMostCalls && !known && functions_.contains(word)) into.calls.push_back(word);
  }
}

/// The words that a loop over the block's lines asks each line for before anything else:
/// `if ll.keyword("weight"):`, and whether a value stands behind them.
void ParseFunctions::leading_words(std::uint32_t loop, std::string_view lexer, Function& into) const {
  const auto& lines = lines_.lines;
  for (auto i = loop + 1; i < lines[loop].block_end;) {
    const auto text = lines[i].text;
    const auto word = text.substr(0, word_end(text, 0));
    if (word == "with" || word == "try") {
      ++i;  // what stands below is as good as here
      continue;
    }
    auto from = skip_spaces(text, word.size());
    const bool branch = word == "if" || word == "elif";
    const auto asked = text.substr(from);
    if (branch && asked.starts_with(lexer) && asked.substr(lexer.size()).starts_with(".keyword(")) {
      from = skip_spaces(asked, lexer.size() + 9);
      const auto close = std::min(asked.find(')', from), asked.size());
      HandedBack::Word leading{std::string(literal_text(asked.substr(from, close - from))), false};
      for (auto inner = i + 1; inner < lines[i].block_end; ++inner)
        leading.valued = leading.valued || asks(lines[inner].text, lexer);
      if (!leading.text.empty() && into.own.leading.size() < kMostWords)
        into.own.leading.push_back(std::move(leading));
    } else if (asks(text, lexer) && !holds(text, ".checkpoint(")) {
      return;
    }
    i = lines[i].block_end;
  }
}

}  // namespace bpyd::renpy
