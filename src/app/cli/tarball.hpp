// SPDX-License-Identifier: MIT
// A .tar.gz in memory: ustar (POSIX.1-2017 pax, "ustar Interchange Format") through zlib.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace bpyd::app::cli {

class Tarball {
 public:
  /// `name` has at most 100 bytes; a file of mode 0600, of now.
  void add(std::string_view name, std::string_view content);
  /// The whole, compressed. Empty when zlib has no memory.
  [[nodiscard]] std::string packed() const;

 private:
  std::string blocks_;
};

}  // namespace bpyd::app::cli
