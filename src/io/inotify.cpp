// SPDX-License-Identifier: MIT
// Drains the kernel's queue first, then hands the events on.
#include "inotify.hpp"

#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bpyd::io {

WatchService::Inotify::Inotify(runtime::Loop& loop) : stream_(loop.context()) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) {
    refusal_ = errno == EMFILE ? "the kernel has no inotify instance left: sudo sysctl fs.inotify.max_user_instances=512"
                               : std::string("the kernel gives no inotify instance: ") + std::strerror(errno);
    return;
  }
  fd_ = fd;
  stream_.assign(fd);
}

void WatchService::Inotify::hold(int watch, InotifyClient& client) {
  auto& holders = holders_[watch];
  if (std::ranges::find(holders, &client) == holders.end()) holders.push_back(&client);
  clients_.insert(&client);
  read_when_ready();
}

void WatchService::Inotify::release(int watch, InotifyClient& client) {
  const auto found = holders_.find(watch);
  if (found == holders_.end()) return;
  std::erase(found->second, &client);
  if (!found->second.empty()) return;
  holders_.erase(found);
  if (fd_ >= 0) ::inotify_rm_watch(fd_, watch);
}

void WatchService::Inotify::drop(int watch) {
  if (fd_ >= 0 && !holders_.contains(watch)) ::inotify_rm_watch(fd_, watch);
}

void WatchService::Inotify::await(InotifyClient& client, bool under_way) {
  clients_.insert(&client);
  if (under_way) awaiting_.insert(&client);
  else awaiting_.erase(&client);
  read_when_ready();
}

void WatchService::Inotify::forget(InotifyClient& client) {
  awaiting_.erase(&client);
  clients_.erase(&client);
}

void WatchService::Inotify::overflow() {
  const auto clients = clients_;
  for (auto* client : clients) {
    if (clients_.contains(client)) client->on_overflow();
  }
}

void WatchService::Inotify::close() {
  boost::system::error_code ignored;
  stream_.close(ignored);
  fd_ = -1;
}

void WatchService::Inotify::read_when_ready() {
  if (waiting_ || fd_ < 0) return;
  waiting_ = true;
  stream_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    self->waiting_ = false;
    if (error) return;
    self->drain();
    self->read_when_ready();
  });
}

bool WatchService::Inotify::drain() {
  if (draining_) return false;
  if (fd_ < 0) return true;
  draining_ = true;  // a listener may ask for a sync, which drains
  if (!read_all()) overflow();  // a rescan sees what the rest would say
  deliver();
  draining_ = false;
  return true;
}

/// Fills the queue; false when the kernel lost events.
bool WatchService::Inotify::read_all() {
  queue_.clear();
  names_.clear();
  bool complete = true;
  int left = 0;
  ::ioctl(fd_, FIONREAD, &left);  // what comes meanwhile is the next turn's
  while (left > 0) {
    const auto got = ::read(fd_, buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    left -= static_cast<int>(got);
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer_.data() + at, sizeof event);
      const std::string_view name = event.len > 0 ? std::string_view(buffer_.data() + at + sizeof event) : std::string_view();
      if ((event.mask & IN_Q_OVERFLOW) != 0) complete = false;
      else queue_.push_back({event.wd, event.mask, static_cast<std::uint32_t>(names_.size()), static_cast<std::uint32_t>(name.size())});
      names_ += name;
      at += sizeof event + event.len;
    }
  }
  return complete;
}

void WatchService::Inotify::deliver() {
  std::set<InotifyClient*> told;
  for (const auto& queued : queue_) {
    const InotifyEvent event{queued.watch, queued.mask, std::string_view(names_).substr(queued.name_at, queued.name_size)};
    const auto found = holders_.find(queued.watch);
    // A listener may hold and release: iterate over a copy.
    auto clients = found == holders_.end() ? std::vector<InotifyClient*>() : found->second;
    for (auto* client : awaiting_) {
      if (std::ranges::find(clients, client) == clients.end()) clients.push_back(client);
    }
    for (auto* client : clients) {
      if (!clients_.contains(client)) continue;
      told.insert(client);
      client->on_event(event);
    }
  }
  for (auto* client : told) {
    if (clients_.contains(client)) client->on_drained();
  }
}

}  // namespace bpyd::io
