// SPDX-License-Identifier: MIT
// recv, sendmsg and their TLS twins.
#include "stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace bpyd::transport {
namespace {

constexpr std::size_t kRecord = 16 * 1024;  // the most that one TLS record holds
constexpr char kTlsHandshake = 0x16;        // the first byte of a ClientHello

ssize_t plain_result(ssize_t result) {
  if (result >= 0) return result;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Stream::kAgain : Stream::kFailed;
}

}  // namespace

void Stream::begin_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  SSL_set_fd(tls_.get(), socket_.native_handle());
  SSL_set_accept_state(tls_.get());
}

bool Stream::speaks_plain_to_tls() {
  if (!tls_ || SSL_get_state(tls_.get()) != TLS_ST_BEFORE) return false;
  char first = 0;
  if (::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1 || first == kTlsHandshake) return false;
  tls_.reset();
  return true;
}

ssize_t Stream::read(std::span<char> into) {
  if (!tls_) {
    const auto got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    return plain_result(got);
  }
  ERR_clear_error();
  wants_write_ = false;
  const int got = SSL_read(tls_.get(), into.data(), static_cast<int>(into.size()));
  if (got > 0) return got;
  switch (SSL_get_error(tls_.get(), got)) {
    case SSL_ERROR_WANT_READ: return kAgain;
    case SSL_ERROR_WANT_WRITE: wants_write_ = true; return kAgain;
    case SSL_ERROR_ZERO_RETURN: return kEnd;
    default: return kFailed;
  }
}

ssize_t Stream::write(std::span<const iovec> pieces) {
  if (!tls_) {
    if (pieces.size() == 1) {
      return plain_result(::send(socket_.native_handle(), pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT));
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg reads only
    message.msg_iovlen = pieces.size();
    return plain_result(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  std::array<char, kRecord> record;  // NOLINT: filled below
  std::size_t size = 0;
  for (const auto& piece : pieces) {
    const auto part = std::min(piece.iov_len, record.size() - size);
    std::memcpy(record.data() + size, piece.iov_base, part);
    size += part;
  }
  ERR_clear_error();
  const int sent = SSL_write(tls_.get(), record.data(), static_cast<int>(size));
  if (sent > 0) return sent;
  const int error = SSL_get_error(tls_.get(), sent);
  return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ ? kAgain : kFailed;
}

void Stream::shut_down_writing() {
  ERR_clear_error();
  if (tls_ && SSL_is_init_finished(tls_.get()) != 0) SSL_shutdown(tls_.get());
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace bpyd::transport
