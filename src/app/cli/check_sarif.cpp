// SPDX-License-Identifier: MIT
// SARIF 2.1.0 (OASIS): what code scanning services take.
#include <map>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "check_formats.hpp"

namespace bpyd::app::cli {
namespace {

using analysis::Violation;
using Json = nlohmann::ordered_json;

const char* level_of(std::string_view severity) { return severity == "error" ? "error" : severity == "warn" ? "warning" : "note"; }

/// A relative reference: each part encoded, the slashes kept.
std::string uri_of(const std::string& file) {
  std::string out;
  for (const auto& part : split(file, '/')) out += (out.empty() ? "" : "/") + percent_encode(part);
  return out;
}

std::string in_words(std::string text) {
  for (auto& c : text) {
    if (c == '-') c = ' ';
  }
  return text;
}

std::string about(const std::string& check) {
  for (const auto& kind : analysis::governance_kinds()) {
    if (check == kind.name) return kind.about;
  }
  return "The check for " + in_words(check) + ": see docs/checks.md";
}

/// What rules there are, and the number of each.
struct RuleTable {
  Json rows = Json::array();
  std::map<std::string, std::size_t> index;
  void add(const std::string& id, const std::string& check, const std::string& severity) {
    if (!index.try_emplace(id, rows.size()).second) return;
    rows.push_back({{"id", id},
                    {"shortDescription", {{"text", about(check)}}},
                    {"defaultConfiguration", {{"level", level_of(severity)}}},
                    {"properties", {{"check", check}}}});
  }
};

Json location_of(const Checked& checked, const Violation& one) {
  const auto& file = one.file.empty() ? checked.first_script : one.file;
  Json place{{"physicalLocation",
              {{"artifactLocation", {{"uri", uri_of(file)}, {"uriBaseId", "PROJECT"}}},
               {"region", {{"startLine", std::max<std::int64_t>(one.line, 1)}}}}}};
  if (!one.label.empty()) place["logicalLocations"] = {{{"name", one.label}, {"kind", "function"}}};
  return place;
}

Json result_of(const Checked& checked, const RuleTable& rules, const Violation& one) {
  Json result{{"ruleId", one.rule},
              {"ruleIndex", rules.index.at(one.rule)},
              {"level", level_of(one.severity)},
              {"message", {{"text", one.message + (one.suggestion.empty() ? "" : ". " + one.suggestion)}}}};
  if (!one.file.empty() || !checked.first_script.empty()) result["locations"] = Json::array({location_of(checked, one)});
  result["partialFingerprints"] = {{"bpydKey/v1", one.key}};
  if (one.waived) result["suppressions"] = {{{"kind", "external"}, {"status", "accepted"}, {"justification", one.reason}}};
  result["properties"] = {{"points", one.points}};
  if (one.value) result["properties"]["value"] = *one.value;
  if (one.limit) result["properties"]["limit"] = *one.limit;
  return result;
}

Json invocation_of(const Checked& checked) {
  Json notes = Json::array();
  const auto note = [&](const std::string& text) { notes.push_back({{"level", "warning"}, {"message", {{"text", text}}}}); };
  for (const auto& row : checked.evaluation.not_evaluated) note("The rule " + row.rule + " was not evaluated: " + row.why);
  for (const auto& row : checked.evaluation.unused_waivers) note("The waiver for " + row.rule + " lets nothing pass: " + row.why);
  Json out{{"executionSuccessful", true}};
  if (!notes.empty()) out["toolConfigurationNotifications"] = std::move(notes);
  return out;
}

}  // namespace

std::string as_sarif(const Checked& checked) {
  RuleTable rules;
  for (const auto& rule : checked.rules.rules) {
    if (rule.severity != "off") rules.add(rule.id, rule.check, rule.severity);
  }
  for (const auto& one : checked.evaluation.violations) rules.add(one.rule, one.check, one.severity);
  Json results = Json::array();
  for (const auto& one : checked.evaluation.violations) results.push_back(result_of(checked, rules, one));
  Json run{{"tool", {{"driver", {{"name", "bpyd"}, {"version", BPYD_VERSION}, {"rules", std::move(rules.rows)}}}}},
           {"invocations", Json::array({invocation_of(checked)})},
           {"originalUriBaseIds", {{"PROJECT", {{"description", {{"text", "The project's folder"}}}}}}},
           {"columnKind", "unicodeCodePoints"},
           {"results", std::move(results)}};
  return dump_json({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}}, 1) + "\n";
}

}  // namespace bpyd::app::cli
