// SPDX-License-Identifier: MIT
// JSON from outside, read by two readers: the walker of the wire path and the parser take the same texts
// (numbers beyond a double aside) and see the same members. What is written can be read again.
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/json_scan.hpp"
#include "bpyd/core/strings.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

void same_members(const JsonMembers& walked, const nlohmann::json& parsed) {
  for (const auto& name : walked.names()) {
    const auto raw = *walked.raw(name);
    const auto value = nlohmann::json::parse(raw, nullptr, false);
    demand(parsed.contains(name) && parsed[name] == value);
    demand(nlohmann::json::parse(on_one_line(raw), nullptr, false) == value && !on_one_line(raw).contains('\n'));
    const auto text = walked.text(name);
    demand(text.has_value() == value.is_string() && (!text || *text == value.get_ref<const std::string&>()));
  }
  demand(walked.names().size() >= parsed.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto walked = JsonMembers::scan(text);
  const auto parsed = parse_json_object(text);
  demand(!walked || parsed || parsed.error().message.contains("out of range"));
  demand(walked || !parsed);
  if (walked && parsed) same_members(*walked, *parsed);
  if (parsed) demand(parse_json_object(parsed->dump()) == *parsed);
  std::string quoted;
  append_json_string(quoted, text);
  const auto back = nlohmann::json::parse(quoted, nullptr, false);
  demand(back.is_string() && (!is_utf8(text) || back.get_ref<const std::string&>() == text));
  const auto shown = printable_utf8(text), html = escape_html(shown);
  demand(is_utf8(shown) && is_utf8(html) && html.find_first_of("<>\"'") == std::string::npos);
  return 0;
}
