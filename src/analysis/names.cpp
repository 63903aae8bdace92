// SPDX-License-Identifier: MIT
#include "names.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include "words.hpp"

namespace bpyd::analysis {
namespace {

/// Names are short and many: up to sixteen bytes, a name's two ends are all of it.
struct Ends {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  friend bool operator==(const Ends&, const Ends&) = default;
};

Ends ends_of(std::string_view name) {
  Ends ends;
  const auto load = [&](auto part) {  // of a fixed size, so that they are two loads
    std::memcpy(&part, name.data(), sizeof part);
    ends.begin = part;
    std::memcpy(&part, name.data() + name.size() - sizeof part, sizeof part);
    ends.end = part;
  };
  if (name.size() >= 8) {
    load(std::uint64_t{});
  } else if (name.size() >= 4) {
    load(std::uint32_t{});
  } else if (!name.empty()) {
    load(std::uint8_t{});
    ends.begin |= std::uint64_t{static_cast<unsigned char>(name[name.size() / 2])} << 8U;
  }
  return ends;
}

constexpr auto kInName = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = in_name(static_cast<char>(i));
  return table;
}();
bool goes_on(char c) { return kInName[static_cast<unsigned char>(c)]; }

bool binds(std::string_view word) {
  switch (word.size()) {
    case 2:
      return word == "as";
    case 3:
      return word == "def" || word == "for";
    case 5:
      return word == "class";
    case 6:
      return word == "import" || word == "global" || word == "python";
    case 8:
      return word == "nonlocal";
    default:
      return false;
  }
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

class Reader {
 public:
  explicit Reader(const renpy::ParsedFile& file) : file_(file), text_(*file.source) {}

  Names run() {
    std::size_t done = 0;
    for (const auto& said : all_said()) {
      if (said.begin < done) continue;
      code(done, said.begin);
      prose(text_.substr(said.begin, said.end - said.begin), said.begin);
      done = said.end;
      before_ = {};
    }
    code(done, text_.size());
    return std::move(names_);
  }

 private:
  /// Bytes of the source.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  /// What is said or chosen, in order.
  std::vector<Range> all_said() {
    std::vector<Range> said, chosen;
    said.reserve(file_.nodes.size());
    for (const auto& node : file_.nodes) {
      if (const auto* say = std::get_if<renpy::SayNode>(&node.payload)) {
        add(said, say->what, say->who, node.line);
      } else if (const auto* menu = std::get_if<renpy::MenuNode>(&node.payload)) {
        for (const auto& item : menu->items) add(chosen, item.text, {}, item.line);
      }
    }
    // A menu's items come before what stands below them; all else is in order already.
    if (!std::ranges::is_sorted(said, {}, &Range::begin)) std::ranges::sort(said, {}, &Range::begin);
    if (chosen.empty()) return said;
    std::ranges::sort(chosen, {}, &Range::begin);
    std::vector<Range> all(said.size() + chosen.size());
    std::ranges::merge(said, chosen, all.begin(), {}, &Range::begin, &Range::begin);
    return all;
  }

  void add(std::vector<Range>& to, std::string_view text, std::string_view who, std::uint32_t line) {
    const std::less_equal<const char*> before;
    if (before(text_.data(), text.data()) && before(text.data() + text.size(), text_.data() + text_.size())) {
      const auto begin = static_cast<std::size_t>(text.data() - text_.data());
      to.push_back({begin, begin + text.size()});
      return;
    }
    // Not in the source as it is: the first string of its line, unless the speaker is one.
    if (std::ranges::any_of(who, is_quote)) return;
    if (lines_.empty()) find_lines();
    if (line == 0 || line > lines_.size()) return;
    const auto end = std::min(text_.find('\n', lines_[line - 1]), text_.size());
    auto quote = lines_[line - 1];
    while (quote < end && !is_quote(text_[quote])) ++quote;
    if (quote < end) to.push_back({quote, past_string(quote, end)});
  }

  void find_lines() {
    lines_.reserve(file_.physical_lines + 1);
    for (std::size_t at = 0; at < text_.size();) {
      lines_.push_back(at);
      at = std::min(text_.find('\n', at), text_.size()) + 1;
    }
  }

  /// Where the string ends that begins at `quote`. In a file with faults it may have no end of its own.
  [[nodiscard]] std::size_t past_string(std::size_t quote, std::size_t end_of_line) const {
    const char delim = text_[quote];
    const auto three = [&](std::size_t i) {
      return i + 2 < text_.size() && text_[i] == delim && text_[i + 1] == delim && text_[i + 2] == delim;
    };
    const std::size_t size = three(quote) ? 3 : 1;
    const auto begin = quote + size;
    for (auto at = text_.find(delim, begin); at != std::string_view::npos; at = text_.find(delim, at + 1)) {
      auto slash = at;
      while (slash > begin && text_[slash - 1] == '\\') --slash;
      if ((at - slash) % 2 != 0 || (size == 3 && !three(at))) continue;
      return at >= end_of_line && !file_.diagnostics.empty() ? end_of_line : at + size;
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
  std::vector<std::size_t> lines_;  // where each begins; found when first asked for
  std::string_view before_;         // the word before on the same line
  Names names_;
};

}  // namespace

/// Where the name is, or the free slot where it would be.
std::size_t Names::slot_of(std::string_view name) const {
  const auto ends = ends_of(name);
  const auto same = [&](std::string_view other) {
    return other.size() == name.size() && ends_of(other) == ends && (name.size() <= 16 || other == name);
  };
  const auto mask = slots_.size() - 1;
  const auto mixed = (ends.begin * 0x9E3779B97F4A7C15U) ^ (ends.end + name.size()) * 0xC2B2AE3D27D4EB4FU;
  auto slot = (mixed ^ mixed >> 32U) & mask;
  while (slots_[slot] != 0 && !same(entries_[slots_[slot] - 1].first)) slot = (slot + 1) & mask;
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

void AllNames::add(const Names& names) {
  for (const auto& [name, use] : names) {
    const bool known = sums_.find(name) != sums_.end();
    auto& sum = sums_[known ? name : std::string_view(texts_.emplace_back(name))];
    sum.defined += use.defined;
    sum.set += use.set;
    sum.read += use.read;
    sum.quoted += use.quoted;
  }
}

void AllNames::remove(const Names& names) {
  for (const auto& [name, use] : names) {
    auto& sum = sums_[name];
    sum.defined -= use.defined;
    sum.set -= use.set;
    sum.read -= use.read;
    sum.quoted -= use.quoted;
  }
}

}  // namespace bpyd::analysis
