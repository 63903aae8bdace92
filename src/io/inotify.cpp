// SPDX-License-Identifier: MIT
// Drains the kernel's queue first, then hands the events on.
#include "inotify.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bpyd::io {
namespace {

constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |
                                IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>> folder_identity(const std::filesystem::path& root, const std::string& folder) {
  struct stat info{};
  if (::stat((folder.empty() ? root : root / folder).c_str(), &info) < 0) return std::nullopt;
  return std::pair<std::uint64_t, std::uint64_t>{info.st_dev, info.st_ino};
}

WatchService::Inotify::Inotify(runtime::Loop& loop) : stream_(loop.context()) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return;
  open_ = true;
  stream_.assign(fd);
}

std::string WatchService::Inotify::add(InotifyClient& client, const std::filesystem::path& root, const std::string& folder) {
  const auto path = folder.empty() ? root : root / folder;
  const int watch = ::inotify_add_watch(stream_.native_handle(), path.c_str(), kMask);
  if (watch < 0 && errno == ENOSPC) return "the system's watch limit is reached: sudo sysctl fs.inotify.max_user_watches=524288";
  if (watch < 0 && (errno == ENOMEM || errno == EMFILE)) return "the kernel has no room for more watches: polling";
  if (watch < 0) return {};  // gone meanwhile, or not permitted: its parent's watch tells when that changes
  auto& places = places_[watch];
  const Place place{&client, folder};
  if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  watches_[&client][folder] = watch;
  read_when_ready();
  return {};
}

void WatchService::Inotify::remove_beneath(InotifyClient& client, const std::string& folder) {
  const auto own = watches_.find(&client);
  if (own == watches_.end()) return;
  const auto prefix = folder.empty() ? std::string() : folder + "/";
  std::erase_if(own->second, [&](const auto& entry) {
    const auto& [name, watch] = entry;
    if (name != folder && !name.starts_with(prefix)) return false;
    auto& places = places_[watch];
    std::erase(places, Place{&client, name});
    if (places.empty()) {
      places_.erase(watch);
      ::inotify_rm_watch(stream_.native_handle(), watch);
    }
    return true;
  });
  if (own->second.empty()) watches_.erase(own);
}

std::vector<std::string> WatchService::Inotify::folders(const InotifyClient& client) const {
  std::vector<std::string> names;
  const auto own = watches_.find(const_cast<InotifyClient*>(&client));
  if (own == watches_.end()) return names;
  for (const auto& [folder, watch] : own->second) names.push_back(folder);
  return names;
}

void WatchService::Inotify::overflow() {
  std::vector<InotifyClient*> clients;
  for (const auto& [client, folders] : watches_) clients.push_back(client);
  for (auto* client : clients) {
    if (watches_.contains(client)) client->on_overflow();
  }
}

void WatchService::Inotify::close() {
  boost::system::error_code ignored;
  stream_.close(ignored);
  open_ = false;
}

void WatchService::Inotify::read_when_ready() {
  if (waiting_ || !open_) return;
  waiting_ = true;
  stream_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    self->waiting_ = false;
    if (error) return;
    self->drain();
    self->read_when_ready();
  });
}

void WatchService::Inotify::drain() {
  struct Event {
    int watch;
    std::uint32_t mask;
    std::string name;
  };
  std::vector<Event> events;
  for (;;) {
    const auto got = ::read(stream_.native_handle(), buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer_.data() + at, sizeof event);
      const char* name = buffer_.data() + at + sizeof event;
      events.push_back({event.wd, event.mask, event.len > 0 ? std::string(name) : std::string()});
      at += sizeof event + event.len;
    }
  }
  for (const auto& event : events) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return overflow();  // a rescan sees what the rest would say
  }
  for (const auto& event : events) deliver(event.watch, event.mask, event.name);
}

void WatchService::Inotify::deliver(int watch, std::uint32_t mask, const std::string& name) {
  const auto found = places_.find(watch);
  if (found == places_.end()) return;
  const auto places = found->second;  // a listener may add and remove
  for (const auto& place : places) {
    const auto own = watches_.find(place.client);
    if (own != watches_.end() && own->second.contains(place.folder)) place.client->on_event(place.folder, mask, name);
  }
}

}  // namespace bpyd::io
