// SPDX-License-Identifier: MIT
// The access gate as a table: header in, verdict out.
#include "gate.hpp"

#include <gtest/gtest.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "upgrade.hpp"

namespace bpyd::transport {
namespace {

namespace http = boost::beast::http;

/// Lines of a header, as they would come.
RequestHeader header_of(const std::string& lines) {
  http::request_parser<http::string_body> parser;
  parser.eager(false);
  parser.header_limit(64 * 1024);
  boost::beast::error_code error;
  const std::string text = lines + "\r\n\r\n";
  parser.put(boost::asio::buffer(text), error);
  EXPECT_FALSE(error) << lines.substr(0, 200) << ": " << error.message();
  return parser.get().base();
}

GateOptions gate() {
  GateOptions options;
  options.origins = {"http://127.0.0.1:8766", "http://localhost:8766", "vscode-webview://abc"};
  return options;
}

struct Row {
  const char* lines;
  int code;  ///< 0: let in
};

TEST(Gate, JudgesHostOriginAndSite) {
  const Row table[] = {
      {"GET / HTTP/1.1\r\nHost: 127.0.0.1:8766", 0},
      {"GET / HTTP/1.1\r\nHost: LocalHost", 0},
      {"GET / HTTP/1.1\r\nHost: [::1]:1234", 0},
      {"GET / HTTP/1.0", 0},
      {"GET / HTTP/1.1", 1003},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost", 1003},
      {"GET / HTTP/1.1\r\nHost: evil.example", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost.evil.example", 1403},
      {"GET / HTTP/1.1\r\nHost: 127.0.0.1.nip.io", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost:80x", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost:", 1403},
      {"GET / HTTP/1.1\r\nHost: user@localhost", 1403},
      {"GET http://localhost:8766/x HTTP/1.1\r\nHost: localhost", 0},
      {"GET http://evil.example/x HTTP/1.1\r\nHost: localhost", 1403},
      {"GET ftp://localhost/x HTTP/1.1\r\nHost: localhost", 1003},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:8766", 0},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: vscode-webview://abc", 0},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: vscode-webview://abcd", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost:8766", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: null", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:8766\r\nOrigin: http://evil.example", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin", 0},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document", 0},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe", 1403},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document", 1403},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: tea", 1003},
      {"POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked", 1003},
      {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked", 1003},
  };
  for (const auto& row : table) {
    const auto refusal = judge(header_of(row.lines), false, gate());
    EXPECT_EQ(refusal ? static_cast<int>(refusal->code) : 0, row.code) << row.lines;
  }
}

TEST(Gate, LetsAnEditorHoldAPageWhenOneIsAllowed) {
  const auto frame = [](const std::string& method, const std::string& destination) {
    return header_of(method + " / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: " + destination);
  };
  auto options = gate();
  EXPECT_TRUE(judge(frame("GET", "iframe"), false, options));
  options.embedders = "vscode-webview://abc";
  EXPECT_FALSE(judge(frame("GET", "iframe"), false, options));
  EXPECT_TRUE(judge(frame("POST", "iframe"), false, options));
  EXPECT_TRUE(judge(frame("GET", "object"), false, options));
}

TEST(Gate, WantsJsonWhereSomethingChanges) {
  const std::string start = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
  const auto code = [&](const std::string& more, bool body) {
    const auto refusal = judge(header_of(start + more), body, gate());
    return refusal ? static_cast<int>(refusal->code) : 0;
  };
  EXPECT_EQ(code("Content-Type: application/json", true), 0);
  EXPECT_EQ(code("Content-Type: Application/JSON; charset=utf-8", true), 0);
  EXPECT_EQ(code("Content-Type: text/plain", true), 1415);
  EXPECT_EQ(code("Content-Type: application/x-www-form-urlencoded", true), 1415);
  EXPECT_EQ(code("X: y", true), 1415);
  EXPECT_EQ(code("X: y", false), 0);
}

TEST(Gate, BoundsTargetAndHeaderCount) {
  EXPECT_EQ(judge(header_of("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost"), false, gate())->code, Code::uri_too_long);
  std::string many = "GET / HTTP/1.1\r\nHost: localhost";
  for (int i = 0; i < 100; ++i) many += "\r\nX-" + std::to_string(i) + ": 1";
  EXPECT_EQ(judge(header_of(many), false, gate())->code, Code::headers_too_large);
}

TEST(Upgrade, WantsAKeyOfSixteenBytesAndVersion13) {
  const std::string start = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  EXPECT_TRUE(wants_websocket(header_of(start + key + "Sec-WebSocket-Version: 13")));
  EXPECT_FALSE(judge_upgrade(header_of(start + key + "Sec-WebSocket-Version: 13")));
  EXPECT_TRUE(judge_upgrade(header_of(start + key + "Sec-WebSocket-Version: 8")));
  EXPECT_TRUE(judge_upgrade(header_of(start + "Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13")));
  EXPECT_TRUE(judge_upgrade(header_of(start + "Sec-WebSocket-Version: 13")));
}

}  // namespace
}  // namespace bpyd::transport
