// SPDX-License-Identifier: MIT
// flock on a file that is never removed.
#include "bpyd/io/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

namespace bpyd::io {

Result<std::optional<ProcessLock>> ProcessLock::acquire(const std::filesystem::path& file) {
  Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail(Code::disk_full, "The lock " + file.string() + " cannot be made: " + std::strerror(errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return ProcessLock(std::move(fd));
  if (errno == EWOULDBLOCK) return std::nullopt;
  return fail(Code::disk_full, "The lock " + file.string() + " cannot be taken: " + std::strerror(errno));
}

bool ProcessLock::held(const std::filesystem::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

}  // namespace bpyd::io
