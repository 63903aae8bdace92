// SPDX-License-Identifier: MIT
#include "story_text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "reading.hpp"
#include "teller.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

constexpr std::size_t kFirstWords = 160;  // characters shown of a label

/// A fingerprint of texts and numbers in their order. Eight bytes at a time: it goes over every word of
/// the story.
class Print {
 public:
  void add(std::uint64_t number) {
    state_ = (std::rotl(state_, 23) ^ number) * 0x9E3779B97F4A7C15U;
    state_ ^= state_ >> 29U;
  }
  void add(std::string_view text) {
    add(text.size());
    for (; text.size() >= 8; text.remove_prefix(8)) add(word(text.substr(0, 8)));
    if (!text.empty()) add(word(text));
  }
  [[nodiscard]] std::uint64_t done() const { return state_ | 1U; }

 private:
  static std::uint64_t word(std::string_view bytes) {
    std::uint64_t out = 0;
    std::memcpy(&out, bytes.data(), bytes.size());
    return out;
  }
  std::uint64_t state_ = 0x243F6A8885A308D3U;
};

class ScriptReader {
 public:
  explicit ScriptReader(const Part& part) : parsed_(*part.file) {}

  std::shared_ptr<const ScriptText> run() {
    NodeId skip_to = 0;  // dialogue of translations is not the story's
    for (NodeId n = 0; n < parsed_.nodes.size(); ++n) {
      const auto& node = parsed_.nodes[n];
      if (node.kind == Kind::Translate) skip_to = std::max(skip_to, node.end);
      if (n < skip_to) continue;
      if (const auto* label = std::get_if<LabelNode>(&node.payload); label && !label->from_call)
        open(node, *label);
      if (const auto* menu = std::get_if<MenuNode>(&node.payload)) choices(*menu);
      if (open_) statement(node);
    }
    close();
    std::ranges::sort(text_->choices, {}, &ScriptText::Choice::line);
    return std::move(text_);
  }

 private:
  void open(const Node& node, const LabelNode& label) {
    close();
    open_ = true;
    margin_ = node.column;
    text_->labels.push_back({node.line, {}, 0});
    print_ = {};
    for (const auto param : label.params) print_.add(param);
  }
  void close() {
    if (open_) text_->labels.back().print = print_.done();
    open_ = false;
  }

  /// The block's last statement may be of several lines; it ends before what follows the menu.
  void choices(const MenuNode& menu) {
    for (const auto& item : menu.items) {
      if (item.caption) continue;
      const auto end = item.block.end;
      std::uint32_t last = item.block.empty() ? item.line : parsed_.nodes[end - 1].line;
      if (end < parsed_.nodes.size()) last = std::max(last, parsed_.nodes[end].line - 1);
      text_->choices.push_back({item.line, last});
    }
  }

  /// How deep it stands belongs to what is done: behind an `if` or under it.
  void mark(const Node& node) {
    print_.add(static_cast<std::uint64_t>(node.kind) << 32U | (node.column - margin_));
  }

  void statement(const Node& node) {
    if (const auto* say = std::get_if<SayNode>(&node.payload)) {
      mark(node);
      print_.add(say->who);
      print_.add(say->what);
      auto& first = text_->labels.back().first;
      if (first.empty()) first = shortened(without_tags(say->what.substr(0, 4 * kFirstWords)), kFirstWords);
    } else if (const auto* menu = std::get_if<MenuNode>(&node.payload)) {
      mark(node);
      for (const auto& item : menu->items) {
        print_.add(item.text);
        print_.add(item.condition);
      }
    } else if (const auto* branch = std::get_if<IfNode>(&node.payload)) {
      mark(node);
      for (const auto& entry : branch->entries) print_.add(entry.test);
    } else if (const auto* loop = std::get_if<WhileNode>(&node.payload)) {
      mark(node);
      print_.add(loop->test);
    } else {
      deed(node);
    }
  }

  void deed(const Node& node) {
    if (const auto* jump = std::get_if<JumpNode>(&node.payload)) {
      mark(node);
      print_.add(jump->target);
    } else if (const auto* call = std::get_if<CallNode>(&node.payload)) {
      mark(node);
      print_.add(call->target);
      print_.add(std::string_view(call->arguments));
    } else if (const auto* back = std::get_if<ReturnNode>(&node.payload)) {
      if (back->implicit) return;  // it goes to another label when one is added at the file's end
      mark(node);
      print_.add(back->expression);
    } else if (const auto* code = std::get_if<PythonNode>(&node.payload)) {
      mark(node);
      print_.add(code->code);
      for (const auto& effect : code->effects) {
        print_.add(effect.name);
        print_.add(effect.op);
        print_.add(effect.expression);
      }
    } else if (const auto* user = std::get_if<UserNode>(&node.payload); user && user->name == "call screen") {
      mark(node);
      print_.add(user->line);
    }
  }

  const ParsedFile& parsed_;
  std::shared_ptr<ScriptText> text_ = std::make_shared<ScriptText>();
  Print print_;
  std::uint32_t margin_ = 0;
  bool open_ = false;
};

}  // namespace

std::string without_tags(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto end = end_of_tag(text, i); end != std::string_view::npos) {
      i = end;
      continue;
    }
    out += text[i];
  }
  return out;
}

std::shared_ptr<const ScriptText> script_text(const Part& part) { return ScriptReader(part).run(); }

}  // namespace bpyd::analysis
