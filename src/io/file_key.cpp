// SPDX-License-Identifier: MIT
// Fingerprints of files.
#include "file_key.hpp"

#include <cerrno>
#include <ctime>

#include "bpyd/io/files.hpp"
#include "links.hpp"

namespace bpyd::io {
namespace {

constexpr std::int64_t kClockStep = 20'000'000;  // twice the coarsest kernel tick

/// Wraps around for a year that a file may claim and 64 bits do not hold: a print only has to differ.
std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec));
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 29);
}

}  // namespace

timespec file_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now;
}

std::uint64_t print_of(const struct stat& info) {
  const auto modified = nanoseconds(info.st_mtim), changed = nanoseconds(info.st_ctim);
  std::uint64_t print = 0x243f6a8885a308d3u;
  for (const auto part : {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino), static_cast<std::uint64_t>(info.st_size),
                          static_cast<std::uint64_t>(modified), static_cast<std::uint64_t>(changed), static_cast<std::uint64_t>(info.st_mode)}) {
    print = mix(print, part);
  }
  return print;
}

FileKey key_of(const struct stat& info, const timespec& clock_before) {
  const bool lately = clock_before.tv_sec - info.st_ctim.tv_sec <= 1 && nanoseconds(clock_before) - nanoseconds(info.st_ctim) < kClockStep;
  return {print_of(info), lately};
}

bool says_gone(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG || error == EXDEV; }

Look look_at(const std::filesystem::path& root, const std::string& file) {
  const auto clock = file_clock();
  struct stat info{};
  if (::lstat((root / file).c_str(), &info) < 0) return says_gone(errno) ? Look(NoFile{}) : Look(Unknown{errno});
  if (S_ISLNK(info.st_mode)) {
    const auto target = open_link(root, file, 0);
    if (!target) return says_gone(errno) ? Look(NoFile{}) : Look(Unknown{errno});
    if (::fstat(target.get(), &info) < 0) return NoFile{};
  }
  if (!S_ISREG(info.st_mode)) return NoFile{};
  return key_of(info, clock);
}

}  // namespace bpyd::io
