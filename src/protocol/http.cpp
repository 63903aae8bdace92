// SPDX-License-Identifier: MIT
// Request targets, decoded once and strictly.
#include "bpyd/protocol/http.hpp"

#include <algorithm>

#include "bpyd/core/strings.hpp"

namespace bpyd::protocol {
namespace {

bool clean(std::string_view text, bool path) {
  const bool controls = std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  return !controls && is_utf8(text) && !(path && text.contains('\\'));
}

bool hides_slash(std::string_view raw) {
  for (auto at = raw.find('%'); at != std::string_view::npos; at = raw.find('%', at + 1)) {
    const auto escape = raw.substr(at, 3);
    if (escape == "%2f" || escape == "%2F" || escape == "%5c" || escape == "%5C") return true;
  }
  return false;
}

Result<std::string> decode_query_part(std::string_view raw) {
  std::string spaced(raw);
  std::ranges::replace(spaced, '+', ' ');
  auto text = percent_decode(spaced);
  if (!text || !clean(*text, false)) return fail(Code::bad_request, "The query of the request target is not clean UTF-8");
  return *std::move(text);
}

Result<QueryPairs> parse_query(std::string_view raw) {
  QueryPairs pairs;
  while (!raw.empty()) {
    const auto end = std::min(raw.find('&'), raw.size());
    const auto part = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto key = decode_query_part(part.substr(0, equals));
    auto value = decode_query_part(part.substr(std::min(equals + 1, part.size())));
    if (!key) return std::unexpected(key.error());
    if (!value) return std::unexpected(value.error());
    pairs.emplace_back(*std::move(key), *std::move(value));
  }
  return pairs;
}

}  // namespace

std::string_view method_text(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::other: break;
  }
  return "other";
}

Response text_response(int status, std::string_view content_type, std::string body) {
  Response response;
  response.status = status;
  response.content_type = content_type;
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

Result<Target> parse_target(std::string_view target) {
  target = target.substr(0, target.find('#'));
  const auto question = std::min(target.find('?'), target.size());
  const auto raw_path = target.substr(0, question);
  if (raw_path.empty() || raw_path.front() != '/' || hides_slash(raw_path)) {
    return fail(Code::bad_request, "The request target is not a plain path");
  }
  auto path = percent_decode(raw_path);
  if (!path || !clean(*path, true)) return fail(Code::bad_request, "The path of the request target is not clean UTF-8");
  auto query = parse_query(target.substr(std::min(question + 1, target.size())));
  if (!query) return std::unexpected(query.error());
  return Target{*std::move(path), *std::move(query)};
}

}  // namespace bpyd::protocol
