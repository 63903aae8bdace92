// SPDX-License-Identifier: MIT
// Lines of a .gitignore: read once into names to match, then asked for each path of a crawl.
#include "ignore.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

#include "ignore_rule.hpp"

namespace bpyd::io {
namespace {

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace

/// The rules by what tells them apart at a glance, so that a question looks at few of them. Rules go by
/// their number from 1, 0 is none; the highest that matches wins.
class IgnoreRules::Table {
 public:
  void add(std::string_view line) {
    auto rule = read_ignore_line(line).rule;
    if (!rule) return;
    rules_.push_back(std::move(*rule));
    file(rules_.back(), static_cast<std::uint32_t>(rules_.size()));
  }

  [[nodiscard]] bool ignored(std::string_view path, bool folder) const {
    const auto name = path.substr(path.rfind('/') + 1);
    if (name.empty()) return false;
    std::uint32_t best = std::max(latest(names_, name, folder), latest(paths_, path, folder));
    const auto by_name = [&](const Rule& rule) { return rule.parts[0].name.matches(name); };
    look(by_first_[byte_of(name.front())], folder, best, by_name);
    look(by_last_[byte_of(name.back())], folder, best, by_name);
    look(other_names_, folder, best, by_name);
    if (!other_paths_.empty()) {
      const auto depth = static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
      look(other_paths_, folder, best, [&](const Rule& rule) { return rule.least <= depth && matches_path(rule.parts, path); });
    }
    return best != 0 && !rules_[best - 1].negated;
  }

 private:
  struct Latest {
    std::uint32_t any = 0, folder = 0;  ///< the latest rule for all, and for folders (all included)
  };
  using Exact = std::unordered_map<std::string, Latest, Hash, std::equal_to<>>;
  using Numbers = std::vector<std::uint32_t>;

  void file(const Rule& rule, std::uint32_t number) {
    const auto& name = rule.parts.back().name;
    if (const auto text = sole_path(rule)) {
      auto& entry = (rule.anywhere ? names_ : paths_)[*text];
      entry.folder = number;
      if (!rule.folders_only) entry.any = number;
    } else if (!rule.anywhere) {
      other_paths_.push_back(number);
    } else if (const auto first = name.first()) {
      by_first_[byte_of(*first)].push_back(number);
    } else if (const auto last = name.last()) {
      by_last_[byte_of(*last)].push_back(number);
    } else {
      other_names_.push_back(number);
    }
  }
  /// The one path (or name) that matches, when no other can.
  static std::optional<std::string> sole_path(const Rule& rule) {
    std::string path;
    for (const auto& part : rule.parts) {
      const auto* name = part.several ? nullptr : part.name.sole();
      if (!name) return std::nullopt;
      if (!path.empty()) path += '/';
      path += *name;
    }
    return path;
  }
  static std::uint32_t latest(const Exact& exact, std::string_view text, bool folder) {
    if (exact.empty()) return 0;
    const auto found = exact.find(text);
    if (found == exact.end()) return 0;
    return folder ? found->second.folder : found->second.any;
  }
  template <class Matches>
  void look(const Numbers& numbers, bool folder, std::uint32_t& best, const Matches& matches) const {
    for (auto number = numbers.rbegin(); number != numbers.rend() && *number > best; ++number) {
      const auto& rule = rules_[*number - 1];
      if ((folder || !rule.folders_only) && matches(rule)) best = *number;
    }
  }

  std::vector<Rule> rules_;
  Exact names_, paths_;
  std::array<Numbers, 256> by_first_, by_last_;  ///< by a name's first or last byte, where a rule tells it
  Numbers other_names_, other_paths_;
};

IgnoreRules::IgnoreRules(const std::vector<std::string>& lines, const std::vector<std::string>& more) {
  const auto table = std::make_shared<Table>();
  for (const auto& line : lines) table->add(line);
  for (const auto& line : more) table->add(line);
  table_ = table;
}
IgnoreRules::IgnoreRules(const std::vector<std::string>& more) : IgnoreRules(defaults(), more) {}
IgnoreRules IgnoreRules::only(const std::vector<std::string>& lines) { return {lines, {}}; }

bool IgnoreRules::ignored(std::string_view path, bool folder) const { return table_->ignored(path, folder); }

bool IgnoreRules::ignored_within(std::string_view path, bool folder) const {
  for (auto slash = path.find('/'); slash != npos; slash = path.find('/', slash + 1)) {
    if (table_->ignored(path.substr(0, slash), true)) return true;
  }
  return table_->ignored(path, folder);
}

std::string IgnoreRules::problem(std::string_view line) { return read_ignore_line(line).problem; }

const std::vector<std::string>& IgnoreRules::defaults() {
  static const std::vector<std::string> lines = {
      ".git/", ".hg/", ".svn/", "saves/", "cache/", ".branchpy/", "tmp/", "__pycache__/", "node_modules/",
      "*.rpyc", "*.rpymc", "*.rpyb", "*.pyc", "*.bak", "*~", ".#*", "\\#*#", "*.swp", "*.swx", "*.swo", "4913",
      "*.tmp", "*.part", ".*.tmp*", ".goutputstream-*", ".bpyd-tmp-*", "*.kate-swp", ".DS_Store",
      "log.txt", "errors.txt", "traceback.txt"};
  return lines;
}

}  // namespace bpyd::io
