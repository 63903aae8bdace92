// SPDX-License-Identifier: MIT
// What the benchmark's programs share: sockets, the WebSocket handshake, frames. Plain calls, no
// library, so that nothing but the peer is measured.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace bench {

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline void raise_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline void no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline std::string accept_key(std::string_view key) {
  const auto text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char out[40];
  const int size = ::EVP_EncodeBlock(out, digest, SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

/// A frame; clients mask, with zeros (the mask is there, the bytes stay).
inline std::string frame(int opcode, std::string_view payload, bool masked) {
  std::string bytes(1, static_cast<char>(0x80 | opcode));
  const int bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(bit | static_cast<int>(payload.size()));
  } else if (payload.size() < 65536) {
    bytes += static_cast<char>(bit | 126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xFF);
  } else {
    bytes += static_cast<char>(bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(payload.size() >> shift & 0xFF);
  }
  if (masked) bytes.append(4, '\0');
  return bytes.append(payload);
}

/// One frame at the front of `bytes`; its length, or 0 when it is not whole.
struct Parsed {
  int opcode = 0;
  std::string_view payload;
  std::size_t size = 0;
};
inline Parsed parse(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  std::size_t length = at(1) & 0x7F, head = 2;
  if (length == 126) {
    if (bytes.size() < 4) return {};
    length = at(2) << 8 | at(3);
    head = 4;
  } else if (length == 127) {
    if (bytes.size() < 10) return {};
    length = 0;
    for (std::size_t i = 2; i < 10; ++i) length = length << 8 | at(i);
    head = 10;
  }
  if ((at(1) & 0x80) != 0) head += 4;  // our clients mask with zeros
  if (bytes.size() < head + length) return {};
  return {static_cast<int>(at(0) & 0x0F), bytes.substr(head, length), head + length};
}

}  // namespace bench
