// SPDX-License-Identifier: MIT
#include "check_formats.hpp"

#include <algorithm>
#include <map>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::app::cli {
namespace {

using analysis::Violation;

std::string counted(std::int64_t number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// "1 error, 3 warnings, 2 notes, 14 points": the last line.
std::string verdict(const Checked& checked) {
  const auto& made = checked.evaluation;
  auto out = std::string(made.passed ? "passed" : "failed") + ": " + counted(made.errors, "error") + ", " + counted(made.warnings, "warning") + ", " + counted(made.infos, "note");
  if (made.waived > 0) out += ", " + std::to_string(made.waived) + " waived";
  out += ", " + counted(made.points, "point");
  if (made.max_points) out += " of at most " + std::to_string(*made.max_points);
  return out;
}

void text_of(const Violation& one, std::string& out) {
  const auto place = one.line > 0 ? std::to_string(one.line) : std::string("-");
  out += std::string(place.size() < 6 ? 6 - place.size() : 0, ' ') + place + "  " + (one.waived ? "waived" : one.severity) + "  " + one.message + "  [" + one.rule + "]";
  if (!one.label.empty()) out += "  in label " + one.label;
  out += "\n";
  if (one.waived) out += "          " + one.reason + (one.until.empty() ? "" : " (until " + one.until + ")") + "\n";
  else if (!one.suggestion.empty()) out += "          " + one.suggestion + "\n";
}

/// JSON as `bpyd check --json` prints it.
struct Report : analysis::Evaluation {
  std::string root, title;
  static void describe(auto& fields, auto& self) {
    fields.required("root", self.root, "the project's folder");
    fields.required("title", self.title, "of the story");
    analysis::Evaluation::describe(fields, self);
    fields.required("violations", self.violations, "errors first, then by file and line; waived ones at the end");
  }
};

std::string in_xml(std::string_view text) {
  auto out = escape_html(text);  // control bytes, which XML has none of, become U+FFFD
  // Nor has it these two.
  for (const std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (auto at = out.find(none); at != std::string::npos; at = out.find(none, at)) out.replace(at, 3, "\xEF\xBF\xBD");
  }
  return out;
}
/// An attribute of the type xs:token has no line breaks and no doubled spaces.
std::string token(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space) out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return in_xml(out);
}

struct Suite {
  std::string name, about;
  std::vector<const Violation*> violations;
};

std::string place_of(const Violation& one) { return one.file.empty() ? "the story" : one.file + (one.line > 0 ? ":" + std::to_string(one.line) : ""); }

bool fails(const Checked& checked, const Violation& one) {
  const auto& on = checked.rules.fail_on;
  return !one.waived && (one.severity == "error" ? on != "never" : one.severity == "warn" && on == "warn");
}

std::string case_of(const Checked& checked, const Suite& suite, const Violation& one) {
  auto out = R"(    <testcase name=")" + token(place_of(one) + ": " + one.message) + R"(" classname="bpyd.)" + token(suite.name) + R"(" time="0")";
  if (one.waived) return out + "><skipped message=\"" + token(one.reason) + "\"/></testcase>\n";
  if (!fails(checked, one)) return out + "/>\n";
  return out + "><failure type=\"" + token(one.severity) + "\" message=\"" + token(one.message) + "\">" + in_xml(place_of(one) + "\n" + one.message + "\n" + one.suggestion) + "</failure></testcase>\n";
}

std::string suite_of(const Checked& checked, const Suite& suite, std::size_t id, const std::string& now) {
  const auto count = [&](auto&& which) { return std::to_string(std::ranges::count_if(suite.violations, which)); };
  auto out = "  <testsuite id=\"" + std::to_string(id) + "\" name=\"" + token(suite.name) + "\" package=\"bpyd\" timestamp=\"" + now + "\" hostname=\"localhost\" tests=\"" +
             std::to_string(std::max<std::size_t>(suite.violations.size(), 1)) + "\" failures=\"" + count([&](const Violation* one) { return fails(checked, *one); }) +
             "\" errors=\"0\" skipped=\"" + count([](const Violation* one) { return one->waived; }) + "\" time=\"0\">\n    <properties/>\n";
  if (suite.violations.empty()) out += "    <testcase name=\"" + token(suite.about) + "\" classname=\"bpyd." + token(suite.name) + "\" time=\"0\"/>\n";
  std::string told;
  for (const auto* one : suite.violations) {
    out += case_of(checked, suite, *one);
    if (!one->waived && !fails(checked, *one)) told += one->severity + ": " + place_of(*one) + ": " + one->message + "\n";
  }
  return out + "    <system-out>" + in_xml(told) + "</system-out>\n    <system-err/>\n  </testsuite>\n";
}

/// The rules in force, then the checks that found something.
std::vector<Suite> suites_of(const Checked& checked) {
  std::vector<Suite> out;
  std::map<std::string_view, std::size_t> known;
  const auto suite = [&](const std::string& id, const std::string& check) -> Suite& {
    const auto [at, fresh] = known.try_emplace(id, out.size());
    if (fresh) out.push_back({id, check + " holds", {}});
    return out[at->second];
  };
  for (const auto& rule : checked.rules.rules) {
    if (rule.severity != "off") suite(rule.id, rule.check);
  }
  for (const auto& one : checked.evaluation.violations) suite(one.rule, one.check).violations.push_back(&one);
  return out;
}

}  // namespace

std::string as_text(const Checked& checked) {
  std::map<std::string, std::string> files, waived;
  for (const auto& one : checked.evaluation.violations) text_of(one, (one.waived ? waived : files)[one.file]);
  std::string out;
  const auto print = [&](const auto& groups) {
    for (const auto& [file, lines] : groups) out += (file.empty() ? std::string("the whole story") : file) + "\n" + lines + "\n";
  };
  print(files);
  print(waived);
  for (const auto& row : checked.evaluation.not_evaluated) out += "not evaluated: " + row.rule + ": " + row.why + "\n";
  for (const auto& row : checked.evaluation.unused_waivers) out += "waiver for " + row.rule + " (" + row.reason + "): " + row.why + "\n";
  return without_controls(out) + verdict(checked) + "\n";
}

std::string as_json(const Checked& checked) {
  Report report;
  static_cast<analysis::Evaluation&>(report) = checked.evaluation;
  report.root = checked.root;
  report.title = checked.title;
  return to_json_text(report, 1) + "\n";
}

std::string as_junit(const Checked& checked) {
  const auto now = iso8601_now().substr(0, 19);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  std::size_t id = 0;
  for (const auto& suite : suites_of(checked)) out += suite_of(checked, suite, id++, now);
  const auto& made = checked.evaluation;
  if (made.max_points) {
    Violation points;
    points.severity = "error";
    points.message = "The violations make " + counted(made.points, "point") + ", at most " + std::to_string(*made.max_points) + " are allowed";
    Suite suite{"max_points", points.message, {}};
    if (made.points > *made.max_points) suite.violations.push_back(&points);
    out += suite_of(checked, suite, id, now);
  }
  return out + "</testsuites>\n";
}

}  // namespace bpyd::app::cli
