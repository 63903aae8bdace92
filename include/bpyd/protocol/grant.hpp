// SPDX-License-Identifier: MIT
// What a caller may do: everybody without tokens, else what the token says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bpyd::protocol {

/// A value, any thread.
struct Grant {
  bool admin = true;
  std::string user;                   ///< who it is, or empty
  std::vector<std::string> channels;  ///< patterns it may hear and publish on, when limited
  bool limited = false;
  std::int64_t expires = 0;           ///< seconds since 1970; 0: when the daemon ends

  /// `channel` is a name, or a subscription's pattern, which must be covered whole.
  [[nodiscard]] bool may_use(std::string_view channel) const {
    return !limited || std::ranges::any_of(channels, [&](const std::string& granted) {
      if (!granted.ends_with('*')) return granted == channel;
      return channel.starts_with(std::string_view(granted).substr(0, granted.size() - 1));
    });
  }
};

}  // namespace bpyd::protocol
