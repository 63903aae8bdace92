// SPDX-License-Identifier: MIT
// What a watcher does not look at: patterns on single names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpyd::io {

/// Pure. "name/" ignores folders, "*.x" and "name" files and folders.
class IgnoreList {
 public:
  /// The defaults (version control, saves, caches, compiled scripts, editors' temporaries) and more.
  explicit IgnoreList(const std::vector<std::string>& more);
  [[nodiscard]] bool folder(const std::string& name) const;
  [[nodiscard]] bool file(const std::string& name) const;

 private:
  std::vector<std::string> folders_, any_;
};

}  // namespace bpyd::io
