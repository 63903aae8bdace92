// SPDX-License-Identifier: MIT
// Host, Origin, Sec-Fetch, framing and content type: the rules that hold on every route and door.
#include "gate.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/verb.hpp>

#include "bpyd/core/strings.hpp"

namespace bpyd::transport {
namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;
using Refusal = std::optional<Error>;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::size_t count(const RequestHeader& header, http::field name) {
  return static_cast<std::size_t>(header.count(name));
}

/// "LOCALHOST:8766" is ours; "evil.example", "localhost.evil.example:1" and "127.1" are not.
bool own_authority(std::string_view authority, const GateOptions& options) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const auto name = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    const auto port = authority.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) return false;
  }
  return std::ranges::any_of(options.hosts, [&](const std::string& host) { return iequals(host, name); });
}

std::string_view absolute_authority(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return {};
  const auto rest = target.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

Refusal judge_host(const RequestHeader& header, const GateOptions& options) {
  const auto hosts = count(header, http::field::host);
  if (hosts > 1 || (hosts == 0 && header.version() >= 11)) {
    return Error{Code::bad_request, "A request carries exactly one Host header"};
  }
  const auto target = view(header.target());
  std::string_view authority = hosts == 0 ? std::string_view("localhost") : trim(view(header[http::field::host]));
  if (!target.starts_with('/') && target != "*") {
    const auto scheme = target.substr(0, target.find("://"));
    if (!iequals(scheme, "http") && !iequals(scheme, "https")) {
      return Error{Code::bad_request, "The request target is neither a path nor an http URL"};
    }
    if (!own_authority(absolute_authority(target), options)) {
      return Error{Code::foreign_origin, "The request names a host that is not this daemon's"};
    }
  }
  if (!own_authority(authority, options)) {
    return Error{Code::foreign_origin, "Host '" + printable_utf8(authority.substr(0, 100)) + "' is not this daemon's"};
  }
  return {};
}

bool own_origin(const RequestHeader& header, const GateOptions& options) {
  return count(header, http::field::origin) == 1 &&
         std::ranges::any_of(options.origins, [&](const std::string& origin) { return origin == view(header[http::field::origin]); });
}

Refusal judge_origin(const RequestHeader& header, const GateOptions& options) {
  if (count(header, http::field::origin) == 0 || own_origin(header, options)) return {};
  return Error{Code::foreign_origin,
               "Origin '" + printable_utf8(view(header[http::field::origin]).substr(0, 100)) + "' is not this daemon's"};
}

Refusal judge_fetch_site(const RequestHeader& header, const GateOptions& options) {
  const auto site = view(header["Sec-Fetch-Site"]);
  if (header.count("Sec-Fetch-Site") > 1) return Error{Code::foreign_origin, "A request carries Sec-Fetch-Site once"};
  if (!iequals(site, "cross-site") && !iequals(site, "same-site")) return {};
  const bool navigation = header.method() == http::verb::get && iequals(view(header["Sec-Fetch-Mode"]), "navigate") &&
                          iequals(view(header["Sec-Fetch-Dest"]), "document");
  // Which page it is that holds ours, the browser judges by frame-ancestors.
  const bool embedding = !options.embedders.empty() && header.method() == http::verb::get &&
                         iequals(view(header["Sec-Fetch-Mode"]), "navigate") && iequals(view(header["Sec-Fetch-Dest"]), "iframe");
  if (embedding) return {};
  // Our page on one of our ports talking to the other is same-site, with an Origin of ours.
  if (navigation || (iequals(site, "same-site") && own_origin(header, options))) return {};
  return Error{Code::foreign_origin, "Another site's page sent this request"};
}

Refusal judge_framing(const RequestHeader& header) {
  const auto codings = count(header, http::field::transfer_encoding);
  if (codings > 0 && (codings > 1 || header.version() < 11 || !iequals(trim(view(header[http::field::transfer_encoding])), "chunked"))) {
    return Error{Code::bad_request, "Only a single chunked Transfer-Encoding is understood"};
  }
  if (codings > 0 && count(header, http::field::content_length) > 0) {
    return Error{Code::bad_request, "Content-Length and Transfer-Encoding exclude each other"};
  }
  if (count(header, http::field::expect) > 0 && !iequals(view(header[http::field::expect]), "100-continue")) {
    return Error{Code::bad_request, "Only Expect: 100-continue is understood"};
  }
  return {};
}

/// As on the wire: name, colon, space, value, end of line.
std::size_t size_of(const RequestHeader& header) {
  std::size_t bytes = 0;
  for (const auto& line : header) bytes += line.name_string().size() + line.value().size() + 4;
  return bytes;
}

bool is_json(std::string_view type) { return iequals(trim(type.substr(0, type.find(';'))), "application/json"); }

Refusal judge_body(const RequestHeader& header, bool json_body) {
  const bool safe = header.method() == http::verb::get || header.method() == http::verb::head || header.method() == http::verb::options;
  if (safe || !json_body) return {};
  if (count(header, http::field::content_type) == 1 && is_json(view(header[http::field::content_type]))) return {};
  return Error{Code::content_type, "A request that changes something sends application/json, not '" +
                                       printable_utf8(view(header[http::field::content_type]).substr(0, 80)) + "'"};
}

}  // namespace

std::string_view origin_form(std::string_view target) {
  const auto authority = absolute_authority(target);
  if (authority.empty()) return target;
  const auto end = static_cast<std::size_t>(authority.data() - target.data()) + authority.size();
  return end == target.size() ? std::string_view("/") : target.substr(end);
}

std::optional<Error> judge(const RequestHeader& header, bool json_body, const GateOptions& options) {
  if (header.target().size() > options.target_limit) {
    return Error{Code::uri_too_long, "The request target is longer than 8 KiB"};
  }
  if (static_cast<std::size_t>(std::distance(header.begin(), header.end())) > options.header_count) {
    return Error{Code::headers_too_large, "The request has more than 100 headers"};
  }
  if (size_of(header) > options.header_bytes) return Error{Code::headers_too_large, "The request headers are over 16 KiB"};
  if (auto refusal = judge_host(header, options)) return refusal;
  if (auto refusal = judge_framing(header)) return refusal;
  if (auto refusal = judge_origin(header, options)) return refusal;
  if (auto refusal = judge_fetch_site(header, options)) return refusal;
  return judge_body(header, json_body);
}

}  // namespace bpyd::transport
