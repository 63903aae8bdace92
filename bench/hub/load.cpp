// SPDX-License-Identifier: MIT
// The load: N subscribers and W publishers in one process, sharing C connections, each publisher
// with one message under way: its next goes out, by a send of its own, when everybody has the last. Checks that every subscriber gets every
// publisher's messages once and in order, and reads the server's CPU time around the run.
//   load KIND HOST_PORT PUBLISH_PORT SERVER_PID CLIENTS SIZE OUTSTANDING SECONDS CONNECTIONS [subscribe path] [publish path]
// KIND: text (the payload itself), bpyd, bpyd-http, nats, mqtt. Prints one JSON object.
#include <dirent.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <vector>

#include "wire.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string kind, subscribe_path, publish_path;
  int port, publish_port, server, clients, size, window, connections;
  double seconds;
} options;

struct Subscriber {
  int fd = -1;
  std::string tail;         // the end of what came, when a number may be cut
  std::vector<std::int64_t> last;  // by publisher
};

std::vector<Subscriber> subscribers;
int epoll_fd;
struct Publisher {
  int fd = -1;
  std::int64_t number = -1;      // of the message under way
  std::int32_t missing = 0;      // subscribers that have not got it
  Clock::time_point sent_at;
};
std::vector<Publisher> publishers;
std::vector<std::size_t> idle;   // publishers whose message everybody has
std::array<std::uint64_t, 1200> histogram{};  // 50 buckets a factor of ten, from 1 µs
std::uint64_t messages = 0, deliveries = 0, lost = 0, doubled = 0, bytes_in = 0;
bool measuring = false;

std::size_t bucket(double micros) { return static_cast<std::size_t>(std::clamp(std::log10(std::max(micros, 1.0)) * 150, 0.0, 1199.0)); }

double quantile(double q) {
  std::uint64_t total = 0, seen = 0;
  for (const auto count : histogram) total += count;
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    seen += histogram[i];
    if (static_cast<double>(seen) >= q * static_cast<double>(total)) return std::pow(10.0, (static_cast<double>(i) + 0.5) / 150) / 1000;
  }
  return 0;
}

/// Nanoseconds on a CPU, all threads: finer than clock ticks.
std::uint64_t server_cpu() {
  std::uint64_t sum = 0;
  const auto tasks = "/proc/" + std::to_string(options.server) + "/task";
  DIR* folder = ::opendir(tasks.c_str());
  if (folder == nullptr) bench::die("server");
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    std::ifstream in(tasks + "/" + entry->d_name + "/schedstat");
    std::uint64_t ran = 0;
    in >> ran;
    sum += ran;
  }
  ::closedir(folder);
  return sum;
}

int connect_to(int port, int index) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto from = bench::loopback(0);
  // Ports of one address run out, and those of the last run still wait to be forgotten.
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(::getpid() % 60000) * 4 + static_cast<std::uint32_t>(index / 20000));
  ::bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from);
  auto address = bench::loopback(port);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) bench::die("connect");
  bench::no_delay(fd);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) bench::die("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void open_websocket(int fd, const std::string& path, const std::string& subprotocol) {
  std::string request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  if (!subprotocol.empty()) request += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
  send_all(fd, request + "\r\n");
  std::string head;
  char c = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (::recv(fd, &c, 1, 0) != 1) bench::die("handshake");
    head += c;
  }
  if (!head.starts_with("HTTP/1.1 101")) {
    std::fprintf(stderr, "%s", head.c_str());
    std::exit(1);
  }
}

std::string mqtt_packet(int type, const std::string& body) {
  std::string packet(1, static_cast<char>(type));
  std::size_t size = body.size();
  do {
    packet += static_cast<char>((size % 128) | (size >= 128 ? 128 : 0));
    size /= 128;
  } while (size > 0);
  return packet + body;
}

std::string mqtt_connect(int id) {
  const auto name = "bench" + std::to_string(id);
  return mqtt_packet(0x10, std::string("\0\4MQTT\4\2\0\0", 10) + std::string(1, '\0') + static_cast<char>(name.size()) + name);
}

void open_subscriber(int index) {
  Subscriber& subscriber = subscribers[static_cast<std::size_t>(index)];
  subscriber.fd = connect_to(options.port, index);
  open_websocket(subscriber.fd, options.subscribe_path, options.kind == "mqtt" ? "mqtt" : "");
  if (options.kind == "nats") {
    send_all(subscriber.fd, bench::frame(2, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB bench 1\r\n", true));
  } else if (options.kind == "mqtt") {
    send_all(subscriber.fd, bench::frame(2, mqtt_connect(index), true));
    send_all(subscriber.fd, bench::frame(2, mqtt_packet(0x82, std::string("\0\1\0\5bench\0", 10)), true));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = static_cast<std::uint32_t>(index);
  ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, subscriber.fd, &event);
}

void open_publisher(std::size_t index) {
  const auto shared = index % static_cast<std::size_t>(options.connections);
  if (shared != index) {
    publishers[index].fd = publishers[shared].fd;
    return;
  }
  const int fd = publishers[index].fd = connect_to(options.publish_port, options.clients + static_cast<int>(index));
  if (options.kind == "text" || options.kind == "bpyd") open_websocket(fd, options.publish_path, "");
  if (options.kind == "nats") send_all(fd, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
  if (options.kind == "mqtt") send_all(fd, mqtt_connect(900000 + static_cast<int>(index)));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = 0x80000000 | static_cast<std::uint32_t>(index);
  ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

std::string payload(std::size_t publisher, std::int64_t number) {
  std::string text = "{\"n\":" + std::to_string(number) + ",\"p\":" + std::to_string(publisher) + ",\"pad\":\"";
  text.append(static_cast<std::size_t>(std::max<std::int64_t>(0, options.size - static_cast<std::int64_t>(text.size()) - 2)), 'x');
  return text + "\"}";
}

std::string publication(std::size_t publisher, std::int64_t number) {
  const auto text = payload(publisher, number);
  if (options.kind == "text") return bench::frame(1, text, true);
  if (options.kind == "bpyd") return bench::frame(1, R"({"type":"publish","channel":"bench","event":"e","data":)" + text + "}", true);
  if (options.kind == "nats") return "PUB bench " + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  if (options.kind == "mqtt") return mqtt_packet(0x30, std::string("\0\5bench", 7) + text);
  const auto body = R"({"channel":"bench","type":"e","message":)" + text + "}";
  return "POST /api/ws/broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void publish(std::size_t index) {
  Publisher& publisher = publishers[index];
  publisher.missing = options.clients;
  publisher.sent_at = Clock::now();
  ++messages;
  send_all(publisher.fd, publication(index, ++publisher.number));
}

void got(Subscriber& subscriber, std::int64_t number, std::size_t index, Clock::time_point now) {
  Publisher& publisher = publishers[index];
  std::int64_t& last = subscriber.last[index];
  if (number <= last) {
    ++doubled;
    return;
  }
  if (measuring && number > last + 1) lost += static_cast<std::uint64_t>(number - last - 1);
  last = number;
  ++deliveries;
  if (number != publisher.number) return;  // of the warm-up
  if (measuring) ++histogram[bucket(std::chrono::duration<double, std::micro>(now - publisher.sent_at).count())];
  if (--publisher.missing == 0) idle.push_back(index);
}

void read_subscriber(Subscriber& subscriber) {
  static std::array<char, 1 << 18> buffer;
  const std::size_t kept = subscriber.tail.size();
  std::memcpy(buffer.data(), subscriber.tail.data(), kept);
  const auto count = ::recv(subscriber.fd, buffer.data() + kept, buffer.size() - kept, MSG_DONTWAIT);
  if (count == 0) bench::die("a subscriber was closed");
  if (count < 0) return;
  bytes_in += static_cast<std::uint64_t>(count);
  const auto now = Clock::now();
  const std::string_view text(buffer.data(), kept + static_cast<std::size_t>(count));
  std::size_t done = 0;
  for (std::size_t at = 0; (at = text.find("\"n\":", at)) != std::string_view::npos;) {
    const auto middle = text.find(",\"p\":", at);
    const auto end = middle == std::string_view::npos ? middle : text.find(',', middle + 1);
    if (end == std::string_view::npos) break;
    got(subscriber, std::atoll(text.data() + at + 4), static_cast<std::size_t>(std::atoll(text.data() + middle + 5)), now);
    at = done = end;
  }
  const std::size_t from = std::max(done, text.size() - std::min<std::size_t>(text.size(), 48));
  subscriber.tail.assign(text.substr(from));
}

void turn(int timeout) {
  static std::array<epoll_event, 1024> events;
  static std::array<char, 65536> ignored;
  const int count = ::epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), timeout);
  for (int i = 0; i < count; ++i) {
    const auto index = events[static_cast<std::size_t>(i)].data.u32;
    if ((index & 0x80000000) != 0) {
      if (::recv(publishers[index & 0x7FFFFFFF].fd, ignored.data(), ignored.size(), MSG_DONTWAIT) == 0) bench::die("the publisher was closed");
    } else {
      read_subscriber(subscribers[index]);
    }
  }
}

/// Publishes until one reaches everybody: only then are all subscribed.
void warm_up() {
  Publisher& first = publishers.front();
  for (int attempt = 0; attempt < 100; ++attempt) {
    publish(0);
    const auto until = Clock::now() + std::chrono::milliseconds(options.clients > 2000 ? 2000 : 300);
    while (first.missing > 0 && Clock::now() < until) turn(10);
    if (first.missing == 0) break;
  }
  if (first.missing != 0) {
    std::fprintf(stderr, "%d of %d subscribers hear nothing\n", first.missing, options.clients);
    std::exit(1);
  }
  messages = deliveries = lost = doubled = bytes_in = 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 9) return 2;
  options.kind = argv[1];
  options.port = std::atoi(argv[2]);
  options.publish_port = std::atoi(argv[3]);
  options.server = std::atoi(argv[4]);
  options.clients = std::atoi(argv[5]);
  options.size = std::atoi(argv[6]);
  options.window = std::atoi(argv[7]);
  options.seconds = std::atof(argv[8]);
  options.connections = argc > 9 ? std::atoi(argv[9]) : 1;
  options.subscribe_path = argc > 10 ? argv[10] : "/subscribe";
  options.publish_path = argc > 11 ? argv[11] : "/publish";
  bench::raise_descriptors();
  epoll_fd = ::epoll_create1(EPOLL_CLOEXEC);
  subscribers.resize(static_cast<std::size_t>(options.clients));
  for (auto& subscriber : subscribers) subscriber.last.assign(static_cast<std::size_t>(options.window), -1);
  for (int i = 0; i < options.clients; ++i) open_subscriber(i);
  publishers.resize(static_cast<std::size_t>(options.window));
  for (std::size_t i = 0; i < publishers.size(); ++i) open_publisher(i);
  warm_up();
  measuring = true;
  idle.clear();
  for (std::size_t i = 0; i < publishers.size(); ++i) idle.push_back(i);
  const auto cpu = server_cpu();
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  while (elapsed() < options.seconds) {
    std::vector<std::size_t> ready;
    ready.swap(idle);
    for (const auto index : ready) publish(index);
    turn(-1);
  }
  const auto patience = Clock::now() + std::chrono::seconds(20);
  while (idle.size() < publishers.size() && Clock::now() < patience) turn(100);
  const double seconds = elapsed();
  const double used = static_cast<double>(server_cpu() - cpu) / 1e9;
  const auto unheard = messages * static_cast<std::uint64_t>(options.clients) - deliveries;
  std::printf("{\"messages\":%lld,\"deliveries\":%llu,\"lost\":%llu,\"doubled\":%llu,\"seconds\":%.3f,\"cpu\":%.4f,\"cpu_per_million\":%.4f,"
              "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"messages_per_second\":%.0f}\n",
              static_cast<long long>(messages), static_cast<unsigned long long>(deliveries), static_cast<unsigned long long>(std::max(lost, unheard)),
              static_cast<unsigned long long>(doubled), seconds, used, used / static_cast<double>(deliveries) * 1e6, quantile(0.5), quantile(0.99),
              static_cast<double>(messages) / seconds);
}
