// SPDX-License-Identifier: MIT
// A connected socket, plain or under TLS, used by readiness: wait, then take what is there.
#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <string>

namespace bpyd::transport {

using Socket = boost::asio::ip::tcp::socket;

/// Loop thread only.
class Stream {
 public:
  static constexpr ssize_t kEnd = 0, kAgain = -1, kFailed = -2;

  Stream(Socket socket, SSL_CTX* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) begin_tls(tls);
  }

  Socket& socket() { return socket_; }
  [[nodiscard]] bool encrypted() const { return tls_ != nullptr; }
  /// A client that speaks plain HTTP to a TLS port is told so: from here on it is spoken to plainly.
  bool speaks_plain_to_tls();

  /// Bytes taken; kEnd, kAgain or kFailed.
  ssize_t read(std::span<char> into);
  /// Bytes given; kAgain or kFailed. Under TLS what was given may still be on its way: see finish().
  ssize_t write(std::span<const iovec> pieces);
  /// Sends what write() took and TLS could not send: 1 when nothing is left, kAgain or kFailed.
  ssize_t finish();
  /// What TLS waits for when read() said kAgain.
  [[nodiscard]] bool read_waits_for_writing() const { return wants_write_; }
  /// TLS's own goodbye, then the half-close.
  void shut_down_writing();
  void close();

 private:
  struct FreeTls {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  void begin_tls(SSL_CTX* context);

  Socket socket_;
  std::unique_ptr<SSL, FreeTls> tls_;
  std::string record_;  ///< given to TLS, which must be given the same bytes again
  bool wants_write_ = false;
};

}  // namespace bpyd::transport
