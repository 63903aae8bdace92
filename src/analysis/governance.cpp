// SPDX-License-Identifier: MIT
// A story held against its project's rules.
#include "bpyd/analysis/governance.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
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

/// A message without numbers of lines and counts; those in names ("chapter_2") stay.
std::string without_numbers(const std::string& message) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto joined = [&](char c) {
    return digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  std::string out;
  out.reserve(message.size());
  for (std::size_t i = 0; i < message.size();) {
    auto end = i;
    while (end < message.size() && digit(message[end])) ++end;
    const bool alone = end > i && (i == 0 || !joined(message[i - 1])) &&
                       (end == message.size() || !joined(message[end]));
    if (end == i || !alone) end = std::max(end, i + 1), out.append(message, i, end - i);
    i = end;
  }
  return out;
}

/// How the checks of docs/checks.md count here.
void checked(GovernanceRun& run, const Rules& rules) {
  std::map<std::string_view, std::int64_t> found;
  for (const auto& what : run.stats.diagnostics) ++found[what.id];
  const auto all = rules.checks.find("*");
  const CheckSetting own{"own", {}, 0};
  GovernanceRule as;
  for (const auto& what : run.stats.diagnostics) {
    const auto named = rules.checks.find(what.id);
    const auto& setting = named != rules.checks.end() ? named->second : all != rules.checks.end() ? all->second : own;
    if (setting.severity == "off" || found[what.id] <= setting.max) continue;
    as.id = as.check = what.id;
    as.severity = setting.severity == "own" ? what.severity : setting.severity;
    as.points = setting.points.value_or(points_of(as.severity));
    Breach breach{
        what.file,    what.line,      run.label_at(what.file, what.line), without_numbers(what.message),
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
  std::unordered_map<std::string, int> times;
  for (auto& one : violations) {
    const auto first = one.key;
    auto& n = times[first];
    for (++n; !seen.insert(one.key).second; ++n) one.key = hex64(fnv1a(std::to_string(n), fnv1a(first)));
  }
}

bool lets_pass(const Waiver& waiver, const Violation& one) {
  return (waiver.files.empty() || fits_one(waiver.files, one.file)) &&
         (waiver.labels.empty() || fits_one(waiver.labels, one.label)) &&
         one.message.contains(waiver.containing);
}

std::size_t cost(const Waiver& waiver) { return 1 + 100 * (waiver.files.size() + waiver.labels.size()); }

void waive(const Rules& rules, std::string_view today, Allowance& time, Evaluation& out) {
  for (const auto& waiver : rules.waivers) {
    if (!waiver.until.empty() && waiver.until < today) {
      out.unused_waivers.push_back({waiver.rule, waiver.reason, "it ended on " + waiver.until});
      continue;
    }
    bool used = false;
    for (auto& one : out.violations) {
      const bool for_it = waiver.rule == one.rule || waiver.rule == one.check;
      if (!for_it || (one.waived && used)) continue;
      time.spend(cost(waiver));
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

/// `cut`: severities of which more was found than is listed. What is not listed cannot be waived.
void judge(const Rules& rules, const std::set<std::string>& cut, Evaluation& out) {
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
  const bool more = (cut.contains("error") && rules.fail_on != "never") || (cut.contains("warn") && rules.fail_on == "warn");
  if (more) {
    out.passed = false;
    return;
  }
  out.passed =
      rules.fail_on == "never" || (!failed && (!rules.max_points || out.points <= *rules.max_points));
}

auto in_order(const Violation& one) {
  return std::tuple(one.waived, rank(one.severity), std::string_view(one.file), one.line,
                    std::string_view(one.rule), std::string_view(one.message));
}

/// By place. What is sorted are pointers: a violation is large.
std::vector<Violation> sorted(std::vector<Violation> violations) {
  std::vector<Violation*> order;
  order.reserve(violations.size());
  for (auto& one : violations) order.push_back(&one);
  std::ranges::sort(order, {}, [](const Violation* one) { return in_order(*one); });
  std::vector<Violation> out;
  out.reserve(violations.size());
  for (auto* one : order) out.push_back(std::move(*one));
  return out;
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
  time.spend(10);
  const auto times = ++added_[rule.id];
  if (times > kMostOfRule || violations.size() >= kMost) {
    if (cut_.insert(rule.id).second)
      skip(rule, times > kMostOfRule ? "only the first 2000 violations are listed"
                                     : "20000 violations are listed, and no more");
    cut.insert(rule.severity);
    return;
  }
  if (breach.whole) breach.subject = "whole\n" + breach.subject;
  Violation made;
  const auto place = breach.whole ? std::string() : breach.file + "\n" + breach.label;
  made.key = hex64(fnv1a(breach.subject, fnv1a(place + "\n", fnv1a(rule.id + "\n"))));
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
  Evaluation out;
  try {
    checked(run, rules);
    for (const auto& rule : rules.rules) {
      if (stop.stop_requested()) return {};
      if (rule.severity != "off") ruled(run, rule);
    }
    out.violations = sorted(std::move(run.violations));
    number_keys(out.violations);
    waive(rules, today, run.time, out);
    if (std::ranges::any_of(out.violations, &Violation::waived)) out.violations = sorted(std::move(out.violations));
  } catch (const Allowance::UsedUp&) {
    run.cut.insert("error");
    run.not_evaluated.push_back({"*", "these rules take longer than 20 s: the rest was not looked at"});
  }
  out.not_evaluated = std::move(run.not_evaluated);
  judge(rules, run.cut, out);
  return out;
}

}  // namespace bpyd::analysis
