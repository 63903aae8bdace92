// SPDX-License-Identifier: MIT
// A story held against its project's rules.
#include "bpyd/analysis/governance.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "bpyd/core/strings.hpp"
#include "governance_run.hpp"

namespace bpyd::analysis {
namespace {

constexpr std::size_t kMostOfRule = 2000, kMost = 20'000;

std::int64_t points_of(std::string_view severity) {
  return severity == "error" ? 10 : severity == "warn" ? 1 : 0;
}
int rank(std::string_view severity) { return severity == "error" ? 0 : severity == "warn" ? 1 : 2; }

/// A message without the numbers of lines in it.
std::string without_lines(std::string_view message) {
  std::string out;
  for (const char c : message) {
    if (c < '0' || c > '9') out += c;
  }
  return out;
}

/// How the checks of docs/checks.md count here.
void checked(GovernanceRun& run, const Rules& rules) {
  std::map<std::string_view, std::int64_t> found;
  for (const auto& what : run.stats.diagnostics) ++found[what.id];
  const auto all = rules.checks.find("*");
  for (const auto& what : run.stats.diagnostics) {
    const auto named = rules.checks.find(what.id);
    const auto setting = named != rules.checks.end() ? named->second
                         : all != rules.checks.end() ? all->second
                                                     : CheckSetting{"own", {}, 0};
    if (setting.severity == "off" || found[what.id] <= setting.max) continue;
    GovernanceRule as;
    as.id = as.check = what.id;
    as.severity = setting.severity == "own" ? what.severity : setting.severity;
    as.points = setting.points.value_or(points_of(as.severity));
    Breach breach{
        what.file,    what.line,      run.label_at(what.file, what.line), without_lines(what.message),
        what.message, what.suggestion};
    if (setting.max > 0) {
      breach.value = found[what.id];
      breach.limit = setting.max;
    }
    run.add(as, std::move(breach));
  }
}

void ruled(GovernanceRun& run, const GovernanceRule& rule) {
  if (!run.stats.book && (!rule.scope.tags.empty() || rule.check == "required-metadata"))
    return run.skip(rule, "the report was read from a file: comments are not in it");
  if (rule.check == "choices-to-ending") return rule_endings(run, rule);
  if (rule.check == "words-per-route" || rule.check == "minutes-without-choice")
    return rule_routes(run, rule);
  if (rule.check == "choice-without-effect") return rule_choices(run, rule);
  if (rule.check == "forbidden-words") return rule_words(run, rule);
  if (rule.check == "required-metadata") return rule_metadata(run, rule);
  rule_counts(run, rule);
}

/// The key of equals tells how many came before, in order of place.
void number_keys(std::vector<Violation>& violations) {
  std::unordered_set<std::string> seen;
  for (auto& one : violations) {
    const auto first = one.key;
    for (int n = 2; !seen.insert(one.key).second; ++n)
      one.key = hex64(fnv1a(std::to_string(n), fnv1a(first)));
  }
}

bool lets_pass(const Waiver& waiver, const Violation& one) {
  return (waiver.rule == one.rule || waiver.rule == one.check) &&
         (waiver.files.empty() || fits_one(waiver.files, one.file)) &&
         (waiver.labels.empty() || fits_one(waiver.labels, one.label)) &&
         one.message.contains(waiver.containing);
}

void waive(const Rules& rules, std::string_view today, Evaluation& out) {
  for (const auto& waiver : rules.waivers) {
    if (!waiver.until.empty() && waiver.until < today) {
      out.unused_waivers.push_back({waiver.rule, waiver.reason, "it ended on " + waiver.until});
      continue;
    }
    bool used = false;
    for (auto& one : out.violations) {
      if (!lets_pass(waiver, one)) continue;
      used = true;
      if (one.waived) continue;
      one.waived = true;
      one.reason = waiver.reason;
      one.until = waiver.until;
    }
    if (!used) out.unused_waivers.push_back({waiver.rule, waiver.reason, "nothing it is for was found"});
  }
}

void judge(const Rules& rules, Evaluation& out) {
  for (const auto& one : out.violations) {
    if (one.waived) {
      ++out.waived;
      continue;
    }
    ++(one.severity == "error" ? out.errors : one.severity == "warn" ? out.warnings : out.infos);
    out.points += one.points;
  }
  out.max_points = rules.max_points;
  const bool failed =
      rules.fail_on == "error" ? out.errors > 0 : rules.fail_on == "warn" && out.errors + out.warnings > 0;
  out.passed =
      rules.fail_on == "never" || (!failed && (!rules.max_points || out.points <= *rules.max_points));
}

auto in_order(const Violation& one) {
  return std::tuple(one.waived, rank(one.severity), std::string_view(one.file), one.line,
                    std::string_view(one.rule), std::string_view(one.message));
}

}  // namespace

bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

bool fits_one(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const auto& pattern) { return fits(pattern, text); });
}

std::string scope_words(const GovernanceScope& scope) {
  std::string out;
  if (!scope.files.empty()) out += " in " + bpyd::join(scope.files, ", ");
  if (!scope.labels.empty()) out += " under the labels " + bpyd::join(scope.labels, ", ");
  if (!scope.tags.empty()) out += " tagged " + bpyd::join(scope.tags, ", ");
  return out.size() > 200 ? " in the rule's scope" : out;
}

void GovernanceRun::add(const GovernanceRule& rule, Breach breach) {
  if (++added_[rule.id] == kMostOfRule + 1) skip(rule, "only the first 2000 violations are listed");
  if (added_[rule.id] > kMostOfRule || violations.size() >= kMost) return;
  Violation made;
  made.key = hex64(
      fnv1a(breach.subject, fnv1a(breach.label + "\n", fnv1a(breach.file + "\n", fnv1a(rule.id + "\n")))));
  made.rule = rule.id;
  made.check = rule.check;
  made.severity = rule.severity;
  made.points = rule.points;
  made.file = std::move(breach.file);
  made.line = breach.line;
  made.label = std::move(breach.label);
  made.message = std::move(breach.message);
  made.suggestion = rule.advice.empty() ? std::move(breach.suggestion) : rule.advice;
  made.value = breach.value;
  made.limit = breach.limit;
  violations.push_back(std::move(made));
}

void GovernanceRun::skip(const GovernanceRule& rule, std::string why) {
  not_evaluated.push_back({rule.id, std::move(why)});
}

Evaluation evaluate(const Stats2& stats, const Rules& rules, std::string_view today,
                    const std::stop_token& stop) {
  GovernanceRun run(stats, stop);
  checked(run, rules);
  for (const auto& rule : rules.rules) {
    if (stop.stop_requested()) return {};
    if (rule.severity != "off") ruled(run, rule);
  }
  Evaluation out;
  out.violations = std::move(run.violations);
  out.not_evaluated = std::move(run.not_evaluated);
  std::ranges::sort(out.violations, {}, in_order);
  number_keys(out.violations);
  waive(rules, today, out);
  std::ranges::sort(out.violations, {}, in_order);
  judge(rules, out);
  return out;
}

}  // namespace bpyd::analysis
