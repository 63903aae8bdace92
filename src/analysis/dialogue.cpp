// SPDX-License-Identifier: MIT
#include "dialogue.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "words.hpp"

namespace bpyd::analysis {

using namespace renpy;

namespace {

/// encode_say_string(): as a say statement would have it in quotes.
std::string encoded(std::string_view text) {
  std::string out = "\"";
  char before = 0;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == ' ' && before == ' ') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
    before = c;
  }
  return out + "\"";
}

std::size_t past_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool triple = text.substr(at).starts_with(std::string(3, quote));
  for (at += triple ? 3 : 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == quote && (!triple || text.substr(at).starts_with(std::string(3, quote))))
      return at + (triple ? 3 : 1);
  }
  return text.size();
}

/// Where an argument ends that begins at `at`: a comma or the closing bracket.
std::size_t argument_end(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (depth == 0 && (c == ',' || c == ')')) return at;
    if (c == '"' || c == '\'') {
      at = past_string(text, at);
      continue;
    }
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    ++at;
  }
  return at;
}

std::size_t past_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n')) ++at;
  return at;
}

/// ArgumentInfo.get_code() of `(a, b = 1, *c)`: one space behind a comma, none around `=`.
std::string canonical(std::string_view arguments) {
  std::string out = "(";
  for (auto at = past_spaces(arguments, 1); at < arguments.size() && arguments[at] != ')';) {
    if (out.size() > 1) out += ", ";
    const auto end = argument_end(arguments, at);
    auto one = arguments.substr(at, end - at);
    const auto mark = one.find('=');
    auto name = one.substr(0, std::min(mark, one.size()));
    while (name.ends_with(' ')) name.remove_suffix(1);
    const bool keyword =
        mark != std::string_view::npos && is_name(name) && !one.substr(mark).starts_with("==");
    if (keyword) {
      out.append(name).append(1, '=').append(one.substr(past_spaces(one, mark + 1)));
    } else {
      const auto stars = std::min(one.find_first_not_of('*'), one.size());
      out.append(one.substr(0, stars)).append(one.substr(past_spaces(one, stars)));
    }
    at = end < arguments.size() && arguments[end] == ',' ? past_spaces(arguments, end + 1) : end;
  }
  return out + ")";
}

/// Say.get_code().
std::string code_of(const SayNode& say) {
  std::string out;
  const auto add = [&](std::string_view part) { out.append(out.empty() ? "" : " ").append(part); };
  if (!say.who.empty()) add(say.who);
  for (const auto attribute : say.attributes) add(attribute);
  add(encoded(say.what));
  if (!say.interact()) add("nointeract");
  if (!say.id().empty()) add("id"), add(say.id());
  if (!say.arguments().empty()) add(canonical(say.arguments()));
  if (!say.with().empty()) add("with"), add(say.with());
  return out;
}

/// UserStatement.get_code(): its line as written.
std::string code_of(const UserNode& user) { return std::string(user.line); }

std::string digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_md5(), nullptr);
  std::string out;
  for (const auto byte : std::span(bytes).first(4)) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

}  // namespace

class Dialogue::File {
 public:
  File(const ParsedFile& file, std::unordered_set<std::string>& given) : file_(file), given_(given) {}

  std::vector<DialogueGroup> run() {
    walk(file_.top);
    return std::move(groups_);
  }

 private:
  // Blocks are at most 100 deep (parser.hpp).
  void walk(Block block) {
    DialogueGroup group;
    std::string code;
    for (auto id = block.begin; id < block.end; id = file_.nodes[id].end) {
      const auto& node = file_.nodes[id];
      if (const auto* label = std::get_if<LabelNode>(&node.payload); label != nullptr && !label->hide)
        enter(label->name);
      if (node.kind != Kind::Translate) below(node);
      const auto* say = std::get_if<SayNode>(&node.payload);
      const auto* user = std::get_if<UserNode>(&node.payload);
      if (say == nullptr && (user == nullptr || !user->translatable)) {
        close(group, code, {});
        continue;
      }
      if (group.first == kNoNode) group.first = id;
      group.last = id;
      code += (say != nullptr ? code_of(*say) : code_of(*user)) + "\r\n";
      if (say != nullptr) close(group, code, say->id());
    }
    close(group, code, {});
  }

  /// What a parse function handed back part by part is wrapped part by part.
  void walk(const UserNode& user) {
    const auto& [inner, parts] = *user.inner;
    if (parts.empty()) return walk(inner);
    for (std::size_t i = 0; i < parts.size(); ++i)
      walk({parts[i], i + 1 < parts.size() ? parts[i + 1] : inner.end});
  }

  void enter(std::string_view label) {
    if (label.starts_with('_')) {
      alternate_ = label;
    } else {
      label_ = label;
      alternate_ = {};
    }
  }

  void below(const Node& node) {
    if (const auto* label = std::get_if<LabelNode>(&node.payload)) walk(label->block);
    if (const auto* loop = std::get_if<WhileNode>(&node.payload)) walk(loop->block);
    if (const auto* init = std::get_if<InitNode>(&node.payload)) walk(init->block);
    if (const auto* user = std::get_if<UserNode>(&node.payload)) walk(*user);
    if (const auto* menu = std::get_if<MenuNode>(&node.payload)) {
      for (const auto& item : menu->items) walk(item.block);
    }
    if (const auto* branch = std::get_if<IfNode>(&node.payload)) {
      for (const auto& entry : branch->entries) walk(entry.block);
    }
  }

  void close(DialogueGroup& group, std::string& code, std::string_view own) {
    if (group.first == kNoNode) return;
    const auto mark = digest(code);
    const auto found = unique(label_, mark);
    const auto alternate =
        alternate_.empty() ? (own.empty() ? std::string() : found) : unique(alternate_, mark);
    group.identifier = own.empty() ? found : std::string(own);
    in_file_.insert(group.identifier);
    if (!alternate.empty()) in_file_.insert(alternate);
    given_.insert(group.identifier);
    groups_.push_back(std::move(group));
    group = {};
    code.clear();
  }

  [[nodiscard]] std::string unique(std::string_view label, const std::string& mark) const {
    std::string base(label);
    std::ranges::replace(base, '.', '_');
    base += (base.empty() ? "" : "_") + mark;
    auto found = base;
    for (int i = 1; in_file_.contains(found) || given_.contains(found); ++i)
      found = base + "_" + std::to_string(i);
    return found;
  }

  const ParsedFile& file_;
  std::unordered_set<std::string>& given_;
  std::unordered_set<std::string> in_file_;  // alternates too
  std::string_view label_, alternate_;
  std::vector<DialogueGroup> groups_;
};

std::vector<DialogueGroup> Dialogue::groups(const ParsedFile& file) {
  auto groups = File(file, given_).run();
  for (const auto& node : file.nodes) {  // the default language's, written out
    const auto* own = std::get_if<TranslateNode>(&node.payload);
    if (node.kind == Kind::Translate && own->language == "None") given_.emplace(own->identifier);
  }
  return groups;
}

}  // namespace bpyd::analysis
