// SPDX-License-Identifier: MIT
// Listening with fallback, accepting without spinning, ending in order.
#include "bpyd/transport/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "core.hpp"
#include "tls.hpp"

namespace bpyd::transport {
namespace {

using boost::asio::ip::tcp;
constexpr int kBacklog = 4096;
constexpr std::uint16_t kRange = 5;  // base to base + 5
constexpr std::chrono::milliseconds kOutOfDescriptors{100};

/// A listening, close-on-exec, non-blocking socket, or the errno. Asio's own would be inherited.
std::expected<int, int> listen_at(const tcp::endpoint& endpoint) {
  const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::unexpected(errno);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) < 0 || ::listen(fd, kBacklog) < 0) {
    const int error = errno;
    ::close(fd);
    return std::unexpected(error);
  }
  return fd;
}

class Listener {
 public:
  Listener(std::shared_ptr<Core> core, tcp protocol, int fd)
      : core_(std::move(core)), acceptor_(core_->loop.context(), protocol, fd), protocol_(protocol) {}

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void accept_when_ready() {
    acceptor_.async_wait(tcp::acceptor::wait_read, [this](const boost::system::error_code& error) {
      if (!error) accept_all();
    });
  }

  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.reset();
  }

 private:
  void accept_all() {
    const auto waited = std::exchange(retry_, nullptr) != nullptr;
    for (int taken = 0; taken < 64; ++taken) {
      const int fd = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) return wait_for_descriptors(waited);
      if (fd < 0) break;
      if (core_->connections.size() >= core_->options.connections) {
        turn_away(fd);
        continue;
      }
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
      boost::system::error_code bad;
      Socket socket(core_->loop.context());
      socket.assign(protocol_, fd, bad);
      if (bad) {  // the kernel has no room to watch it
        ::close(fd);
        continue;
      }
      serve_http(core_, std::move(socket));
    }
    accept_when_ready();
  }

  /// Over the limit of sockets: told without waiting, and closed.
  void turn_away(int fd) {
    constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
        "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 143\r\n\r\n"
        R"({"error":true,"code":"BPY-2008","message":"Too many connections","severity":"error","suggestion":"Close some connections","correlation_id":""})" "\n";
    [[maybe_unused]] const auto sent = ::send(fd, kFull.data(), kFull.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(fd);
  }

  /// Never spin, never die (R23).
  void wait_for_descriptors(bool again) {
    if (!again) log::write(log::Level::warn, "transport", "listener.descriptors", "No descriptors left: new connections wait");
    retry_ = core_->loop.after(kOutOfDescriptors, [this] { accept_all(); });
  }

  std::shared_ptr<Core> core_;
  tcp::acceptor acceptor_;
  tcp protocol_;
  std::unique_ptr<runtime::Timer> retry_;
};

}  // namespace

struct Server::Impl {
  Impl(runtime::Loop& loop, ServerOptions options, const protocol::RouteTable& routes, const hub::DoorTable& doors,
       hub::Hub& hub, protocol::Assets assets)
      : core(std::make_shared<Core>(loop, std::move(options), routes, doors, hub, assets)) {}

  /// The first free port of `first` … `last`; 0 means any.
  Result<std::unique_ptr<Listener>> bind_first(std::uint16_t first, std::uint16_t last, std::string_view role);
  void fill_gate(Ports ports);
  Result<void> prepare_access();

  std::shared_ptr<Core> core;
  std::unique_ptr<Listener> ws, http;
  std::unique_ptr<runtime::Timer> closing;
};

Result<std::unique_ptr<Listener>> Server::Impl::bind_first(std::uint16_t first, std::uint16_t last, std::string_view role) {
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(core->options.host == "localhost" ? "127.0.0.1" : core->options.host, bad);
  if (bad) return fail(Code::bad_value, "'" + core->options.host + "' is no address to listen on", "Use 127.0.0.1 or ::1");
  int why = EADDRINUSE;
  for (unsigned port = first; port <= last; ++port) {
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(port));
    const auto fd = listen_at(endpoint);
    if (fd) return std::make_unique<Listener>(core, endpoint.protocol(), *fd);
    why = fd.error();
    if (why != EADDRINUSE) break;
  }
  std::string tried = std::to_string(first) + (first == last ? "" : "–" + std::to_string(last));
  const auto message = "No port for " + std::string(role) + ": " + core->options.host + " " + tried + ": " + std::strerror(why);
  return fail(Code::no_port, message, "See who holds them: ss -ltnp 'sport >= :" + std::to_string(first) + " and sport <= :" +
                                          std::to_string(last) + "'; or choose others with --port");
}

void Server::Impl::fill_gate(Ports ports) {
  auto hosts = core->gate.hosts;
  if (std::ranges::find(hosts, core->options.host) == hosts.end()) {
    hosts.push_back(core->options.host.contains(':') ? "[" + core->options.host + "]" : core->options.host);
  }
  core->gate.hosts = hosts;
  core->gate.origins = core->options.allow_origins;
  for (const auto& origin : core->options.allow_origins) {
    // It goes into a header of ours: nothing but an origin may.
    const bool plain = origin.contains("://") && origin.find_first_of(" ;,'\"\r\n\t") == std::string::npos;
    if (plain) core->gate.embedders += (core->gate.embedders.empty() ? "" : " ") + origin;
  }
  for (const auto& host : hosts) {
    for (const auto port : {ports.ws, ports.http}) core->gate.origins.push_back((core->tls ? "https://" : "http://") + host + ":" + std::to_string(port));
  }
}

Server::Server(runtime::Loop& loop, ServerOptions options, const protocol::RouteTable& routes,
               const hub::DoorTable& doors, hub::Hub& hub, protocol::Assets assets)
    : impl_(std::make_unique<Impl>(loop, std::move(options), routes, doors, hub, assets)) {
  loop.at_turn_end([core = impl_->core] { core->flush_dirty(); });
}
Server::~Server() = default;

Result<void> Server::Impl::prepare_access() {
  const auto& options = core->options;
  auto access = Access::open({options.auth, options.profile_dir, options.jwt_algorithm, options.jwt_key});
  if (!access) return std::unexpected(access.error());
  core->access = std::make_unique<Access>(*std::move(access));
  if (options.tls_certificate.empty() && options.tls_key.empty()) return {};
  auto tls = make_tls(options.tls_certificate, options.tls_key);
  if (!tls) return std::unexpected(tls.error());
  core->tls = *std::move(tls);
  return {};
}

std::string Server::page_link(const std::string& target, const protocol::Grant& grant) {
  auto& access = *impl_->core->access;
  if (!access.required()) return target;
  const auto code = access.make_code(std::chrono::steady_clock::now(), grant);
  return target + (target.contains('?') ? "&k=" : "?k=") + code;
}

Result<Ports> Server::listen() {
  if (auto ok = impl_->prepare_access(); !ok) return std::unexpected(ok.error());
  const auto& options = impl_->core->options;
  const std::uint16_t base = options.ws_port;
  const auto last = static_cast<std::uint16_t>(base == 0 ? 0 : std::min(base + kRange, 65535));
  auto ws = impl_->bind_first(base, last, "WebSocket");
  if (!ws) return std::unexpected(ws.error());
  const std::uint16_t ws_port = (*ws)->port();
  const unsigned next = ws_port == 65535 ? base : ws_port + 1U;
  const bool any = options.http_port == 0 || (base == 0 && options.http_port < 0);
  const auto first_http = static_cast<std::uint16_t>(any ? 0 : options.http_port > 0 ? options.http_port : static_cast<std::int64_t>(next));
  const auto last_http = static_cast<std::uint16_t>(any ? 0 : options.http_port > 0 ? std::min<std::int64_t>(options.http_port + kRange, 65535) : std::max<unsigned>(last, first_http));
  auto http = impl_->bind_first(first_http, last_http, "HTTP");
  if (!http && !any && options.http_port < 0) http = impl_->bind_first(base, last, "HTTP");  // wrap round the range
  if (!http) return std::unexpected(http.error());
  impl_->ws = *std::move(ws);
  impl_->http = *std::move(http);
  const Ports ports{ws_port, impl_->http->port()};
  impl_->core->ports = ports;
  impl_->fill_gate(ports);
  return ports;
}

void Server::start() {
  impl_->ws->accept_when_ready();
  impl_->http->accept_when_ready();
}

void Server::stop_accepting() {
  if (impl_->ws) impl_->ws->stop();
  if (impl_->http) impl_->http->stop();
}

void Server::close(std::chrono::milliseconds limit, std::function<void()> done) {
  auto& core = *impl_->core;
  core.closing = true;
  core.hub.close_all(protocol::CloseCode::going_away, "shutting down: reconnect");
  for (Connection* connection : std::vector<Connection*>(core.connections.begin(), core.connections.end())) connection->finish();
  const auto deadline = std::chrono::steady_clock::now() + limit;
  impl_->closing = core.loop.every(std::chrono::milliseconds(5), [this, deadline, done = std::move(done)] {
    auto& shared = *impl_->core;
    const auto now = std::chrono::steady_clock::now();
    if (!shared.connections.empty() && now < deadline) return;
    for (Connection* connection : std::vector<Connection*>(shared.connections.begin(), shared.connections.end())) connection->abort();
    if (shared.access) shared.access->close();
    // Aborted connections leave in the next turns; whoever still waits in a handler is not waited for.
    if (!shared.connections.empty() && now < deadline + std::chrono::milliseconds(200)) return;
    impl_->closing.reset();
    done();
  });
}

std::size_t Server::connections() const { return impl_->core->connections.size(); }

}  // namespace bpyd::transport
