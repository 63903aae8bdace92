// SPDX-License-Identifier: MIT
// Names for addresses out of the program's own file, for a signal handler: no allocation, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bpyd::runtime {

/// Maps the program's file while it lives. Any thread, signal handlers too.
class OwnSymbols {
 public:
  OwnSymbols();
  ~OwnSymbols();
  OwnSymbols(const OwnSymbols&) = delete;
  OwnSymbols& operator=(const OwnSymbols&) = delete;

  struct Place {
    std::string_view name;     ///< as the linker knows it; empty: not in this program (a library's)
    std::uintptr_t offset = 0; ///< from the function's start; without a name the address itself
  };
  [[nodiscard]] Place find(std::uintptr_t address) const;

 private:
  const char* file_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bpyd::runtime
