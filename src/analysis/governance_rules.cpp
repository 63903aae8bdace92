// SPDX-License-Identifier: MIT
// A rules document that anybody may have written: the first fault is named by its JSON pointer.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "governance_kinds.hpp"

namespace bpyd::analysis {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

const Names kRuleSeverities = {"error", "warn", "info", "off"};
const Names kCheckSeverities = {"error", "warn", "info", "off", "own"};
constexpr std::size_t kMostChecks = 1000;
const Names kScopeKeys = {"files", "labels", "tags"};

std::int64_t points_of(std::string_view severity) {
  return severity == "error" ? 10 : severity == "warn" ? 1 : 0;
}

/// JSON Pointer's spelling of a key.
std::string under(const std::string& where, std::string_view key) {
  std::string out = where + "/";
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}
std::string under(const std::string& where, std::size_t index) { return where + "/" + std::to_string(index); }

bool is_date(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  const auto number = [&](std::size_t from, std::size_t size, auto& out) {
    const auto* end = text.data() + from + size;
    return std::from_chars(text.data() + from, end, out).ptr == end && text[from] != '-';
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day)) return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month),
                                     std::chrono::day(day))
      .ok();
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

class Reader {
 public:
  Result<Rules> run(const json& document) {
    allow(document, "",
          {"$schema", "version", "extends", "fail_on", "max_points", "checks", "rules", "waivers"});
    std::string schema;
    text(document, "", "$schema", schema);
    std::int64_t version = 1;
    if (document.contains("version")) number(document["version"], "/version", version);
    if (version != 1) blame("/version", "must be 1");
    std::string extends = "default";
    one_of(document, "", "extends", extends, {"default", "none"});
    if (fault_.empty() && extends == "default") {
      made_ = default_rules();
      made_.waivers.clear();
    }
    one_of(document, "", "fail_on", made_.fail_on, {"error", "warn", "never"});
    if (document.contains("max_points"))
      number(document["max_points"], "/max_points", made_.max_points.emplace());
    if (const auto* all = object(document, "", "checks")) checks(*all);
    if (const auto* all = array(document, "", "rules", kMostRules)) rules(*all);
    if (const auto* all = array(document, "", "waivers", kMostRules)) waivers(*all);
    if (!fault_.empty()) return fail(Code::bad_rules, fault_);
    return std::move(made_);
  }

 private:
  void blame(const std::string& where, const std::string& what) {
    if (fault_.empty()) fault_ = printable_utf8(where.empty() ? "/" : where) + " " + printable_utf8(what);
  }

  void allow(const json& from, const std::string& where, const Names& known) {
    for (const auto& [key, value] : from.items()) {
      if (std::ranges::find(known, key) != known.end()) continue;
      const auto near = nearest(key, known);
      return blame(under(where, key.substr(0, 64)),
                   near.empty() ? "is no member of this: there are " + join(known, ", ")
                                : "is unknown: did you mean '" + near + "'?");
    }
  }

  const json* object(const json& from, const std::string& where, const char* key) {
    const auto found = from.find(key);
    if (!fault_.empty() || found == from.end()) return nullptr;
    if (!found->is_object()) blame(under(where, key), "must be an object");
    return found->is_object() ? &*found : nullptr;
  }
  const json* array(const json& from, const std::string& where, const char* key, std::size_t most) {
    const auto found = from.find(key);
    if (!fault_.empty() || found == from.end()) return nullptr;
    if (!found->is_array())
      blame(under(where, key), "must be a list");
    else if (found->size() > most)
      blame(under(where, key), "has more than " + std::to_string(most) + " members");
    return found->is_array() ? &*found : nullptr;
  }
  void text(const json& from, const std::string& where, const char* key, std::string& into,
            bool needed = false) {
    const auto found = from.find(key);
    if (!fault_.empty()) return;
    if (found == from.end()) {
      if (needed) blame(under(where, key), "is missing");
    } else if (!found->is_string()) {
      blame(under(where, key), "must be a text");
    } else {
      into = found->get<std::string>();
      if (needed && trim(into).empty()) blame(under(where, key), "must not be empty");
      if (into.size() > 4 * kLongest) blame(under(where, key), "is longer than 2048 bytes");
    }
  }
  void one_of(const json& from, const std::string& where, const char* key, std::string& into,
              const Names& words) {
    text(from, where, key, into);
    if (fault_.empty() && std::ranges::find(words, into) == words.end())
      blame(under(where, key), "must be one of: " + join(words, ", "));
  }
  void number(const json& from, const std::string& where, std::int64_t& into) {
    const bool whole =
        from.is_number_unsigned() ||
        (from.is_number_float() && from.get<double>() >= 0 &&
         from.get<double>() <= static_cast<double>(kMostNumber) &&
         from.get<double>() == static_cast<double>(static_cast<std::int64_t>(from.get<double>())));
    if (!whole) return blame(where, "must be a whole number from 0");
    if (from.is_number_unsigned() && from.get<std::uint64_t>() > static_cast<std::uint64_t>(kMostNumber))
      return blame(where, "must be at most 2^40");
    into =
        from.is_number_unsigned() ? from.get<std::int64_t>() : static_cast<std::int64_t>(from.get<double>());
  }
  void texts(const json& from, const std::string& where, const char* key, Names& into, std::size_t most) {
    const auto* list = array(from, where, key, most);
    if (list == nullptr) return;
    const auto here = under(where, key);
    if (list->empty()) return blame(here, "must not be empty");
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto& item = (*list)[i];
      if (!item.is_string() || trim(item.get_ref<const std::string&>()).empty())
        return blame(under(here, i), "must be a text that is not empty");
      if (item.get_ref<const std::string&>().size() > kLongest)
        return blame(under(here, i), "is longer than 512 bytes");
      into.push_back(item.get<std::string>());
    }
  }

  void checks(const json& all) {
    if (all.size() > kMostChecks) { blame("/checks", "names more than 1000 checks"); return; }
    for (const auto& [name, setting] : all.items()) {
      const auto where = under("/checks", name.substr(0, 64));
      if (name != "*" && !is_id(name)) return blame(where, "is no name of a check");
      const auto& known = known_checks();
      if (std::ranges::find(known, name) == known.end()) {
        const auto near = nearest(name, known);
        if (!near.empty()) return blame(where, "is unknown: did you mean '" + near + "'?");
      }
      CheckSetting made;
      if (setting.is_string()) {
        made.severity = setting.get<std::string>();
        if (std::ranges::find(kCheckSeverities, made.severity) == kCheckSeverities.end())
          blame(where, "must be one of: " + join(kCheckSeverities, ", "));
      } else if (setting.is_object()) {
        made.severity = "own";
        allow(setting, where, {"severity", "points", "max"});
        one_of(setting, where, "severity", made.severity, kCheckSeverities);
        if (setting.contains("points"))
          number(setting["points"], under(where, "points"), made.points.emplace());
        if (setting.contains("max")) number(setting["max"], under(where, "max"), made.max);
      } else {
        blame(where, "must be a severity, or an object with one");
      }
      if (!fault_.empty()) return;
      made_.checks[name] = std::move(made);
    }
  }

  void rules(const json& all) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < all.size() && fault_.empty(); ++i) {
      const auto where = under("/rules", i);
      if (!all[i].is_object()) return blame(where, "must be an object");
      auto made = rule(all[i], where);
      if (!fault_.empty()) return;
      if (!seen.insert(made.id).second)
        return blame(where + "/id", "'" + made.id + "' is taken by another rule");
      std::erase_if(made_.rules, [&](const GovernanceRule& other) { return other.id == made.id; });
      made_.rules.push_back(std::move(made));
    }
  }

  GovernanceRule rule(const json& from, const std::string& where) {
    GovernanceRule made;
    made.severity = "error";
    text(from, where, "id", made.id, true);
    if (fault_.empty() && !is_id(made.id)) blame(where + "/id", "must be 1 to 64 letters, digits, - _ .");
    text(from, where, "check", made.check, true);
    const auto* kind = find_kind(made.check);
    if (fault_.empty() && kind == nullptr) {
      Names known;
      for (const auto& row : kind_rows()) known.emplace_back(row.kind.name);
      const auto near = nearest(made.check, known);
      blame(where + "/check", near.empty() ? "must be one of: " + join(known, ", ")
                                           : "is unknown: did you mean '" + near + "'?");
    }
    if (!fault_.empty()) return made;
    Names keys = {"id", "check", "severity", "points", "advice", "scope"};
    keys.insert(keys.end(), kParameters.begin(), kParameters.end());
    allow(from, where, keys);
    for (std::size_t bit = 0; bit < kParameters.size(); ++bit) {
      if (from.contains(kParameters[bit]) && (kind->takes >> bit & 1U) == 0)
        blame(under(where, kParameters[bit]), "does not go with the check " + made.check);
    }
    one_of(from, where, "severity", made.severity, kRuleSeverities);
    made.points = points_of(made.severity);
    if (from.contains("points")) number(from["points"], where + "/points", made.points);
    text(from, where, "advice", made.advice);
    if (const auto* scope = object(from, where, "scope")) read_scope(*scope, where + "/scope", made.scope);
    parameters(from, where, *kind, made);
    return made;
  }

  void parameters(const json& from, const std::string& where, const KindRow& kind, GovernanceRule& made) {
    if (from.contains("min")) number(from["min"], where + "/min", made.min.emplace());
    if (from.contains("max")) number(from["max"], where + "/max", made.max.emplace());
    if (from.contains("within")) number(from["within"], where + "/within", made.within);
    if (from.contains("dialogue")) {
      if (!from["dialogue"].is_boolean())
        blame(where + "/dialogue", "must be true or false");
      else
        made.dialogue = from["dialogue"].get<bool>();
    }
    texts(from, where, "words", made.words, kMostWords);
    texts(from, where, "required", made.required, kMostRules);
    const auto bad = std::ranges::find_if_not(
        made.required, [](const std::string& key) { return is_id(key) && !key.contains('.'); });
    if (bad != made.required.end())
      blame(where + "/required/" + std::to_string(bad - made.required.begin()),
            "must be 1 to 64 letters, digits, - _");
    words_ += made.words.size();
    if (words_ > kMostWords) blame(where + "/words", "makes more than 10000 words in all rules");
    if (!fault_.empty() || made.severity == "off") return;
    if (kind.needs == param::bounds && !made.min && !made.max) blame(where, "needs a 'min' or a 'max'");
    if (made.min && made.max && *made.min > *made.max) blame(where + "/min", "is more than max");
    for (std::size_t bit = 0; bit < kParameters.size(); ++bit) {
      if (kind.needs != param::bounds && (kind.needs >> bit & 1U) != 0 && !from.contains(kParameters[bit]))
        blame(under(where, kParameters[bit]), "is missing: the check " + made.check + " needs it");
    }
  }

  void read_scope(const json& from, const std::string& where, GovernanceScope& into) {
    allow(from, where, kScopeKeys);
    texts(from, where, "files", into.files, kMostPatterns);
    texts(from, where, "labels", into.labels, kMostPatterns);
    texts(from, where, "tags", into.tags, kMostPatterns);
  }

  void waivers(const json& all) {
    for (std::size_t i = 0; i < all.size() && fault_.empty(); ++i) {
      const auto where = under("/waivers", i);
      if (!all[i].is_object()) return blame(where, "must be an object");
      Waiver made;
      allow(all[i], where, {"rule", "files", "labels", "containing", "reason", "until"});
      text(all[i], where, "rule", made.rule, true);
      texts(all[i], where, "files", made.files, kMostPatterns);
      texts(all[i], where, "labels", made.labels, kMostPatterns);
      text(all[i], where, "containing", made.containing);
      text(all[i], where, "reason", made.reason, true);
      text(all[i], where, "until", made.until);
      if (fault_.empty() && all[i].contains("until") && !is_date(made.until))
        blame(where + "/until", "must be a day such as 2026-12-31");
      made_.waivers.push_back(std::move(made));
    }
  }

  Rules made_;
  std::size_t words_ = 0;
  std::string fault_;
};

}  // namespace

Result<Rules> rules_from_json(std::string_view text) {
  if (text.size() > kMostText) return fail(Code::bad_rules, "/ is larger than 1 MiB");
  const auto document = parse_json(text);
  if (!document) return fail(Code::bad_rules, "/ is no JSON: " + document.error().message);
  if (!document->is_object()) return fail(Code::bad_rules, "/ must be an object");
  auto made = Reader().run(*document);
  if (made) made->document = text;
  return made;
}

const Rules& default_rules() {
  static const Rules kRules = [] {
    auto made = rules_from_json(default_rules_text());
    return made ? *std::move(made) : Rules{};
  }();
  return kRules;
}

}  // namespace bpyd::analysis
