// SPDX-License-Identifier: MIT
// Blocks, dispatch, recovery and the chain of what runs after what.
#include "parser.hpp"

#include <algorithm>
#include <tuple>

#include "bpyd/core/strings.hpp"
#include "bpyd/renpy/parser.hpp"
#include "chars.hpp"

namespace bpyd::renpy {
namespace {

constexpr std::size_t kMostDiagnostics = 200;

}  // namespace

namespace {

constexpr std::size_t row_of(std::string_view word) {
  return word.empty() ? 0 : static_cast<unsigned char>(word[0]) & 31U;
}
constexpr auto length_bit(std::string_view word) {
  return static_cast<std::uint16_t>(1U << std::min<std::size_t>(word.size(), 15));
}

}  // namespace

const Trie* Trie::after(std::string_view word) const {
  if ((lengths[row_of(word)] & length_bit(word)) == 0) return nullptr;
  const auto found = words.find(word);
  return found == words.end() ? nullptr : found->second.get();
}

Trie& Trie::at(std::string_view name) {
  Trie* here = this;
  while (!name.empty()) {
    const auto end = std::min(name.find(' '), name.size());
    const auto word = name.substr(0, end);
    auto& below = here->words[word];
    here->lengths[row_of(word)] |= length_bit(word);
    if (!below) below = std::make_unique<Trie>();
    here = below.get();
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return *here;
}

void Parser::run() {
  // Most lines are one statement; calls and pictures are up to three.
  out_.nodes.reserve(lines_.lines.size() + lines_.lines.size() / 8 + 1);
  Lexer l(lines_, 0, static_cast<std::uint32_t>(lines_.lines.size()), out_.arena);
  const auto top = block(l, 0);
  if (!top.empty()) {
    // Ren'Py ends every file with a return, at the place of the last statement.
    NodeId last = top.begin;
    for (auto id = top.begin; id < top.end; id = out_.nodes[id].end) last = id;
    line_ = out_.nodes[last].line;
    column_ = out_.nodes[last].column;
    push(Kind::Return, ReturnNode{.expression = {}, .implicit = true});
  }
  if (out_.nodes.capacity() - size() > size() / 8) out_.nodes.shrink_to_fit();
  out_.top = {0, size()};
  chain(out_.top, kNoNode);
}

Block Parser::block(Lexer l, std::uint32_t depth) {
  const auto begin = size();
  if (!l.advance()) return {begin, begin};
  if (depth > kDeepest) {
    diagnose(
        l, "too-deep", 0,
        "Blocks are nested deeper than " + std::to_string(kDeepest) + " levels here; this one is skipped",
        "Move the inner part to a label of its own and call it");
    return {begin, begin};
  }
  const auto outer = depth_;
  depth_ = depth;
  while (!l.at_end()) {
    const auto mark = size();
    const auto line = l.line().number;
    line_ = line;
    column_ = l.line().depth + 1;
    if (!statement(l)) give_up(l, mark);
  }
  depth_ = outer;
  return {begin, size()};
}

bool Parser::statement(Lexer& l) {
  line_ = l.line().number;
  column_ = l.line().depth + 1;
  const Trie* here = &statements_;
  const auto begin = l.pos();
  while (true) {
    const auto old = l.pos();
    auto word = l.word();
    if (word.empty() && l.match("$")) word = "$";
    const auto* further = here->after(word);
    if (further == nullptr) {
      l.set_pos(old);
      break;
    }
    here = further;
  }
  if (here->custom != nullptr) {
    custom_ = here->custom;
    custom_words_ = l.since(begin);
    return custom(l);
  }
  if (here->handler != nullptr) return (this->*here->handler)(l);
  l.set_pos(begin);
  return no_statement(l);
}

/// The statement is lost, with its block; everything after it is not.
void Parser::give_up(Lexer& l, NodeId mark) {
  out_.nodes.resize(mark);
  if (!l.at_end()) {
    line_ = l.line().number;
    column_ = l.line().depth + 1;
    soft_fault(l);
  }
  push(Kind::BrokenStatement);
  l.advance();
}

NodeId Parser::open_init(const Lexer& l, std::int32_t priority) {
  return l.init ? kNoNode : push(Kind::Init, InitNode{.priority = priority + l.init_offset, .block = {}});
}

void Parser::close_init(NodeId id) {
  if (id == kNoNode) return;
  payload<InitNode>(id).block = {id + 1, size()};
  close(id);
}

void Parser::diagnose(const Lexer& l, const char* id, std::size_t pos, std::string message,
                      std::string suggestion) {
  const auto& line = l.line();
  doubtful_ = doubtful_ || line.ran_on;
  if (out_.diagnostics.size() >= kMostDiagnostics) return;
  Diagnostic what{
      id, Severity::error, line.number, line.depth + 1, std::move(message), std::move(suggestion)};
  if (!line.edited) {
    const auto before = line.text.substr(0, pos);
    what.line += static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
    what.column = place_in_line(*out_.source, line.source + pos);
  }
  out_.diagnostics.push_back(std::move(what));
}

/// Reports the fault on the lexer's line and clears it.
void Parser::soft_fault(Lexer& l, const char* id) {
  if (const auto& fault = l.fault(); fault && fault->below) {
    doubtful_ = doubtful_ || l.line().ran_on;
    auto below = l.block_lexer();
    below.advance();
    diagnose(below, id, 0, fault->message);
  } else if (fault) {
    diagnose(l, id, fault->pos, fault->message);
  }
  l.forget_fault();
}

/// The colon that opens a block. One that was forgotten costs nothing but a word about it.
bool Parser::colon(Lexer& l, std::string_view statement) {
  if (l.failed()) return false;
  if (l.match(":")) return l.expect_eol();
  if (!l.eol()) return l.fail("Expected ':' here");
  diagnose(l, "missing-colon", l.text().size(), "The colon after " + std::string(statement) + " is missing",
           "Add ':' at the end of the line");
  return true;
}

/// Python up to the colon, or to the line's end when the colon was forgotten.
std::string_view Parser::condition(Lexer& l) {
  const auto start = l.pos();
  const auto found = l.python_expression();
  const auto whole = trimmed(l.text().substr(start));
  if (!l.failed() || !l.has_block() || whole.empty() || whole.starts_with(':')) return found;
  l.forget_fault();
  return l.rest_from(start);
}

void Parser::chain(Block block, NodeId after) {
  for (auto id = block.begin; id < block.end; id = out_.nodes[id].end) {
    const auto sibling = out_.nodes[id].end;
    chain_node(id, sibling < block.end ? sibling : after);
  }
}

/// Each part that a parse function handed back goes on after the statement.
void Parser::chain_parts(const UserNode& user, NodeId after) {
  const auto& [inner, parts] = *user.inner;
  if (parts.empty()) return chain(inner, after);
  for (std::size_t i = 0; i < parts.size(); ++i)
    chain({parts[i], i + 1 < parts.size() ? parts[i + 1] : inner.end}, after);
}

/// Node.chain() of renpy/ast.py, class by class.
void Parser::chain_node(NodeId id, NodeId after) {
  auto& node = out_.nodes[id];
  node.next = after;
  const auto into = [&](Block inner) {
    if (!inner.empty()) node.next = inner.begin;
    chain(inner, after);
  };
  switch (node.kind) {
    case Kind::Jump:
    case Kind::Return:
      node.next = kNoNode;
      break;
    case Kind::Label:
      into(payload<LabelNode>(id).block);
      break;
    case Kind::Translate:
      into(payload<TranslateNode>(id).block);
      break;
    case Kind::Init:
      chain(payload<InitNode>(id).block, kNoNode);
      break;
    case Kind::TranslateBlock:
    case Kind::TranslateEarlyBlock:
      chain(payload<TranslateNode>(id).block, kNoNode);
      break;
    case Kind::Menu:
      for (const auto& item : payload<MenuNode>(id).items) chain(item.block, after);
      break;
    case Kind::If:
      for (const auto& entry : payload<IfNode>(id).entries) chain(entry.block, after);
      break;
    case Kind::While:
      chain(payload<WhileNode>(id).block, id);
      break;
    case Kind::UserStatement:
      chain_parts(payload<UserNode>(id), after);
      break;
    default:
      break;
  }
}

bool loads_before(std::string_view a, std::string_view b) {
  const auto stem = [](std::string_view file) {
    if (file.starts_with("game/")) file.remove_prefix(5);
    for (const std::string_view extension : {".rpy", ".rpym"}) {
      if (file.ends_with(extension)) file.remove_suffix(extension.size());
    }
    return file;
  };
  const auto left = stem(a);
  const auto right = stem(b);
  return left != right ? left < right : a < b;
}

namespace {

/// True when strings or brackets may have swallowed what stands below them.
bool parse_into(ParsedFile& out, std::span<const CustomStatement> custom, Reading reading) {
  auto lines = split_lines(*out.source, out.file, reading);
  out.physical_lines = lines.physical_lines;
  out.diagnostics.insert(out.diagnostics.end(), lines.diagnostics.begin(), lines.diagnostics.end());
  static const Trie built_in = [] {
    Trie trie;
    Parser::add_built_in(trie);
    return trie;
  }();
  Trie own;
  if (!custom.empty()) {
    Parser::add_built_in(own);
    for (const auto& statement : custom) own.at(statement.name).custom = &statement;
  }
  const bool unended = !out.diagnostics.empty() && std::ranges::any_of(lines.lines, &Line::ran_on);
  Parser parser(out, lines, custom.empty() ? built_in : own);
  parser.run();
  out.line_arena = std::move(lines.arena);
  out.code_strings.shrink_to_fit();
  std::ranges::sort(out.diagnostics, [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.line, a.column, a.message) < std::tie(b.line, b.column, b.message);
  });
  return unended || parser.doubtful();
}

std::shared_ptr<ParsedFile> fresh(const std::string& file, std::shared_ptr<const std::string> text) {
  auto made = std::make_shared<ParsedFile>();
  made->file = file;
  if (!text) text = std::make_shared<const std::string>();
  if (is_utf8(*text)) {
    made->source = std::move(text);
    return made;
  }
  const bool utf16 = text->starts_with("\xFF\xFE") || text->starts_with("\xFE\xFF");
  made->diagnostics.push_back(
      {"not-utf8", Severity::error, 1, 1,
       utf16 ? "The file is UTF-16; Ren'Py reads UTF-8 only"
             : "The file is not UTF-8, so Ren'Py refuses it; it was read here as Latin-1",
       "Save the file as UTF-8"});
  made->source = std::make_shared<const std::string>(latin1_to_utf8(*text));
  return made;
}

}  // namespace

std::shared_ptr<const ParsedFile> parse_script(std::string file, std::shared_ptr<const std::string> text,
                                               std::span<const CustomStatement> custom) {
  auto strict = fresh(file, std::move(text));
  const auto unread = strict->diagnostics;  // what is wrong with the bytes, in either reading
  if (!parse_into(*strict, custom, Reading::strict)) return strict;
  auto tolerant = std::make_shared<ParsedFile>();
  tolerant->file = std::move(file);
  tolerant->source = strict->source;
  tolerant->diagnostics = unread;
  parse_into(*tolerant, custom, Reading::tolerant);
  return tolerant;
}

}  // namespace bpyd::renpy
