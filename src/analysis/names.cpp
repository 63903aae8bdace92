// SPDX-License-Identifier: MIT
#include "names.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "words.hpp"

namespace bpyd::analysis {
namespace {

/// Names are short and many: their two ends tell nearly all apart.
std::size_t hash_of(std::string_view name) {
  std::uint64_t begin = 0, end = 0;
  const auto size = name.size() < 8 ? name.size() : std::size_t{8};
  std::memcpy(&begin, name.data(), size);
  std::memcpy(&end, name.data() + name.size() - size, size);
  const auto mixed = (begin * 0x9E3779B97F4A7C15U) ^ (end + name.size()) * 0xC2B2AE3D27D4EB4FU;
  return mixed ^ mixed >> 32U;
}

constexpr auto kInName = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = in_name(static_cast<char>(i));
  return table;
}();
bool goes_on(char c) { return kInName[static_cast<unsigned char>(c)]; }

bool binds(std::string_view word) {
  constexpr std::array<std::string_view, 8> kWords = {"def", "class",  "import",   "as",
                                                      "for", "global", "nonlocal", "python"};
  return std::ranges::find(kWords, word) != kWords.end();
}

/// Does `text` go on with an assignment at `at`?
bool assigns(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  const auto rest = text.substr(at, 3);
  if (rest.starts_with('=')) return !rest.starts_with("==");
  if (rest.size() < 2) return false;
  const bool mark = std::string_view("+-*/%|&^").find(rest[0]) != std::string_view::npos;
  return mark && (rest[1] == '=' || (rest.size() == 3 && rest[1] == rest[0] && rest[2] == '='));
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

/// Lines, in order, whose first string is said or chosen and not code.
std::vector<std::uint32_t> said_lines(const renpy::ParsedFile& file) {
  std::vector<std::uint32_t> lines;
  lines.reserve(file.nodes.size());
  for (const auto& node : file.nodes) {
    if (const auto* say = std::get_if<renpy::SayNode>(&node.payload)) {
      // A speaker in quotes would be the first string of the line.
      if (std::ranges::none_of(say->who, is_quote)) lines.push_back(node.line);
    } else if (const auto* menu = std::get_if<renpy::MenuNode>(&node.payload)) {
      for (const auto& item : menu->items) lines.push_back(item.line);
    }
  }
  if (!std::ranges::is_sorted(lines)) std::ranges::sort(lines);
  lines.erase(std::ranges::unique(lines).begin(), lines.end());
  return lines;
}

class Reader {
 public:
  explicit Reader(const renpy::ParsedFile& file) : file_(file), text_(*file.source) {}

  Names run() {
    std::size_t done = 0;
    std::size_t start = 0;  // of line `number`
    std::uint32_t number = 1;
    for (const auto line : said_lines(file_)) {
      while (number < line && start < text_.size()) {
        start = line_end(start) + 1;
        ++number;
      }
      if (start < done || start >= text_.size()) continue;
      const auto end = line_end(start);
      auto quote = start;
      while (quote < end && !is_quote(text_[quote])) ++quote;
      if (quote == end) continue;
      code(done, quote);
      done = past_string(quote, end);
      prose(text_.substr(quote, done - quote), quote);
      before_ = {};
    }
    code(done, text_.size());
    return std::move(names_);
  }

 private:
  [[nodiscard]] std::size_t line_end(std::size_t at) const {
    return std::min(text_.find('\n', at), text_.size());
  }

  /// Where the string ends that begins at `quote`. In a file with faults it may have no end of its own.
  [[nodiscard]] std::size_t past_string(std::size_t quote, std::size_t end_of_line) const {
    const char delim = text_[quote];
    const std::array<char, 3> three = {delim, delim, delim};
    const std::string_view triple(three.data(), three.size());
    const auto closing = text_.substr(quote).starts_with(triple) ? triple : triple.substr(0, 1);
    const auto begin = quote + closing.size();
    for (auto at = text_.find(closing, begin); at != std::string_view::npos; at = text_.find(closing, at + 1)) {
      auto slash = at;
      while (slash > begin && text_[slash - 1] == '\\') --slash;
      if ((at - slash) % 2 != 0) continue;
      return at >= end_of_line && !file_.diagnostics.empty() ? end_of_line : at + closing.size();
    }
    return end_of_line;
  }

  /// What is code in words that are said: `[points + 1!t]`, `{image=heart}`, and as in old games
  /// `%(points)d`. They stand at `offset`.
  void prose(std::string_view said, std::size_t offset) {
    const auto has = [&](char c) { return said.find(c) != std::string_view::npos; };
    if (!has('[') && !has('{') && !has('%')) return;
    for (std::size_t i = 0; i < said.size(); ++i) {
      if (said[i] == '%' && said.substr(i + 1, 1) == "(") {
        const auto begin = i + 2;
        i = std::min(said.find(')', begin), said.size());
        code(offset + begin, offset + i);
        before_ = {};
      }
      if (i == said.size() || (said[i] != '[' && said[i] != '{')) continue;
      if (said.substr(i + 1, 1) == said.substr(i, 1)) {  // doubled: itself
        ++i;
        continue;
      }
      const auto begin = i + 1;
      if (said[i] == '{') {
        const auto value = said.find_first_of("=}", begin);
        i = std::min(said.find('}', begin), said.size());
        if (value < i) code(offset + value + 1, offset + i);
      } else {
        i = closing_bracket(said, begin);
        auto end = said.rfind('!', i);  // flags that say how to show it
        if (end == std::string_view::npos || end < begin || said.substr(end + 1, 1) == "=") end = i;
        code(offset + begin, offset + end);
      }
      before_ = {};
    }
  }

  static std::size_t closing_bracket(std::string_view said, std::size_t at) {
    for (std::size_t depth = 1; at < said.size(); ++at) {
      if (said[at] == '[') ++depth;
      if (said[at] == ']' && --depth == 0) break;
    }
    return at;
  }

  void code(std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end;) {
      if (!goes_on(text_[i])) {
        if (text_[i] == '\n') before_ = {};
        ++i;
        continue;
      }
      const auto from = i;
      while (i < end && goes_on(text_[i])) ++i;
      word(from, i);
    }
  }

  void word(std::size_t begin, std::size_t end) {
    const auto word = text_.substr(begin, end - begin);
    const char left = begin > 0 ? text_[begin - 1] : '\n';
    const bool attribute = left == '.' && before_ != "store";
    const auto previous = std::exchange(before_, word);
    if (!begins_name(word[0]) || attribute) return;
    auto& use = names_[word];
    if (previous == "define" || previous == "default")
      ++use.defined;
    else if ((left == '"' || left == '\'') && end < text_.size() && text_[end] == left)
      ++use.quoted;
    else if (binds(previous) || assigns(text_, end))
      ++use.set;
    else
      ++use.read;
  }

  const renpy::ParsedFile& file_;
  std::string_view text_;
  std::string_view before_;  // the word before on the same line
  Names names_;
};

}  // namespace

/// Where the name is, or the free slot where it would be.
std::size_t Names::slot_of(std::string_view name) const {
  const auto mask = slots_.size() - 1;
  auto slot = hash_of(name) & mask;
  while (slots_[slot] != 0 && entries_[slots_[slot] - 1].first != name) slot = (slot + 1) & mask;
  return slot;
}

Names::const_iterator Names::find(std::string_view name) const {
  if (slots_.empty()) return end();
  const auto found = slots_[slot_of(name)];
  return found == 0 ? end() : begin() + (found - 1);
}

NameUse& Names::operator[](std::string_view name) {
  if (entries_.size() * 2 >= slots_.size()) grow();
  auto& slot = slots_[slot_of(name)];
  if (slot == 0) {
    entries_.emplace_back(name, NameUse{});
    slot = static_cast<std::uint32_t>(entries_.size());
  }
  return entries_[slot - 1].second;
}

void Names::grow() {
  slots_.assign(std::max<std::size_t>(slots_.size() * 2, 64), 0);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) slots_[slot_of(entries_[i].first)] = i + 1;
}

Names names_in(const renpy::ParsedFile& file) { return Reader(file).run(); }

void add_names(Names& to, const Names& from) {
  for (const auto& [name, use] : from) {
    auto& sum = to[name];
    sum.defined += use.defined;
    sum.set += use.set;
    sum.read += use.read;
    sum.quoted += use.quoted;
  }
}

}  // namespace bpyd::analysis
