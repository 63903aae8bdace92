// SPDX-License-Identifier: MIT
#include "answers.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <ranges>
#include <tuple>
#include <unordered_map>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::history {
namespace {

constexpr std::size_t kMostWords = 200, kMostProblems = 1000, kMostGrown = 3;

/// A number of a snapshot, or one made of its numbers.
using Metric = std::int64_t (*)(const Measures&);
const std::map<std::string, Metric, std::less<>>& metrics_there_are() {
  static const auto kMetrics = [] {
    std::map<std::string, Metric, std::less<>> all;
    all["problems"] = [](const Measures& m) { return m.errors + m.warnings; };
    all["unreachable_labels"] = [](const Measures& m) { return m.labels - m.reachable_labels; };
    return all;
  }();
  return kMetrics;
}

std::int64_t value_of(const std::string& metric, const Measures& measures) {
  if (const auto made = metrics_there_are().find(metric); made != metrics_there_are().end()) return made->second(measures);
  const auto* const found = std::ranges::find(kMeasures, metric, [](const auto& one) { return one.first; });
  return measures.*(found->second);
}

std::vector<WordsRow> words_changed(const analysis::Stats2& before, const analysis::Stats2& after) {
  std::unordered_map<std::string_view, std::pair<std::int64_t, std::int64_t>> words;
  for (const auto& label : before.labels) {
    if (label.kind != "call_from") words[label.name].first += label.words;
  }
  for (const auto& label : after.labels) {
    if (label.kind != "call_from") words[label.name].second += label.words;
  }
  std::vector<WordsRow> rows;
  for (const auto& [name, both] : words) {
    if (both.first != both.second) rows.push_back({std::string(name), both.first, both.second});
  }
  std::ranges::sort(rows, [](const WordsRow& a, const WordsRow& b) {
    return std::tuple(-std::llabs(a.after - a.before), a.label) < std::tuple(-std::llabs(b.after - b.before), b.label);
  });
  if (rows.size() > kMostWords) rows.resize(kMostWords);
  return rows;
}

/// Some checks count: "2 of 825 lines have no french translation". Another count is no other problem.
std::string without_numbers(std::string_view message) {
  std::string text;
  for (const char c : message) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) text += c;
    else if (!text.ends_with('#')) text += '#';
  }
  return text;
}

/// Takes what merely counts otherwise out of both lists.
void drop_recounted(std::vector<ProblemRow>& gained, std::vector<ProblemRow>& lost) {
  std::erase_if(gained, [&](const ProblemRow& row) {
    if (row.severity != "info") return false;
    const auto same = std::ranges::find_if(lost, [&](const ProblemRow& other) { return other.id == row.id && without_numbers(other.message) == without_numbers(row.message); });
    if (same == lost.end()) return false;
    lost.erase(same);
    return true;
  });
}

/// Problems of `a` without a partner in `b`. Lines move with what is written above them: they do not count.
std::vector<ProblemRow> problems_only_in(const analysis::Stats2& a, const analysis::Stats2& b) {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, int> known;
  for (const auto& found : b.diagnostics) ++known[{found.id, found.file, found.message}];
  std::vector<ProblemRow> rows;
  for (const auto& found : a.diagnostics) {
    const auto partner = known.find({found.id, found.file, found.message});
    if (partner != known.end() && partner->second-- > 0) continue;
    if (rows.size() < kMostProblems) rows.push_back({found.id, found.severity, found.file, found.message, found.line});
  }
  return rows;
}

}  // namespace

SnapshotView view_of(const SnapshotRow& row) {
  SnapshotView view;
  static_cast<Measures&>(view) = row;
  view.id = row.id;
  append_iso8601(view.taken, row.taken);
  view.name = row.name;
  view.origin = row.origin;
  view.generator = row.generator;
  view.pinned = row.pinned;
  view.clean = row.clean;
  if (!row.commit.empty()) view.commit = row.commit;
  view.summary = row.summary;
  return view;
}

DiffSide side_of(const SnapshotRow& row) {
  DiffSide side;
  static_cast<Measures&>(side) = row;
  side.id = row.id;
  side.name = row.name;
  append_iso8601(side.taken, row.taken);
  return side;
}

DiffReply compared(const analysis::Stats2& before, const analysis::Stats2& after) {
  DiffReply reply;
  reply.changes = analysis::diff(before, after);
  reply.words = words_changed(before, after);
  reply.problems_gained = problems_only_in(after, before);
  reply.problems_lost = problems_only_in(before, after);
  drop_recounted(reply.problems_gained, reply.problems_lost);
  reply.same = reply.changes.empty() && reply.words.empty() && reply.problems_gained.empty() && reply.problems_lost.empty();
  return reply;
}

std::vector<std::string> summary_of(const analysis::Stats2& before, const analysis::Stats2& after, const std::vector<std::string>& edited) {
  auto lines = analysis::diff(before, after).summary;
  const auto words = words_changed(before, after);
  for (const auto& row : words | std::views::take(kMostGrown)) {
    const auto by = row.after - row.before;
    lines.push_back("Label “" + row.label + "”: " + std::to_string(std::llabs(by)) + (std::llabs(by) == 1 ? " word " : " words ") + (by > 0 ? "more" : "fewer"));
  }
  if (words.size() > kMostGrown) lines.push_back("… and " + std::to_string(words.size() - kMostGrown) + (words.size() == kMostGrown + 1 ? " other label" : " other labels") + " with more or fewer words");
  if (!lines.empty()) return lines;
  for (const auto& file : edited | std::views::take(kMostGrown)) lines.push_back("Edited: " + file);
  if (edited.size() > kMostGrown) lines.push_back("… and " + std::to_string(edited.size() - kMostGrown) + " other files");
  return lines;
}

Result<void> check_metrics(const std::vector<std::string>& metrics) {
  std::vector<std::string> known;
  for (const auto& [name, member] : kMeasures) known.emplace_back(name);
  for (const auto& [name, made] : metrics_there_are()) known.push_back(name);
  for (const auto& metric : metrics) {
    if (std::ranges::find(known, metric) != known.end()) continue;
    return fail(Code::bad_value, "'metric' names '" + printable_utf8(metric) + "', which is none", "There are: " + join(known, ", "));
  }
  if (metrics.empty()) return fail(Code::missing_parameter, "'metric' names no metric", "There are: " + join(known, ", "));
  return {};
}

Result<TrendReply> trend_of(const Points& points, const std::vector<std::string>& metrics) {
  if (const auto ok = check_metrics(metrics); !ok) return std::unexpected(ok.error());
  TrendReply reply;
  reply.total = points.total;
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  reply.ids.text = "[";
  reply.taken.text = "[";
  for (const auto& point : points.rows) {
    const std::string comma = reply.ids.text.size() > 1 ? "," : "";
    reply.ids.text += comma + std::to_string(point.id);
    reply.taken.text += comma + "\"";
    append_iso8601(reply.taken.text, point.taken);
    reply.taken.text += "\"";
    names.push_back(point.name);
  }
  reply.ids.text += "]";
  reply.taken.text += "]";
  reply.names.text = dump_json(names);
  for (const auto& metric : metrics) {
    auto& series = reply.series.emplace_back();
    series.metric = metric;
    series.values.text = "[";
    for (bool first = true; const auto& point : points.rows) {
      const auto value = value_of(metric, point.measures);
      if (first) series.first = series.lowest = series.highest = value;
      else series.values.text += ",";
      series.last = value;
      series.lowest = std::min(series.lowest, value);
      series.highest = std::max(series.highest, value);
      series.values.text += std::to_string(value);
      first = false;
    }
    series.values.text += "]";
  }
  return reply;
}

}  // namespace bpyd::history
