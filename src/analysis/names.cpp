// SPDX-License-Identifier: MIT
#include "names.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "words.hpp"

namespace bpyd::analysis {
namespace {


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

}  // namespace

Names names_in(const renpy::ParsedFile& file) {
  Names names;
  names.reserve(1024);
  const std::string_view text = *file.source;
  std::string_view before;
  for (std::size_t i = 0; i < text.size();) {
    if (!in_name(text[i])) {
      if (text[i] == '\n') before = {};
      ++i;
      continue;
    }
    const auto begin = i;
    while (i < text.size() && in_name(text[i])) ++i;
    const auto word = text.substr(begin, i - begin);
    const char left = begin > 0 ? text[begin - 1] : '\n';
    const bool attribute = left == '.' && before != "store";
    const auto previous = std::exchange(before, word);
    if (!begins_name(word[0]) || attribute) continue;
    auto& use = names[word];
    if (previous == "define" || previous == "default")
      ++use.defined;
    else if ((left == '"' || left == '\'') && i < text.size() && text[i] == left)
      ++use.quoted;
    else if (binds(previous) || assigns(text, i))
      ++use.set;
    else
      ++use.read;
  }
  return names;
}

void AllNames::add(const Names& names) {
  for (const auto& [name, use] : names) {
    auto found = sums_.find(name);
    if (found == sums_.end()) found = sums_.emplace(texts_.emplace_back(name), NameUse{}).first;
    auto& sum = found->second;
    sum.defined += use.defined;
    sum.set += use.set;
    sum.read += use.read;
    sum.quoted += use.quoted;
  }
}

void AllNames::remove(const Names& names) {
  for (const auto& [name, use] : names) {
    auto& sum = sums_.at(name);
    sum.defined -= use.defined;
    sum.set -= use.set;
    sum.read -= use.read;
    sum.quoted -= use.quoted;
  }
}

}  // namespace bpyd::analysis
