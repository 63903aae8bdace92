// SPDX-License-Identifier: MIT
// Bytes of one segment.
#include "log_segment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bpyd::runtime {
namespace {

constexpr std::size_t kMostLine = 64u << 20;  // twice the largest message that the configuration allows

}  // namespace

Result<std::shared_ptr<EventLog::Segment>> EventLog::Segment::create(const std::filesystem::path& folder, std::uint64_t number) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%010llu.jsonl", static_cast<unsigned long long>(number));
  return open(folder / name.data(), number);
}

Result<std::shared_ptr<EventLog::Segment>> EventLog::Segment::open(const std::filesystem::path& file, std::uint64_t number) {
  auto segment = std::make_shared<Segment>();
  segment->file = file;
  segment->number = number;
  segment->fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct stat about {};
  if (segment->fd < 0 || ::fstat(segment->fd, &about) < 0 || !S_ISREG(about.st_mode)) {
    return fail(Code::disk_full, "The event log " + file.string() + " cannot be opened: " + std::strerror(errno));
  }
  segment->size = static_cast<std::uint64_t>(about.st_size);
  segment->newest = static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000;
  return segment;
}

EventLog::Segment::~Segment() {
  if (fd >= 0) ::close(fd);
}

int EventLog::Segment::append(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto wrote = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      const int error = wrote == 0 ? ENOSPC : errno;
      if (done > 0 && ::ftruncate(fd, static_cast<off_t>(size)) < 0) broken = true;
      return error;
    }
    done += static_cast<std::size_t>(wrote);
  }
  size += bytes.size();
  return 0;
}

bool EventLog::Segment::read_lines(std::uint64_t offset, std::size_t most, std::string& block) const {
  for (;; most = std::min(most * 4, kMostLine)) {
    block.resize(most);
    const auto got = offset < size ? ::pread(fd, block.data(), most, static_cast<off_t>(offset)) : 0;
    if (got <= 0) return false;
    block.resize(static_cast<std::size_t>(got));
    const auto last = block.rfind('\n');
    if (last != std::string::npos) {
      block.resize(last + 1);
      return true;
    }
    if (static_cast<std::size_t>(got) < most || most == kMostLine) return false;  // a torn tail, or nothing of ours
  }
}

void EventLog::Segment::cut(std::uint64_t at) {
  if (::ftruncate(fd, static_cast<off_t>(at)) == 0) size = at;
  else broken = true;
}

void EventLog::Segment::remove() const {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  std::filesystem::remove(index_file(), ignored);
}

std::filesystem::path EventLog::Segment::index_file() const {
  auto path = file;
  return path.replace_extension(".index");
}

}  // namespace bpyd::runtime
