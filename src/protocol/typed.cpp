// SPDX-License-Identifier: MIT
// Where a typed handler's input comes from.
#include "bpyd/protocol/typed.hpp"

#include <nlohmann/json.hpp>

namespace bpyd::protocol::detail {

Result<void> read_input(const Request& request, ObjectRef into) {
  if (request.method == Method::get || request.method == Method::head || request.method == Method::del) {
    QueryPairs all = request.params;
    all.insert(all.end(), request.query.begin(), request.query.end());
    return bpyd::detail::read_query(all, into);
  }
  auto body = request.body.empty() ? Result<nlohmann::json>(nlohmann::json::object()) : parse_json_object(request.body);
  if (!body) return std::unexpected(body.error());
  for (const auto& [name, value] : request.params) (*body)[name] = value;
  return bpyd::detail::read_json(*body, into, UnknownKeys::ignored);
}

}  // namespace bpyd::protocol::detail
