// SPDX-License-Identifier: MIT
// Two analyses side by side, and the difference in a writer's words.
#include "bpyd/analysis/diff.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "teller.hpp"

namespace bpyd::analysis {
namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::size_t kShown = 80;

std::string in_quotes(std::string_view text) { return "“" + shortened(text, kShown) + "”"; }

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

std::vector<std::string> label_names(const Stats2& stats, bool reachable_only) {
  std::vector<std::string> out;
  for (const auto& label : stats.labels) {
    if (label.kind != "call_from" && (!reachable_only || label.reachable)) out.push_back(label.name);
  }
  return out;
}

/// What `a` has and `b` has not, in `a`'s order.
std::vector<std::string> only_in(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const std::set<std::string_view> known(b.begin(), b.end());
  std::vector<std::string> out;
  for (const auto& name : a) {
    if (!known.contains(name)) out.push_back(name);
  }
  return out;
}

std::vector<std::string> ending_labels(const Stats2& stats) {
  std::vector<std::string> out;
  std::set<std::string_view> seen;
  for (const auto& path : stats.paths) {
    if (!path.ending.empty() && seen.insert(path.ending).second) out.push_back(path.ending);
  }
  return out;
}

/// Choices of `a` without a partner in `b`: same label, same words, as often as they stand there.
std::vector<ChoiceDiff> choices_only_in(const Stats2& a, const Stats2& b) {
  std::map<std::pair<std::string_view, std::string_view>, int> known;
  for (const auto& menu : b.menus) {
    for (const auto& choice : menu.choices) ++known[{menu.label, choice.text}];
  }
  std::vector<ChoiceDiff> out;
  for (const auto& menu : a.menus) {
    for (const auto& choice : menu.choices) {
      if (auto found = known.find({menu.label, choice.text}); found != known.end() && found->second > 0)
        --found->second;
      else
        out.push_back({menu.label, menu.file, choice.line, choice.text});
    }
  }
  return out;
}

/// By key first; what is left by number: the same number is the same path, changed.
std::vector<PathDiff> path_changes(const Stats2& before, const Stats2& after) {
  std::map<std::string_view, const Path*> keys;
  for (const auto& path : before.paths) keys.emplace(path.key, &path);
  std::set<std::string_view> matched;
  std::vector<const Path*> fresh;
  for (const auto& path : after.paths) {
    if (!path.key.empty() && keys.contains(path.key))
      matched.insert(path.key);
    else
      fresh.push_back(&path);
  }
  std::map<std::string_view, const Path*> gone;
  for (const auto& path : before.paths) {
    if (!matched.contains(path.key)) gone.emplace(path.id, &path);
  }
  std::vector<PathDiff> out;
  for (const auto* path : fresh) {
    const auto same = gone.find(path->id);
    if (same == gone.end()) {
      out.push_back({"added", {}, path->id, path->key, path->title});
      continue;
    }
    // Readers of other analyzers' files may have no keys: equal labels and choices are no change.
    const auto equal = [](const PathChoice& a, const PathChoice& b) { return a.text == b.text; };
    const auto* old = same->second;
    const bool unchanged = old->labels == path->labels &&
                           std::ranges::equal(old->choices, path->choices, equal) && old->key == path->key;
    if (!unchanged) out.push_back({"changed", old->id, path->id, path->key, path->title});
    gone.erase(same);
  }
  for (const auto& [id, path] : gone) out.push_back({"removed", path->id, {}, path->key, path->title});
  return out;
}

class Summary {
 public:
  void line(std::string text) {
    ++wanted_;
    if (lines_.size() < kMostLines) lines_.push_back(std::move(text));
  }
  std::vector<std::string> done() {
    if (wanted_ > kMostLines)
      lines_.back() = "… and " + counted(wanted_ - kMostLines + 1, "more change", "more changes");
    return std::move(lines_);
  }

 private:
  std::vector<std::string> lines_;
  std::size_t wanted_ = 0;
};

/// A choice that only changed its words reads as one line, not as a loss and a gain.
void tell_choices(const StoryDiff& diff, Summary& summary) {
  std::set<const ChoiceDiff*> told;
  for (const auto& lost : diff.choices_lost) {
    const auto same_place = [&](const ChoiceDiff& gained) {
      return gained.label == lost.label && gained.line == lost.line && gained.file == lost.file &&
             !told.contains(&gained);
    };
    const auto gained = std::ranges::find_if(diff.choices_gained, same_place);
    if (gained == diff.choices_gained.end()) {
      summary.line("Choice " + in_quotes(lost.text) + " removed from label " + lost.label);
      continue;
    }
    told.insert(&*gained);
    summary.line("Choice " + in_quotes(lost.text) + " in label " + lost.label + " now reads " +
                 in_quotes(gained->text));
  }
  for (const auto& gained : diff.choices_gained) {
    if (!told.contains(&gained))
      summary.line("Choice " + in_quotes(gained.text) + " added in label " + gained.label);
  }
}

void tell_paths(const StoryDiff& diff, Summary& summary) {
  const auto count = [&](std::string_view change) {
    return static_cast<std::size_t>(std::ranges::count(diff.paths, change, &PathDiff::change));
  };
  for (const auto& [change, word] :
       {std::pair{"added", "new"}, {"removed", "gone"}, {"changed", "changed"}}) {
    const auto n = count(change);
    if (n == 1) {
      const auto& path = *std::ranges::find(diff.paths, change, &PathDiff::change);
      summary.line("Path " + (path.after.empty() ? path.before : path.after) + " " + word + ": " +
                   path.title);
    } else if (n > 1) {
      summary.line(counted(n, "path", "paths") + " " + word);
    }
  }
}

std::vector<std::string> summary_of(const StoryDiff& diff) {
  Summary summary;
  for (const auto& label : diff.labels_added) summary.line("Label " + label + " added");
  for (const auto& label : diff.labels_removed) summary.line("Label " + label + " removed");
  tell_choices(diff, summary);
  for (const auto& label : diff.endings_gained) summary.line("The story can now end in label " + label);
  for (const auto& label : diff.endings_lost) summary.line("The story no longer ends in label " + label);
  for (const auto& label : diff.labels_unreachable)
    summary.line("Nothing leads to label " + label + " any more");
  tell_paths(diff, summary);
  return summary.done();
}

}  // namespace

StoryDiff diff(const Stats2& before, const Stats2& after) {
  StoryDiff out;
  const auto old_labels = label_names(before, false);
  const auto new_labels = label_names(after, false);
  out.labels_added = only_in(new_labels, old_labels);
  out.labels_removed = only_in(old_labels, new_labels);
  const auto now_unreachable = only_in(new_labels, label_names(after, true));
  const auto was_reachable = label_names(before, true);
  for (const auto& label : now_unreachable) {
    if (std::ranges::find(was_reachable, label) != was_reachable.end())
      out.labels_unreachable.push_back(label);
  }
  out.choices_gained = choices_only_in(after, before);
  out.choices_lost = choices_only_in(before, after);
  out.endings_gained = only_in(ending_labels(after), ending_labels(before));
  out.endings_lost = only_in(ending_labels(before), ending_labels(after));
  out.paths = path_changes(before, after);
  out.summary = summary_of(out);
  return out;
}

}  // namespace bpyd::analysis
