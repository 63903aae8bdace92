// SPDX-License-Identifier: MIT
// The access gate: judges a request by its header alone, before any of its body is read.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bpyd/core/error.hpp"

namespace bpyd::transport {

using RequestHeader = boost::beast::http::request_header<>;

struct GateOptions {
  std::vector<std::string> hosts = {"127.0.0.1", "localhost", "[::1]"};
  std::vector<std::string> origins;  ///< own origins and those allowed at start, whole
  std::string embedders;             ///< those allowed at start, as frame-ancestors names them; empty: no page may hold ours
  std::size_t target_limit = 8 * 1024;
  std::size_t header_count = 100;
  std::size_t header_bytes = 16 * 1024;
};

/// What the rules R2 to R5 and the framing rules of safety.md say of this header. `json_body`: there is a
/// body, which must be JSON. Nothing: let it in. Pure.
std::optional<Error> judge(const RequestHeader& header, bool json_body, const GateOptions& options);

/// "http://host:port/path" → "/path"; an origin-form target as it is.
std::string_view origin_form(std::string_view target);

}  // namespace bpyd::transport
