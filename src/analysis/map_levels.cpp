// SPDX-License-Identifier: MIT
// The map from further away: a card for each file, or for each chapter.
#include <set>

#include "map_cards.hpp"

namespace bpyd::analysis {

namespace {

int rank(std::string_view severity) {
  return severity == "error" ? 3 : severity == "warn" ? 2 : severity.empty() ? 0 : 1;
}

class Gathering {
 public:
  Gathering(const StoryMap& map, MapLevel level) : map_(map), by_file_(level == MapLevel::files) {}

  StoryMap run() {
    out_.endings = map_.endings;
    for (const auto& file : map_.files) add(file);
    for (std::size_t i = 0; i < map_.labels.size(); ++i) add(map_.labels[i], i);
    for (auto& card : out_.labels) card.height = kCardHeader + body_height(card.words);
    for (std::size_t i = 0; i < out_.labels.size(); ++i) {
      if (mixed_[i]) out_.labels[i].route = -1;
    }
    for (const auto& edge : map_.edges) add(edge);
    return std::move(out_);
  }

 private:
  void add(const MapFile& file) {
    const auto& name = by_file_ ? file.file : file.chapter;
    const auto [at, fresh] = by_name_.emplace(name, out_.labels.size());
    of_file_.emplace(file.file, at->second);
    if (fresh) {
      MapLabel card;
      card.name = name;
      card.kind = by_file_ ? "file" : "chapter";
      card.file = file.file;
      card.line = 1;
      card.width = 220;
      out_.labels.push_back(std::move(card));
      mixed_.push_back(false);
      any_.push_back(false);
    }
    auto& card = out_.labels[at->second];
    card.words += file.words;
    card.seconds += file.seconds;
    card.problems += file.problems;
  }

  void add(const MapLabel& label, std::size_t index) {
    const auto found = of_file_.find(label.file);
    of_label_.push_back(found == of_file_.end() ? kNone : found->second);
    if (of_label_[index] == kNone) return;
    auto& card = out_.labels[of_label_[index]];
    card.entry = card.entry || label.entry;
    card.ending = card.ending || label.ending;
    if (rank(label.severity) > rank(card.severity)) card.severity = label.severity;
    if (!label.reachable) return;
    card.reachable = true;
    if (any_[of_label_[index]] && card.route != label.route) mixed_[of_label_[index]] = true;
    any_[of_label_[index]] = true;
    card.route = label.route;
  }

  void add(const MapEdge& edge) {
    const auto from = of_label_[static_cast<std::size_t>(edge.from)];
    const auto to = of_label_[static_cast<std::size_t>(edge.to)];
    if (from == kNone || to == kNone || from == to || !seen_.emplace(from, to).second) return;
    out_.edges.push_back(
        {static_cast<std::int64_t>(from), static_cast<std::int64_t>(to), -1, "jump", edge.file, edge.line});
  }

  static constexpr std::size_t kNone = SIZE_MAX;
  const StoryMap& map_;
  bool by_file_;
  StoryMap out_;
  std::unordered_map<std::string_view, std::size_t> by_name_, of_file_;
  std::vector<std::size_t> of_label_;
  std::vector<bool> mixed_, any_;
  std::set<std::pair<std::size_t, std::size_t>> seen_;
};

}  // namespace

StoryMap gathered(const StoryMap& map, MapLevel level) { return Gathering(map, level).run(); }

}  // namespace bpyd::analysis
