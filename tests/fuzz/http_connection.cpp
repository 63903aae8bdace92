// SPDX-License-Identifier: MIT
// A real HTTP connection over a pair of sockets, given any bytes: it ends when the client has ended, answers
// in whole responses with the headers of R9, and does the same however the bytes are cut into pieces.
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <map>
#include <span>

#include "bpyd/core/strings.hpp"
#include "core.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

constexpr std::size_t kBodyLimit = 4096;
constexpr int kMostTurns = 10'000;

std::vector<std::string> asked;  ///< what came to a handler

protocol::Response note(const protocol::Request& request) {
  std::string line(protocol::method_text(request.method));
  line += " " + request.path;
  for (const auto& [name, value] : request.params) line += " {" + name + "=" + value + "}";
  for (const auto& [name, value] : request.query) line += " " + name + "=" + value;
  asked.push_back(line + " " + std::string(request.body));
  demand(request.body.size() <= kBodyLimit);
  return protocol::text_response(200, "application/json", "{}");
}

struct World {
  runtime::Loop loop;
  runtime::Metrics metrics;
  hub::Hub clients{loop, {}, metrics};
  protocol::RouteTable routes;
  hub::DoorTable doors;
  std::shared_ptr<transport::Core> core;

  World() {
    using protocol::Method;
    for (const auto& [method, pattern] : std::vector<std::pair<Method, std::string>>{
             {Method::get, "/pilot/health"}, {Method::get, "/api/projects/{alias}"}, {Method::post, "/api/projects"}, {Method::del, "/api/projects/{alias}"}}) {
      protocol::Route route(method, pattern, protocol::Scope::read);
      route.handler = protocol::PlainHandler(note);
      demand(routes.add(std::move(route)).has_value());
    }
    demand(doors.add({"/ws", protocol::Scope::read}).has_value());
    transport::ServerOptions options;
    options.body_limit = kBodyLimit;
    core = std::make_shared<transport::Core>(loop, options, routes, doors, clients, protocol::Assets{});
    core->gate.origins = {"http://127.0.0.1:8766"};
    core->access = std::make_unique<transport::Access>(*transport::Access::open({}));
    loop.at_turn_end([this] { core->flush_dirty(); });
  }

  void turn() {
    bool done = false;
    loop.post([&] { done = true; });
    loop.run_until([&] { return done; }, std::chrono::seconds(5));
  }
};

/// Everything the daemon says to a client that sends these bytes, `step` at a time, and then ends.
std::string answer_to(World& world, std::string_view bytes, std::size_t step) {
  int ends[2];
  demand(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  transport::serve_http(world.core, transport::Socket(world.loop.context(), boost::asio::ip::tcp::v4(), ends[0]));
  std::string said;
  char block[65536];
  bool ended = false;
  for (int turns = 0, quiet = 0; !ended; ++turns) {
    demand(turns < kMostTurns);  // the client has long ended: so must the connection
    if (!bytes.empty()) {
      const auto sent = ::send(ends[1], bytes.data(), std::min(step, bytes.size()), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) bytes = {};
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    // A WebSocket client that has ended is told nothing more: the answer comes first.
    if (bytes.empty() && ++quiet == 3) ::shutdown(ends[1], SHUT_WR);
    world.turn();
    for (;;) {
      const auto got = ::recv(ends[1], block, sizeof block, 0);
      if (got > 0) said.append(block, static_cast<std::size_t>(got));
      ended = got == 0 || (got < 0 && errno == ECONNRESET);
      if (got <= 0) break;
    }
  }
  ::close(ends[1]);
  for (int turns = 0; !world.core->connections.empty(); ++turns) {
    demand(turns < kMostTurns);
    world.turn();
  }
  return said;
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

void check_head(int status, const std::map<std::string, std::string>& head) {
  if (status == 100 || status == 101) return;
  for (const auto& [name, value] : std::map<std::string, std::string>{{"X-Content-Type-Options", "nosniff"}, {"Cross-Origin-Resource-Policy", "same-origin"},
                                                                     {"Referrer-Policy", "no-referrer"}, {"Cache-Control", "no-store"}}) {
    demand(head.contains(name) && head.at(name) == value);
  }
  for (const auto& [name, value] : head) demand(!name.starts_with("Access-Control") && name != "Server" && name != "Set-Cookie");
}

/// The statuses, interim ones left out: a client that sends all at once needs none.
std::vector<int> statuses_of(std::string_view said) {
  std::vector<int> list;
  while (!said.empty()) {
    demand(said.starts_with("HTTP/1.1 ") || said.starts_with("HTTP/1.0 "));
    const auto end = said.find("\r\n\r\n");
    demand(end != std::string_view::npos);
    auto lines = said.substr(0, end);
    said.remove_prefix(end + 4);
    const int status = std::atoi(std::string(lines.substr(9, 3)).c_str());
    demand(status >= 100 && status < 600);
    lines.remove_prefix(std::min(lines.find("\r\n"), lines.size()));
    lines.remove_prefix(std::min<std::size_t>(2, lines.size()));  // an interim answer has no fields
    std::map<std::string, std::string> head;
    while (!lines.empty()) {
      const auto line = lines.substr(0, lines.find("\r\n"));
      lines.remove_prefix(std::min(line.size() + 2, lines.size()));
      const auto colon = line.find(": ");
      demand(colon != std::string_view::npos && is_plain(line));
      demand(head.emplace(line.substr(0, colon), line.substr(colon + 2)).second);
    }
    check_head(status, head);
    if (status != 100) list.push_back(status);
    if (status == 101) return list;  // frames follow
    const auto length = head.contains("Content-Length") ? std::stoul(head.at("Content-Length")) : 0;
    if (length == 0 || said.empty() || said.starts_with("HTTP/1.")) continue;  // none, or HEAD's
    demand(said.size() >= length && said.starts_with('{'));
    said.remove_prefix(length);
  }
  return list;
}

/// Beast sees some faults of a head that never ends only when it comes in one piece; else the client's end
/// is waited for.
bool alike(const std::vector<int>& a, const std::vector<int>& b) {
  const auto& longer = a.size() > b.size() ? a : b;
  const auto& shorter = a.size() > b.size() ? b : a;
  return std::ranges::equal(shorter, std::span(longer).first(shorter.size())) &&
         (longer.size() == shorter.size() || (longer.size() == shorter.size() + 1 && longer.back() >= 400 && longer.back() < 500));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto* world = new World;  // sockets are gone before it could be
  const auto text = fuzz::text_of(data, size);
  asked.clear();
  const auto whole = statuses_of(answer_to(*world, text, text.size() + 1));
  const auto first = std::exchange(asked, {});
  const auto pieces = statuses_of(answer_to(*world, text, std::max<std::size_t>(1, text.size() / 24)));
  demand(alike(whole, pieces) && first == asked);
  // Whoever came to a handler was answered.
  demand(first.size() <= whole.size());
  return 0;
}
