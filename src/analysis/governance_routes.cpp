// SPDX-License-Identifier: MIT
// What the listed paths are like to read: how long each ending is in coming, how long nothing is chosen.
#include <algorithm>

#include "governance_run.hpp"
#include "reading.hpp"

namespace bpyd::analysis {
namespace {

/// A stretch of a path on which the player only reads.
struct Lull {
  std::string file;
  std::int64_t line = 0;
  std::string choice;  // behind which it begins; empty: none
  std::string from;    // in words
  std::int64_t ticks = 0;
};

/// A visitor of replay() that adds up what is read; each stretch is counted once for all paths.
class Reading {
 public:
  explicit Reading(const StoryBook& book) : book_(book), story_(*book.story) {}

  std::int64_t words(const Route& route) {
    begin(story_.entries[route.entry]);
    replay(story_, route, *this);
    return words_;
  }
  /// By place, the longest one from there.
  [[nodiscard]] const std::map<std::pair<std::string, std::int64_t>, Lull>& lulls() const { return lulls_; }

  void segment(const Stretch& stretch) {
    const auto& known = length(stretch);
    words_ += known.words;
    now_.ticks += known.ticks;
  }
  void decision(JunctionId junction, WayId way) {
    const auto& option = story_.option(way);
    const bool chosen = is_players(option);
    // A target that is computed may be what the player chose on a screen.
    if (!chosen && option.why != renpy::Option::Why::dynamic) return;
    close();
    const auto file =
        story_.ways[way].file == kNowhere ? story_.junctions[junction].file : story_.ways[way].file;
    const auto line = option.line != 0 ? option.line : story_.node(story_.junctions[junction].at).line;
    const auto text = chosen ? std::string(option.text) : std::string();
    const auto from =
        chosen ? "After the choice \"" + shortened(text, kMostShown) + "\"" : std::string("From here on");
    now_ = {story_.parts[file]->file->file, line, text, from, 0};
  }
  void call(JunctionId) {}
  void back(JunctionId) {}
  void end(JunctionId) { close(); }

 private:
  struct Length {
    std::int64_t words = 0, ticks = 0;
  };
  void begin(StoryId entry) {
    words_ = 0;
    now_ = {story_.parsed(entry).file, story_.node(entry).line, "", "From the beginning", 0};
  }
  void close() {
    auto& kept = lulls_[{now_.file, now_.line}];
    if (now_.ticks > kept.ticks) kept = now_;
  }
  const Length& length(const Stretch& stretch) {
    const auto [known, fresh] = lengths_.try_emplace(stretch.at);
    if (!fresh || stretch.at == kNowhere) return known->second;
    each_piece(story_, stretch.file, stretch.at, [&](std::uint32_t file, NodeId node) {
      known->second.words += book_.sheets[file]->words[node];
      known->second.ticks += book_.sheets[file]->reading[node];
    });
    return known->second;
  }

  const StoryBook& book_;
  const renpy::Story& story_;
  std::unordered_map<StoryId, Length> lengths_;
  std::map<std::pair<std::string, std::int64_t>, Lull> lulls_;
  Lull now_;
  std::int64_t words_ = 0;
};

std::string in_minutes(std::int64_t seconds) {
  return std::to_string(seconds / 60) + " min" +
         (seconds % 60 == 0 ? "" : " " + std::to_string(seconds % 60) + " s");
}

void lulls(GovernanceRun& run, const GovernanceRule& rule) {
  Reading reading(*run.stats.book);
  for (const auto& route : run.stats.book->plan->cover.routes) {
    if (run.stop.stop_requested()) return;
    reading.words(route);
  }
  for (const auto& [place, lull] : reading.lulls()) {
    const auto seconds = seconds_of(lull.ticks);
    if (seconds <= *rule.max * 60 || !run.in_scope(rule, lull.file, lull.line)) continue;
    run.add(rule,
            {lull.file, lull.line, run.label_at(lull.file, lull.line), lull.choice,
             lull.from + " the player reads for " + in_minutes(seconds) +
                 " without choosing anything, at most " + std::to_string(*rule.max) + " min are allowed",
             "Let the player choose something on the way, or tell it in fewer words", (seconds + 59) / 60,
             *rule.max});
  }
}

/// Words to each ending of a scope, on the longest of the listed paths to it.
std::map<const LabelIndex::Entry*, std::int64_t> words_to(const GovernanceRun& run,
                                                          const GovernanceScope& scope) {
  const auto& stats = run.stats;
  std::map<const LabelIndex::Entry*, std::int64_t> out;
  std::optional<Reading> reading;
  if (stats.book) reading.emplace(*stats.book);
  for (std::size_t i = 0; i < stats.paths.size(); ++i) {
    if (run.stop.stop_requested()) return {};
    const auto* entry =
        is_ending(stats.paths[i].ending_kind) ? run.labels.find(stats.paths[i].ending) : nullptr;
    if (entry == nullptr || !run.labels.holds(scope, entry->label->file, entry)) continue;
    auto& most = out[entry];
    most = std::max(most,
                    reading ? reading->words(stats.book->plan->cover.routes[i]) : stats.paths.tell(i).words);
  }
  return out;
}

void lengths(GovernanceRun& run, const GovernanceRule& rule) {
  std::vector<std::pair<const Label*, std::int64_t>> endings;
  std::vector<std::int64_t> words;
  for (const auto& [entry, count] : words_to(run, rule.scope)) {
    endings.emplace_back(entry->label, count);
    words.push_back(count);
  }
  if (endings.size() < 2) return;
  std::ranges::sort(words);
  const auto median = (words[(words.size() - 1) / 2] + words[words.size() / 2]) / 2;
  const auto within = std::min<std::int64_t>(rule.within, 1'000'000);
  for (const auto& [label, count] : endings) {
    const bool shorter = count < median;
    if ((shorter ? median - count : count - median) * 100 <= within * median) continue;
    const auto limit = median * (shorter ? std::max<std::int64_t>(100 - within, 0) : 100 + within) / 100;
    run.add(rule, {label->file, label->line, label->name, "",
                   "The route to the ending " + label->name + " has " + std::to_string(count) +
                       " words, the median of all is " + std::to_string(median) + ": " +
                       (shorter ? "at least " : "at most ") + std::to_string(limit) + " are within " +
                       std::to_string(rule.within) + " %",
                   shorter ? "Tell more on the way there, or less on the others"
                           : "Tell less on the way there, or more on the others",
                   count, limit});
  }
}

}  // namespace

void rule_routes(GovernanceRun& run, const GovernanceRule& rule) {
  if (rule.check == "words-per-route") return lengths(run, rule);
  if (run.stats.book) return lulls(run, rule);
  run.skip(rule, "the report was read from a file: what is read between choices is not in it");
}

}  // namespace bpyd::analysis
