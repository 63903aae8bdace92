// SPDX-License-Identifier: MIT
// One instance per profile: a lock the kernel frees, not a pid file (R18).
#pragma once

#include <filesystem>
#include <optional>

#include "bpyd/io/files.hpp"

namespace bpyd::io {

/// Held as long as it lives. Move-only. Any thread.
class ProcessLock {
 public:
  /// Nothing when another process holds it; disk_full when the file cannot be made.
  static Result<std::optional<ProcessLock>> acquire(const std::filesystem::path& file);
  /// Does another process hold it? Looks for a moment without taking it over or making the file: any number
  /// may look at once, and who acquires it meanwhile may be refused once and tries again.
  static bool held(const std::filesystem::path& file);

 private:
  explicit ProcessLock(Descriptor fd) : fd_(std::move(fd)) {}
  Descriptor fd_;
};

}  // namespace bpyd::io
