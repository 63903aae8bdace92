// SPDX-License-Identifier: MIT
// Which files below game/ are scripts, wherever they are read from.
#pragma once

#include <string_view>

namespace bpyd::io {

inline bool is_script(std::string_view name) { return name.ends_with(".rpy") || name.ends_with(".rpym"); }

inline bool skipped_folder(std::string_view name) {
  return name.starts_with('.') || name == "saves" || name == "cache" || name == "__pycache__";
}

}  // namespace bpyd::io
