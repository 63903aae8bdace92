// SPDX-License-Identifier: MIT
// The rules document as a JSON Schema, and the one that is shipped.
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "governance_kinds.hpp"

namespace bpyd::analysis {
namespace {

using Json = nlohmann::ordered_json;

Json whole(const char* about) {
  return {{"type", "integer"}, {"minimum", 0}, {"maximum", kMostNumber}, {"description", about}};
}
Json text(const char* about) { return {{"type", "string"}, {"pattern", "\\S"}, {"description", about}}; }
Json texts(const char* about, std::size_t most = kMostPatterns) {
  return {{"type", "array"},
          {"minItems", 1},
          {"maxItems", most},
          {"items", {{"type", "string"}, {"pattern", "\\S"}, {"maxLength", kLongest}}},
          {"description", about}};
}
Json one_of(const char* about, const std::vector<std::string>& words) {
  return {{"enum", words}, {"description", about}};
}
Json closed(Json properties, std::vector<std::string> required = {}) {
  Json out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = std::move(required);
  return out;
}

Json checks() {
  const auto severity =
      one_of("own: as docs/checks.md says; off: it does not count", {"error", "warn", "info", "off", "own"});
  Json setting;
  setting["anyOf"] = {severity, closed({{"severity", severity},
                                        {"points", whole("what each finding counts")},
                                        {"max", whole("so many findings are let pass")}})};
  return {{"type", "object"},
          {"description", "how the checks of docs/checks.md count; *: those not named"},
          {"maxProperties", 1000},
          {"propertyNames", {{"pattern", "^(\\*|[A-Za-z0-9._-]{1,64})$"}}},
          {"additionalProperties", std::move(setting)}};
}

Json keys() {
  auto out = texts("keys that the comments of a label must have", kMostRules);
  out["items"] = {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]{1,64}$"}};
  return out;
}

/// What a rule of one kind must say, and must not.
Json of_kind(const KindRow& row) {
  Json then = Json::object(), without = Json::object();
  for (std::size_t bit = 0; bit < kParameters.size(); ++bit) {
    if ((row.takes >> bit & 1U) == 0) without[kParameters[bit]] = false;
    if (row.needs != param::bounds && (row.needs >> bit & 1U) != 0)
      then["required"].push_back(kParameters[bit]);
  }
  if (row.needs == param::bounds) then["anyOf"] = {{{"required", {"min"}}}, {{"required", {"max"}}}};
  Json needed{
      {"if", {{"not", {{"required", {"severity"}}, {"properties", {{"severity", {{"const", "off"}}}}}}}}}};
  needed["then"] = std::move(then);
  return {{"if", {{"required", {"check"}}, {"properties", {{"check", {{"const", row.kind.name}}}}}}},
          {"then", {{"properties", std::move(without)}, {"allOf", {std::move(needed)}}}}};
}

Json rules() {
  Json kinds = Json::array(), each = Json::array();
  for (const auto& row : kind_rows()) {
    kinds.push_back({{"const", row.kind.name}, {"description", row.kind.about}});
    each.push_back(of_kind(row));
  }
  Json properties{
      {"id",
       {{"type", "string"},
        {"pattern", "^[A-Za-z0-9._-]{1,64}$"},
        {"description", "its own; that of a shipped rule replaces it"}}},
      {"check", {{"oneOf", std::move(kinds)}, {"description", "what it is about"}}},
      {"severity",
       one_of("error when it is not said; off: it does not count", {"error", "warn", "info", "off"})},
      {"points", whole("what each violation counts; not said: error 10, warn 1, info 0")},
      {"advice", {{"type", "string"}, {"description", "what to do, in place of what bpyd suggests"}}},
      {"scope", closed({{"files", texts("patterns of files: game/chapter1*")},
                        {"labels", texts("patterns of labels: ch1_*")},
                        {"tags", texts("patterns of tags, from comments such as # @tags: night")}})},
      {"min", whole("the floor")},
      {"max", whole("the ceiling")},
      {"within", whole("percent off the median that are allowed")},
      {"dialogue",
       {{"type", "boolean"}, {"description", "what is said or shown behind a choice is an effect (true)"}}},
      {"words", texts("words and phrases; * stands for any letters", kMostWords)},
      {"required", keys()}};
  auto rule = closed(std::move(properties), {"id", "check"});
  rule["allOf"] = std::move(each);
  return {{"type", "array"}, {"maxItems", kMostRules}, {"items", std::move(rule)}};
}

Json waivers() {
  auto waiver = closed({{"rule", text("a rule's id, or a check")},
                        {"files", texts("patterns of files")},
                        {"labels", texts("patterns of labels")},
                        {"containing", {{"type", "string"}, {"description", "in the violation's message"}}},
                        {"reason", text("why it is let pass")},
                        {"until",
                         {{"type", "string"},
                          {"format", "date"},
                          {"pattern", "^\\d{4}-\\d{2}-\\d{2}$"},
                          {"description", "the last day; not said: for good"}}}},
                       {"rule", "reason"});
  return {{"type", "array"}, {"maxItems", kMostRules}, {"items", std::move(waiver)}};
}

}  // namespace

std::string rules_schema() {
  auto out = closed({{"$schema", {{"type", "string"}}},
                     {"version", {{"const", 1}}},
                     {"extends", one_of("default: the shipped rules hold too", {"default", "none"})},
                     {"fail_on", one_of("what makes a story not pass", {"error", "warn", "never"})},
                     {"max_points", whole("more points than this do not pass either")},
                     {"checks", checks()},
                     {"rules", rules()},
                     {"waivers", waivers()}});
  Json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"title", "bpyd governance rules"},
                {"description", "What a project asks of its story: .branchpy/governance.json"}};
  document.update(out);
  return dump_json(document, 2) + "\n";
}

std::string default_rules_text() {
  return R"({
  "version": 1,
  "extends": "none",
  "fail_on": "error",
  "checks": {
    "*": "own",
    "unreachable-label": "off"
  },
  "rules": [
    {"id": "unreachable-labels", "check": "unreachable-labels", "max": 0, "severity": "warn"},
    {"id": "choice-without-effect", "check": "choice-without-effect", "severity": "warn"},
    {"id": "minutes-without-choice", "check": "minutes-without-choice", "max": 20, "severity": "info"}
  ]
}
)";
}

}  // namespace bpyd::analysis
