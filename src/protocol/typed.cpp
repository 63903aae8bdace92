// SPDX-License-Identifier: MIT
// Where a typed handler's input comes from.
#include "bpyd/protocol/typed.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bpyd::protocol::detail {
namespace {

// A megabyte of nothing but brackets and commas would keep the loop busy for a tenth of a second.
constexpr std::ptrdiff_t kMostValues = 50'000;

Result<nlohmann::json> parse_body(std::string_view body) {
  const auto values = std::ranges::count_if(body, [](char c) { return c == ',' || c == '[' || c == '{'; });
  if (values > kMostValues) return fail(Code::too_large, "The request body holds more than 50000 values");
  return parse_json_object(body);
}

}  // namespace

Result<void> read_input(const Request& request, ObjectRef into) {
  if (request.method == Method::get || request.method == Method::head || request.method == Method::del) {
    QueryPairs all = request.params;
    all.insert(all.end(), request.query.begin(), request.query.end());
    return bpyd::detail::read_query(all, into);
  }
  auto body = request.body.empty() ? Result<nlohmann::json>(nlohmann::json::object()) : parse_body(request.body);
  if (!body) return std::unexpected(body.error());
  for (const auto& [name, value] : request.params) (*body)[name] = value;
  return bpyd::detail::read_json(*body, into, UnknownKeys::ignored);
}

}  // namespace bpyd::protocol::detail
