// SPDX-License-Identifier: MIT
// The server's clocks, with real sockets and short limits.
#include "bpyd/transport/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bpyd::transport {
namespace {

using std::chrono::milliseconds;

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ~Client() { ::close(fd_); }
  void send(std::string_view bytes) { [[maybe_unused]] const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// True at the end of the stream.
  bool ended() {
    char buffer[4096];
    for (;;) {
      const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
      else return got == 0 || (errno != EAGAIN && errno != ENOTCONN);
    }
  }
  std::string text;

 private:
  int fd_;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    protocol::Route route(protocol::Method::get, "/ok", protocol::Scope::read);
    route.handler = protocol::PlainHandler([](const protocol::Request&) { return protocol::text_response(200, "text/plain", "ok"); });
    EXPECT_TRUE(routes.add(std::move(route)));
    protocol::Route change(protocol::Method::post, "/ok", protocol::Scope::admin);
    change.handler = protocol::PlainHandler([](const protocol::Request&) -> protocol::Response { throw std::runtime_error("boom"); });
    EXPECT_TRUE(routes.add(std::move(change)));
    EXPECT_TRUE(doors.add({"/ws", protocol::Scope::read}));
    ServerOptions options;
    options.ws_port = 0;
    options.header_time = options.body_time = options.idle_time = milliseconds(100);
    server = std::make_unique<Server>(loop, options, routes, doors, hub, protocol::Assets{});
    port = server->listen().value().http;
    server->start();
  }
  bool ends(Client& client) { return loop.run_until([&] { return client.ended(); }, milliseconds(10000)); }

  runtime::Loop loop;
  protocol::RouteTable routes;
  hub::DoorTable doors;
  runtime::Metrics metrics;
  hub::Hub hub{loop, {}, metrics};
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

TEST_F(ServerTest, EndsConnectionsThatNeverFinishTheirHeaderBodyOrPause) {
  Client silent(port), slow_header(port), slow_body(port), paused(port);
  slow_header.send("GET /ok HTTP/1.1\r\nHost: loc");
  slow_body.send("POST /ok HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
  paused.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (Client* client : {&silent, &slow_header, &slow_body, &paused}) EXPECT_TRUE(ends(*client));
  EXPECT_TRUE(paused.text.starts_with("HTTP/1.1 200 OK"));
  EXPECT_EQ(silent.text, "");
  EXPECT_TRUE(loop.run_until([&] { return server->connections() == 0; }, milliseconds(5000)));
}

TEST_F(ServerTest, TurnsAnExceptionOfAHandlerIntoAnInternalError) {
  Client client(port);
  client.send("POST /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(ends(client));
  EXPECT_TRUE(client.text.starts_with("HTTP/1.1 500 ")) << client.text;
  EXPECT_NE(client.text.find("BPY-2000"), std::string::npos);
  EXPECT_EQ(client.text.find("boom"), std::string::npos);
}

TEST_F(ServerTest, ClosesInOrder) {
  Client idle(port);
  EXPECT_TRUE(loop.run_until([&] { return server->connections() == 1; }, milliseconds(5000)));
  bool done = false;
  server->stop_accepting();
  server->close(milliseconds(500), [&] { done = true; });
  EXPECT_TRUE(loop.run_until([&] { return done; }, milliseconds(5000)));
  EXPECT_EQ(server->connections(), 0U);
}

}  // namespace
}  // namespace bpyd::transport
