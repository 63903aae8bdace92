// SPDX-License-Identifier: MIT
// Appending, reading, rotating and syncing; what is found at the start is in event_log_load.cpp.
#include "bpyd/runtime/event_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/json_scan.hpp"
#include "bpyd/core/log.hpp"
#include "log_line.hpp"
#include "log_segment.hpp"

namespace bpyd::runtime {
namespace {

constexpr std::int64_t kPointEvery = 64;
constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kStretch = 512 * 1024;  // read in one go: well below a millisecond from the cache

}  // namespace

EventLog::EventLog(Loop& loop, Workers& workers, EventLogOptions options)
    : loop_(loop), workers_(workers), options_(std::move(options)) {}

EventLog::~EventLog() { close(); }

/// Closed in order: nothing told is missing at the next start, whatever becomes of the machine.
void EventLog::close() {
  if (!std::exchange(marked_, false)) return;
  bool synced = true;
  unsynced_.push_back(segments_.rbegin()->second);
  for (const auto& segment : unsynced_) synced = ::fdatasync(segment->fd) == 0 && synced;
  if (synced) ::unlink((options_.folder / "open").c_str());
}

std::int64_t EventLog::last(std::string_view channel) const {
  const auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second.last;
}

std::int64_t EventLog::oldest(std::string_view channel) const {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return 1;
  return found->second.points.empty() ? found->second.last + 1 : found->second.points.front().seq;
}

std::vector<std::string> EventLog::channels() const {
  std::vector<std::string> names;
  for (const auto& [name, channel] : channels_) names.push_back(name);
  return names;
}

void EventLog::note(const std::string& name, std::int64_t seq, std::uint64_t segment, std::uint64_t offset) {
  Channel& channel = channels_[name];
  channel.last = std::max(channel.last, seq);  // a file that somebody put back may count backwards
  const auto& points = channel.points;
  const auto ahead = points.empty() ? kPointEvery : seq - points.back().seq;
  if (ahead >= kPointEvery || (ahead > 0 && points.back().segment != segment)) {
    channel.points.push_back({seq, segment, offset});
  }
}

Result<void> EventLog::append(const LogEntry& entry) {
  assert(loop_.on_loop_thread());
  if (!marked_) {
    if (auto ok = mark_open(); !ok) {
      ++stats_.write_errors;
      return ok;
    }
  }
  line_.clear();
  write_line(line_, entry);
  auto* segment = segments_.rbegin()->second.get();
  if (segment->broken || segment->size + line_.size() > std::max<std::uint64_t>(options_.segment_bytes, 4096)) {
    if (auto ok = begin_segment(); !ok) {
      ++stats_.write_errors;
      return ok;
    }
    segment = segments_.rbegin()->second.get();
  }
  if (const int error = segment->append(line_); error != 0) {
    ++stats_.write_errors;
    return fail(Code::disk_full, "The event log cannot be written: " + std::string(std::strerror(error)));
  }
  const auto found = channels_.find(entry.channel);
  note(found == channels_.end() ? std::string(entry.channel) : found->first, entry.seq, segment->number, segment->size - line_.size());
  segment->newest = entry.ts;
  ++stats_.appended;
  stats_.appended_bytes += line_.size();
  stats_.bytes += line_.size();
  if (!sync_timer_) sync_timer_ = loop_.after(options_.sync_after, [this] { sync(); });
  return {};
}

LogCursor EventLog::after(std::string_view name, std::int64_t seq) const {
  LogCursor cursor{std::string(name), seq + 1, 0, 0};
  const auto found = channels_.find(name);
  if (found == channels_.end() || found->second.points.empty()) return cursor;
  const auto& points = found->second.points;
  auto behind = std::ranges::upper_bound(points, cursor.next, {}, &Point::seq);
  if (behind != points.begin()) --behind;
  cursor.segment = behind->segment;
  cursor.offset = behind->offset;
  return cursor;
}

LogSlice EventLog::read(LogCursor& cursor, std::int64_t until, std::size_t most, const std::function<void(const LogEntry&)>& each) const {
  if (cursor.next < oldest(cursor.channel)) return {cursor.next <= until, oldest(cursor.channel)};
  std::string wanted;
  append_json_string(wanted, cursor.channel);
  std::string block;
  std::size_t given = 0, stretch = 0;
  auto at = segments_.lower_bound(cursor.segment);
  if (at != segments_.end() && at->first != cursor.segment) cursor.offset = 0;
  while (cursor.next <= until && given < most && stretch < kStretch) {
    if (at == segments_.end()) return {true, until + 1};
    cursor.segment = at->first;
    const Segment& segment = *at->second;
    if (!segment.read_lines(cursor.offset, kBlock, block)) {  // this one is through
      ++at;
      cursor.offset = 0;
      continue;
    }
    stretch += block.size();
    for (std::size_t start = 0; start < block.size() && cursor.next <= until && given < most;) {
      const std::size_t end = block.find('\n', start);
      const auto line = std::string_view(block).substr(start, end - start);
      const auto head = read_head(line);
      if (head && head->channel == wanted && head->seq >= cursor.next && is_whole(line)) {
        if (head->seq > cursor.next) return {true, head->seq};
        if (const auto rest = read_rest(line, *head)) {
          each({cursor.channel, head->seq, rest->ts, rest->type, rest->flat, rest->correlation_id, rest->data});
          ++cursor.next;
          ++given;
        }
      }
      start = end + 1;
      cursor.offset += line.size() + 1;
    }
  }
  return {};
}

Result<void> EventLog::begin_segment() {
  const std::uint64_t number = segments_.empty() ? 1 : segments_.rbegin()->first + 1;
  auto segment = Segment::create(options_.folder, number);
  if (!segment) return std::unexpected(segment.error());
  if (!segments_.empty()) {
    const auto sealed = segments_.rbegin()->second;
    save_index(*sealed);
    unsynced_.push_back(sealed);
  }
  std::vector<std::pair<std::string, std::int64_t>> carry;
  for (const auto& [name, channel] : channels_) carry.emplace_back(name, channel.last);
  std::string line;
  write_carry(line, carry);
  if (const int error = (*segment)->append(line); error != 0) {
    (*segment)->remove();
    return fail(Code::disk_full, "The event log cannot be written: " + std::string(std::strerror(error)));
  }
  segments_.emplace(number, *std::move(segment));
  retire();
  return {};
}

/// The oldest segments go, by size and by age; the one being written stays.
void EventLog::retire() {
  const auto oldest_kept = epoch_millis_now() - std::chrono::duration_cast<std::chrono::milliseconds>(options_.age).count();
  std::uint64_t total = 0;
  for (const auto& [number, segment] : segments_) total += segment->size;
  while (segments_.size() > 1) {
    const auto& [number, segment] = *segments_.begin();
    if (total <= options_.total_bytes && segment->newest >= oldest_kept) break;
    total -= segment->size;
    segment->remove();
    for (auto& [name, channel] : channels_) std::erase_if(channel.points, [&](const Point& point) { return point.segment <= number; });
    segments_.erase(segments_.begin());
  }
  stats_.segments = segments_.size();
  stats_.bytes = total;
}

void EventLog::when_synced(std::function<void(bool)> done) {
  waiting_.push_back(std::move(done));
  sync();
}

/// One sync at a time; whoever comes while it runs is served by the next.
void EventLog::sync() {
  sync_timer_.reset();
  if (syncing_) return;
  syncing_ = true;
  ++stats_.syncs;
  auto served = std::make_shared<std::vector<std::function<void(bool)>>>(std::exchange(waiting_, {}));
  auto segments = std::exchange(unsynced_, {});
  segments.push_back(segments_.rbegin()->second);
  workers_.then<int>([segments](const std::stop_token&) {
                       int error = 0;
                       for (const auto& segment : segments) {
                         if (::fdatasync(segment->fd) < 0) error = errno;
                       }
                       return error;
                     },
                     [this, served, segments](int error) {
                       syncing_ = false;
                       if (error != 0) {
                         ++stats_.write_errors;
                         log::write(log::Level::error, "events", "event_log.sync", std::strerror(error));
                         unsynced_.insert(unsynced_.begin(), segments.begin(), std::prev(segments.end()));  // the next sync tries them again
                       }
                       for (const auto& done : *served) done(error == 0);
                       if (!waiting_.empty()) sync();
                     },
                     Job::keeps);
}

}  // namespace bpyd::runtime
