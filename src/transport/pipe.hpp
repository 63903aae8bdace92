// SPDX-License-Identifier: MIT
// The stream Beast's WebSocket sits on: it reads from the socket, and what it writes (handshake,
// pongs, close frames) goes through the client's outbox, so that nothing interleaves with frames
// the hub encoded.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <functional>
#include <string>

#include "core.hpp"

namespace bpyd::transport {

/// An AsyncStream in Asio's sense. Loop thread only.
class Pipe {
 public:
  using executor_type = Socket::executor_type;

  Pipe(Socket socket, std::string early, std::function<void(protocol::Frame)> write)
      : socket_(std::move(socket)), early_(std::move(early)), write_(std::move(write)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    if (early_.empty()) return socket_.async_read_some(buffers, std::forward<Handler>(handler));
    const auto copied = boost::asio::buffer_copy(buffers, boost::asio::buffer(early_));
    early_.erase(0, copied);
    return complete(copied, std::forward<Handler>(handler));
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    std::string bytes(boost::asio::buffer_size(buffers), '\0');
    boost::asio::buffer_copy(boost::asio::buffer(bytes), buffers);
    const auto size = bytes.size();
    if (size > 0) write_(std::make_shared<const std::string>(std::move(bytes)));
    return complete(size, std::forward<Handler>(handler));
  }

 private:
  template <class Handler>
  auto complete(std::size_t size, Handler&& handler) {
    using Signature = void(boost::system::error_code, std::size_t);
    return boost::asio::async_initiate<Handler, Signature>(
        [executor = get_executor(), size](auto&& done) {
          boost::asio::post(executor, [done = std::forward<decltype(done)>(done), size]() mutable {
            std::move(done)(boost::system::error_code{}, size);
          });
        },
        handler);
  }

  Socket socket_;
  std::string early_;
  std::function<void(protocol::Frame)> write_;
};

/// Beast asks for these by argument-dependent lookup. The session itself ends the socket once the
/// outbox is empty; here nothing may overtake the close frame.
inline void teardown(boost::beast::role_type, Pipe&, boost::beast::error_code& error) { error = {}; }

inline void beast_close_socket(Pipe& pipe) {
  boost::system::error_code ignored;
  pipe.socket().close(ignored);
}

template <class Handler>
void async_teardown(boost::beast::role_type, Pipe& pipe, Handler&& handler) {
  boost::asio::post(pipe.get_executor(), [done = std::forward<Handler>(handler)]() mutable {
    std::move(done)(boost::beast::error_code{});
  });
}

}  // namespace bpyd::transport
