// SPDX-License-Identifier: MIT
// The opening handshake's own rules.
#include "upgrade.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
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
  if (header.count(http::field::sec_websocket_version) != 1 || header[http::field::sec_websocket_version] != "13") {
    return Error{Code::bad_request, "Only version 13 of the WebSocket protocol is spoken here"};
  }
  return {};
}

std::string upgrade_response(std::string_view key, std::string_view protocol, std::string_view extension) {
  const auto text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> accept{};
  const int size = ::EVP_EncodeBlock(accept.data(), digest.data(), static_cast<int>(digest.size()));
  std::string response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  response.append(reinterpret_cast<const char*>(accept.data()), static_cast<std::size_t>(size)).append("\r\n");
  if (!protocol.empty()) response.append("Sec-WebSocket-Protocol: ").append(protocol).append("\r\n");
  if (!extension.empty()) response.append("Sec-WebSocket-Extensions: ").append(extension).append("\r\n");
  return response + "\r\n";
}

}  // namespace bpyd::transport
