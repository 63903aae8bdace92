// SPDX-License-Identifier: MIT
// What is wrong in a script, and where.
#pragma once

#include <cstdint>
#include <string>

#include "bpyd/core/error.hpp"

namespace bpyd::renpy {

/// `id` is a stable word ("unterminated-string"), static lifetime. Lines and columns count from 1,
/// columns in characters. A value: any thread.
struct Diagnostic {
  const char* id = "";
  Severity severity = Severity::error;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;
  std::string suggestion{};
};

}  // namespace bpyd::renpy
