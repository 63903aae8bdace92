// SPDX-License-Identifier: MIT
// The floor: an epoll loop that sends the same pre-encoded bytes. Whatever /publish sends goes to
// every connection on /subscribe: one send() per subscriber for what one read brought.
#include <fcntl.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "wire.hpp"

namespace {

struct Connection {
  std::string in, out;
  bool open = false, publisher = false;
};

int epoll_fd;
std::unordered_map<int, std::unique_ptr<Connection>> connections;
std::vector<int> subscribers;

void flush(int fd, Connection& connection) {
  const auto sent = ::send(fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) connection.out.erase(0, static_cast<std::size_t>(sent));
}

void fan_out(const std::string& bytes) {
  for (const int fd : subscribers) {
    Connection& connection = *connections[fd];
    if (connection.out.empty()) {
      const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent == static_cast<ssize_t>(bytes.size())) continue;
      connection.out.append(bytes, static_cast<std::size_t>(sent < 0 ? 0 : sent));
    } else {
      connection.out += bytes;
    }
  }
}

void handshake(int fd, Connection& connection) {
  const auto end = connection.in.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const auto key = connection.in.find("Sec-WebSocket-Key: ") + 19;
  const auto response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                        bench::accept_key(connection.in.substr(key, 24)) + "\r\n\r\n";
  connection.publisher = connection.in.starts_with("GET /publish");
  connection.open = true;
  connection.in.erase(0, end + 4);
  if (!connection.publisher) subscribers.push_back(fd);
  ::send(fd, response.data(), response.size(), MSG_NOSIGNAL);
}

bool readable(int fd, Connection& connection) {
  static char buffer[65536];
  const auto got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got == 0) return false;
  if (got < 0) return true;
  connection.in.append(buffer, static_cast<std::size_t>(got));
  if (!connection.open) handshake(fd, connection);
  if (!connection.open || !connection.publisher) {
    if (connection.open) connection.in.clear();
    return true;
  }
  std::string batch;
  std::size_t used = 0;
  for (;;) {
    const auto parsed = bench::parse(std::string_view(connection.in).substr(used));
    if (parsed.size == 0) break;
    if (parsed.opcode == 1) batch += bench::frame(1, parsed.payload, false);
    used += parsed.size;
  }
  connection.in.erase(0, used);
  if (!batch.empty()) fan_out(batch);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  bench::raise_descriptors();
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = bench::loopback(argc > 1 ? std::atoi(argv[1]) : 0);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 || ::listen(listener, 4096) < 0) bench::die("listen");
  epoll_fd = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    epoll_event events[512];
    const int count = ::epoll_wait(epoll_fd, events, 512, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        for (int made; (made = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
          bench::no_delay(made);
          connections[made] = std::make_unique<Connection>();
          event.events = EPOLLIN | EPOLLOUT | EPOLLET;
          event.data.fd = made;
          ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, made, &event);
        }
        continue;
      }
      Connection& connection = *connections[fd];
      if ((events[i].events & EPOLLOUT) != 0 && !connection.out.empty()) flush(fd, connection);
      if ((events[i].events & EPOLLIN) != 0 && !readable(fd, connection)) {
        std::erase(subscribers, fd);
        connections.erase(fd);
        ::close(fd);
      }
    }
  }
}
