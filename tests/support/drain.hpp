// SPDX-License-Identifier: MIT
// A client's outbox, emptied as a quick reader would.
#pragma once

#include <sys/uio.h>

#include <string>

#include "bpyd/hub/client.hpp"

namespace bpyd::hub {

inline std::string drain(Client& client) {
  std::string bytes;
  while (!client.outbox.empty()) {
    iovec piece{};
    client.outbox.gather({&piece, 1});
    bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    client.outbox.consume(piece.iov_len);
  }
  client.woken();
  return bytes;
}

}  // namespace bpyd::hub
