// SPDX-License-Identifier: MIT
// A request and its response as handlers see them: no socket, no Beast.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/protocol/grant.hpp"

namespace bpyd::protocol {

enum class Method : std::uint8_t { get, head, post, put, patch, del, other };
std::string_view method_text(Method method);

/// Looks a header up by name, case-insensitively; empty when absent.
class Headers {
 public:
  virtual ~Headers() = default;
  [[nodiscard]] virtual std::string_view get(std::string_view name) const = 0;
};

/// Valid until the response is given; a waiting handler copies what it needs.
struct Request {
  Method method = Method::get;
  std::string path;    ///< percent-decoded once, without the query
  QueryPairs query;    ///< decoded
  QueryPairs params;   ///< what {name} in the route's pattern matched
  std::string_view body;
  std::string correlation_id;
  const Headers* headers = nullptr;
  Grant grant;  ///< what the caller's token allows

  [[nodiscard]] std::string_view header(std::string_view name) const {
    return headers == nullptr ? std::string_view{} : headers->get(name);
  }
};

/// Body text that many responses may share.
using SharedText = std::shared_ptr<const std::string>;

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  ///< of static lifetime
  SharedText body;
  std::string etag;  ///< unquoted; with If-None-Match it makes the 304
  QueryPairs headers;
  std::optional<Code> error;  ///< when this is an error's answer
  std::vector<std::pair<std::string_view, std::chrono::nanoseconds>> timings;  ///< for Server-Timing
};

Response text_response(int status, std::string_view content_type, std::string body);

/// Splits and decodes a request target. bad_request when an escape is broken or the path holds
/// NUL, control bytes, `\`, an encoded slash or bytes that are not UTF-8 (R12).
struct Target {
  std::string path;
  QueryPairs query;
};
Result<Target> parse_target(std::string_view target);

}  // namespace bpyd::protocol
