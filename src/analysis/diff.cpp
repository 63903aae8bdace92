// SPDX-License-Identifier: MIT
// Two analyses side by side, and the difference in a writer's words.
#include "bpyd/analysis/diff.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "teller.hpp"

namespace bpyd::analysis {
namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::size_t kShown = 80;

std::string in_quotes(std::string_view text) { return "“" + shortened(text, kShown) + "”"; }

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

/// Those of `names` that `stats` has not.
std::vector<std::string> without_labels_of(const Stats2& stats, std::vector<std::string> names,
                                           bool reachable_only) {
  if (names.empty()) return names;
  std::unordered_set<std::string_view> known;
  for (const auto& label : stats.labels) {
    if (label.kind != "call_from" && (!reachable_only || label.reachable)) known.insert(label.name);
  }
  std::erase_if(names, [&](const std::string& name) { return known.contains(name); });
  return names;
}

/// Labels that `a` has (and can be got to) and `b` has not. Files that stayed as they were are not looked at.
std::vector<std::string> labels_only_in(const Stats2& a, const Stats2& b, bool reachable_only) {
  std::set<std::string_view> known;
  each_of_other_pieces(b.labels, a.labels, [&](const Label& label) {
    if (!reachable_only || label.reachable) known.insert(label.name);
  });
  std::vector<std::string> out;
  each_of_other_pieces(a.labels, b.labels, [&](const Label& label) {
    if (label.kind == "call_from" || (reachable_only && !label.reachable) || known.contains(label.name))
      return;
    out.push_back(label.name);
  });
  return without_labels_of(b, std::move(out), reachable_only);
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
  each_of_other_pieces(b.menus, a.menus, [&](const Menu& menu) {
    for (const auto& choice : menu.choices) ++known[{menu.label, choice.text}];
  });
  std::vector<ChoiceDiff> out;
  each_of_other_pieces(a.menus, b.menus, [&](const Menu& menu) {
    for (const auto& choice : menu.choices) {
      if (auto found = known.find({menu.label, choice.text}); found != known.end() && found->second > 0)
        --found->second;
      else
        out.push_back({menu.label, menu.file, choice.line, choice.text});
    }
  });
  return out;
}

/// Are two paths of reports without keys the same?
bool equal_course(const Path& a, const Path& b) {
  const auto same = [](const PathChoice& one, const PathChoice& other) { return one.text == other.text; };
  return a.labels == b.labels && std::ranges::equal(a.choices, b.choices, same);
}

/// By key first; what is left by number: the same number is the same path, changed.
std::vector<PathDiff> path_changes(const Stats2& before, const Stats2& after) {
  if (before.paths.same(after.paths)) return {};
  std::unordered_map<std::string_view, std::size_t> keys;
  for (std::size_t i = 0; i < before.paths.size(); ++i) keys.emplace(before.paths[i].key, i);
  std::vector<bool> matched(before.paths.size(), false);
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < after.paths.size(); ++i) {
    const auto found = after.paths[i].key.empty() ? keys.end() : keys.find(after.paths[i].key);
    if (found != keys.end())
      matched[found->second] = true;
    else
      fresh.push_back(i);
  }
  std::map<std::string_view, std::size_t> gone;
  for (std::size_t i = 0; i < before.paths.size(); ++i) {
    if (!matched[i]) gone.emplace(before.paths[i].id, i);
  }
  std::vector<PathDiff> out;
  for (const auto i : fresh) {
    const auto& path = after.paths[i];
    const auto same = gone.find(path.id);
    if (same == gone.end()) {
      out.push_back({"added", {}, path.id, path.key, path.title});
      continue;
    }
    const auto& old = before.paths[same->second];
    const bool unchanged =
        old.key == path.key && equal_course(before.paths.tell(same->second), after.paths.tell(i));
    if (!unchanged) out.push_back({"changed", old.id, path.id, path.key, path.title});
    gone.erase(same);
  }
  for (const auto& [id, i] : gone) {
    const auto& path = before.paths[i];
    out.push_back({"removed", path.id, {}, path.key, path.title});
  }
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
  using Spot = std::tuple<std::string_view, std::string_view, std::int64_t>;
  std::multimap<Spot, const ChoiceDiff*> places;
  for (const auto& gained : diff.choices_gained)
    places.emplace(Spot(gained.file, gained.label, gained.line), &gained);
  std::set<const ChoiceDiff*> told;
  for (const auto& lost : diff.choices_lost) {
    const auto place = places.find(Spot(lost.file, lost.label, lost.line));
    if (place == places.end()) {
      summary.line("Choice " + in_quotes(lost.text) + " removed from label " + lost.label);
      continue;
    }
    told.insert(place->second);
    summary.line("Choice " + in_quotes(lost.text) + " in label " + lost.label + " now reads " +
                 in_quotes(place->second->text));
    places.erase(place);
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
  out.labels_added = labels_only_in(after, before, false);
  out.labels_removed = labels_only_in(before, after, false);
  out.labels_unreachable = only_in(labels_only_in(before, after, true), out.labels_removed);
  out.choices_gained = choices_only_in(after, before);
  out.choices_lost = choices_only_in(before, after);
  if (!before.paths.same(after.paths)) {
    out.endings_gained = only_in(ending_labels(after), ending_labels(before));
    out.endings_lost = only_in(ending_labels(before), ending_labels(after));
  }
  out.paths = path_changes(before, after);
  out.summary = summary_of(out);
  return out;
}

}  // namespace bpyd::analysis
