// SPDX-License-Identifier: MIT
// recv, sendmsg and their TLS twins.
#include "stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace bpyd::transport {
namespace {

constexpr std::size_t kRecord = 16 * 1024;  // the most that one TLS record holds
constexpr char kTlsHandshake = 0x16;        // the first byte of a ClientHello

// Straight to the kernel: in a program with threads glibc's own wrappers first make the call a
// point of cancellation, which costs two atomic operations and is of no use here.
ssize_t receive(int fd, void* into, std::size_t size, int flags) { return ::syscall(SYS_recvfrom, fd, into, size, flags, nullptr, nullptr); }
ssize_t send_one(int fd, const void* bytes, std::size_t size) { return ::syscall(SYS_sendto, fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0); }
ssize_t send_many(int fd, const msghdr* message) { return ::syscall(SYS_sendmsg, fd, message, MSG_NOSIGNAL | MSG_DONTWAIT); }

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
    return plain_result(receive(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT));
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
      return plain_result(send_one(socket_.native_handle(), pieces[0].iov_base, pieces[0].iov_len));
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg reads only
    message.msg_iovlen = pieces.size();
    return plain_result(send_many(socket_.native_handle(), &message));
  }
  if (const auto done = finish(); done <= 0) return done;
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
  if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ) return kFailed;
  // From here on the bytes are ours: their owner may drop what it holds.
  record_.assign(record.data(), size);
  return static_cast<ssize_t>(size);
}

ssize_t Stream::finish() {
  if (record_.empty()) return 1;
  ERR_clear_error();
  const int sent = SSL_write(tls_.get(), record_.data(), static_cast<int>(record_.size()));
  if (sent > 0) {
    record_.erase(0, static_cast<std::size_t>(sent));
    if (record_.empty()) std::string().swap(record_);
    return finish();
  }
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
