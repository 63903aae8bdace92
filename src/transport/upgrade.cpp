// SPDX-License-Identifier: MIT
// The opening handshake's own rules.
#include "upgrade.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace bpyd::transport {
namespace {

namespace http = boost::beast::http;

/// 16 bytes in base64: 22 characters and two signs of padding.
bool is_key(boost::beast::string_view key) {
  const auto base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return key.size() == 24 && key.substr(22) == "==" && std::all_of(key.begin(), key.begin() + 22, base64);
}

}  // namespace

bool wants_websocket(const RequestHeader& header) {
  return http::token_list{header[http::field::upgrade]}.exists("websocket");
}

std::optional<Error> judge_upgrade(const RequestHeader& header) {
  if (header.method() != http::verb::get || header.version() < 11 ||
      !http::token_list{header[http::field::connection]}.exists("upgrade")) {
    return Error{Code::bad_request, "A WebSocket upgrade is a GET of HTTP/1.1 with Connection: Upgrade"};
  }
  if (header.count(http::field::sec_websocket_key) != 1 || !is_key(header[http::field::sec_websocket_key])) {
    return Error{Code::bad_request, "Sec-WebSocket-Key is not 16 bytes in base64"};
  }
  if (header[http::field::sec_websocket_version] != "13") {
    return Error{Code::bad_request, "Only version 13 of the WebSocket protocol is spoken here"};
  }
  return {};
}

}  // namespace bpyd::transport
