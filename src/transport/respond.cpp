// SPDX-License-Identifier: MIT
// Dispatch over assets and routes; response heads written by hand, in one piece.
#include "respond.hpp"

#include <array>
#include <charconv>
#include <exception>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/protocol/error_envelope.hpp"
#include "session_terms.hpp"

namespace bpyd::transport {
namespace {

using protocol::Request;
using protocol::Response;

constexpr std::string_view kFixedHeaders =
    "X-Content-Type-Options: nosniff\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: no-store\r\n";

constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ";

std::string_view status_text(int status) {
  switch (status) {
    case 200: return "200 OK";
    case 201: return "201 Created";
    case 202: return "202 Accepted";
    case 204: return "204 No Content";
    case 303: return "303 See Other";
    case 304: return "304 Not Modified";
    case 400: return "400 Bad Request";
    case 401: return "401 Unauthorized";
    case 403: return "403 Forbidden";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 409: return "409 Conflict";
    case 413: return "413 Content Too Large";
    case 414: return "414 URI Too Long";
    case 415: return "415 Unsupported Media Type";
    case 422: return "422 Unprocessable Content";
    case 426: return "426 Upgrade Required";
    case 429: return "429 Too Many Requests";
    case 431: return "431 Request Header Fields Too Large";
    case 503: return "503 Service Unavailable";
    case 507: return "507 Insufficient Storage";
    default: return "500 Internal Server Error";
  }
}

bool accepts(std::string_view header, std::string_view coding) {
  for (auto& part : split(header, ',')) {
    const auto name = trim(std::string_view(part).substr(0, part.find(';')));
    if (name == coding) return !part.contains("q=0") || part.contains("q=0.");
  }
  return false;
}

Response asset_response(const protocol::Asset& asset, const Request& request) {
  Response response;
  response.content_type = asset.content_type;
  response.etag = asset.etag;
  const auto wanted = request.header("Accept-Encoding");
  std::string_view bytes = asset.identity;
  if (!asset.brotli.empty() && accepts(wanted, "br")) {
    bytes = asset.brotli;
    response.headers.emplace_back("Content-Encoding", "br");
  } else if (!asset.gzip.empty() && accepts(wanted, "gzip")) {
    bytes = asset.gzip;
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.body = std::make_shared<const std::string>(bytes);
  return response;
}

Error not_found(const Core& core, const Request& request) {
  if (const auto owner = core.routes.switched_off(request.path); !owner.empty()) {
    return {Code::switched_off, "'" + std::string(owner) + "' is switched off by the configuration", {}};
  }
  std::vector<std::string> known;
  for (const auto& route : core.routes.all()) known.push_back(route.pattern);
  for (const auto& [path, door] : core.doors.all()) known.push_back(path);
  const auto near = nearest(request.path, known);
  return {Code::route_not_found, "Nothing answers at " + request.path,
          near.empty() ? std::string() : "Did you mean " + near + "? /docs lists every route"};
}

Response no_route(const Core& core, const Request& request, const std::string& allow) {
  if (!allow.empty()) {
    auto response = protocol::error_response({Code::method_not_allowed, std::string(method_text(request.method)) + " is not for " + request.path,
                                              "Use one of: " + allow}, request, protocol::ErrorForm::json);
    response.headers.emplace_back("Allow", allow);
    return response;
  }
  if (core.doors.find(request.path) != nullptr) {
    Error error{Code::bad_request, request.path + " speaks WebSocket", "Connect with a WebSocket client, wscat for one"};
    auto response = protocol::error_response(error, request, protocol::ErrorForm::json);
    response.status = 426;
    response.headers.emplace_back("Upgrade", "websocket");
    return response;
  }
  return protocol::error_response(not_found(core, request), request, protocol::ErrorForm::json);
}

/// Nothing a request makes a handler do may end the process (R30).
template <class Handler>
Answer guarded(const Handler& handler, const Request& request, protocol::ErrorForm form) {
  try {
    return handler(request);
  } catch (const std::exception& exception) {
    log::write(log::Level::error, "transport", "http.handler.exception", exception.what(),
               {{"path", log::without_secrets(request.path)}, {"correlation_id", request.correlation_id}});
  } catch (...) {
    log::write(log::Level::error, "transport", "http.handler.exception", "an exception of an unknown kind",
               {{"path", log::without_secrets(request.path)}, {"correlation_id", request.correlation_id}});
  }
  return protocol::error_response({Code::internal, "Something went wrong inside bpyd"}, request, form);
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const auto start = out.size();
  out.append(value);
  for (std::size_t i = start; i < out.size(); ++i) {
    if (static_cast<unsigned char>(out[i]) < 0x20 || out[i] == 0x7F) out[i] = ' ';
  }
  out += "\r\n";
}

void add_timing(std::string& out, const Response& response, std::chrono::nanoseconds total) {
  std::array<char, 32> text;  // NOLINT: written before it is read
  const auto add = [&](std::string_view name, std::chrono::nanoseconds time) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    auto* end = std::to_chars(text.data(), text.data() + text.size(), micros / 1000).ptr;
    *end++ = '.';
    for (const auto digit : {micros / 100 % 10, micros / 10 % 10, micros % 10}) *end++ = static_cast<char>('0' + digit);
    out.append(name).append(";dur=").append(text.data(), end);
  };
  out += "Server-Timing: ";
  for (const auto& [name, time] : response.timings) {
    add(name, time);
    out += ", ";
  }
  add("total", total);
  out += "\r\n";
}

bool knows(std::string_view if_none_match, const std::string& quoted) {
  return !if_none_match.empty() && (if_none_match == "*" || if_none_match.contains(quoted));
}

}  // namespace

Answer answer(const Core& core, Request& request, bool& publishes) {
  const bool reading = request.method == protocol::Method::get || request.method == protocol::Method::head;
  if (reading) {
    if (auto redirect = request.method == protocol::Method::get ? redeem_link(core, request) : std::nullopt) return *std::move(redirect);
    if (const auto* asset = protocol::find_asset(core.assets, request.path)) return asset_response(*asset, request);
  }
  auto match = core.routes.find(request.method, request.path);
  if (match.route == nullptr) return no_route(core, request, match.allow);
  auto grant = admit(core, request, match.route->scope);
  if (!grant) return protocol::error_response(grant.error(), request, match.route->errors);
  publishes = publishes || match.route->publishes;
  request.params = std::move(match.params);
  request.grant = *std::move(grant);
  if (const auto* plain = std::get_if<protocol::PlainHandler>(&match.route->handler)) {
    return guarded(*plain, request, match.route->errors);
  }
  if (const auto* either = std::get_if<protocol::EitherHandler>(&match.route->handler)) return guarded(*either, request, match.route->errors);
  return std::get<protocol::WaitingHandler>(match.route->handler)(request);
}

void write_response(std::string& out, const Request& request, Response response, const Wire& wire) {
  std::string quoted = response.etag.empty() ? std::string() : "\"" + response.etag + "\"";
  if (response.status == 200 && !quoted.empty() && knows(request.header("If-None-Match"), quoted)) {
    response.status = 304;
    response.body.reset();
  }
  out.reserve(out.size() + 512 + (response.body ? response.body->size() : 0));
  const bool bodiless = response.status == 304 || response.status == 204;
  const std::size_t size = response.body ? response.body->size() : 0;
  out += wire.version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  out.append(status_text(response.status)).append("\r\n");
  if (!bodiless) {
    add_header(out, "Content-Type", response.content_type);
    out.append("Content-Length: ").append(std::to_string(size)).append("\r\n");
  }
  if (!quoted.empty()) add_header(out, "ETag", quoted);
  for (const auto& [name, value] : response.headers) add_header(out, name, value);
  out += kFixedHeaders;
  if (response.content_type.starts_with("text/html")) out.append(kPageHeaders).append(wire.embedders.empty() ? "'none'" : wire.embedders).append("\r\n");
  add_header(out, "X-Correlation-Id", request.correlation_id);
  add_timing(out, response, wire.total);
  if (!wire.keep_alive) out += "Connection: close\r\n";
  else if (wire.version < 11) out += "Connection: keep-alive\r\n";
  out += "\r\n";
  if (!bodiless && !wire.head && size > 0) out += *response.body;
}

}  // namespace bpyd::transport
