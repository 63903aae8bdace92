// SPDX-License-Identifier: MIT
// The event log: what happened on durable channels, one JSON object a line, in segments that are
// only appended to. The format is docs/event-log.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/runtime/loop.hpp"
#include "bpyd/runtime/workers.hpp"

namespace bpyd::runtime {

struct EventLogOptions {
  std::filesystem::path folder;
  std::uint64_t segment_bytes = 8u << 20;  ///< a new segment behind this size
  std::uint64_t total_bytes = 64u << 20;   ///< the oldest segments go above this
  std::chrono::hours age{24 * 7};          ///< and when their newest event is older than this
  std::chrono::milliseconds sync_after{50};
};

/// One event. The views are valid while the call that gives or takes it runs.
struct LogEntry {
  std::string_view channel;
  std::int64_t seq = 0;
  std::int64_t ts = 0;  ///< milliseconds since 1970
  std::string_view type;
  bool flat = false;    ///< `data`'s members belong beside `type` (the daemon's own events)
  std::string_view correlation_id;
  std::string_view data;  ///< JSON on one line
};

/// Where a reader stands. A value.
struct LogCursor {
  std::string channel;
  std::int64_t next = 1;       ///< the number it wants next
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
};

/// What one read() gave.
struct LogSlice {
  bool gap = false;  ///< the wanted number is not in the log any more, or its line is damaged
  std::int64_t behind = 0;  ///< with a gap: the next number that can be read, `until` + 1 when none
};

struct EventLogStats {
  std::uint64_t appended = 0, appended_bytes = 0, write_errors = 0, syncs = 0, damaged = 0, segments = 0, bytes = 0;
};

/// Loop thread only; syncing happens on a worker. An appended event survives the daemon's death
/// (SIGKILL too); it survives the machine's once synced: at most `sync_after` later, or when
/// when_synced() says so.
class EventLog {
 public:
  /// Reads what is there: a torn last line is cut off, damaged lines are skipped and counted.
  /// Fails with disk_full or unreadable when the folder cannot be used.
  static Result<std::unique_ptr<EventLog>> open(Loop& loop, Workers& workers, EventLogOptions options);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Names this log's numbering; new when a log is begun anew, and after a crash of the machine,
  /// which may have taken events that clients have seen.
  [[nodiscard]] const std::string& epoch() const { return epoch_; }
  /// The last number of a channel, 0 for an unknown one.
  [[nodiscard]] std::int64_t last(std::string_view channel) const;
  /// The oldest number that can still be read (last + 1 when none).
  [[nodiscard]] std::int64_t oldest(std::string_view channel) const;
  [[nodiscard]] std::vector<std::string> channels() const;

  /// Written when it returns. disk_full: nothing was, and nothing half.
  Result<void> append(const LogEntry& entry);

  [[nodiscard]] LogCursor after(std::string_view channel, std::int64_t seq) const;
  /// Hands over events up to number `until`, at most `most`, reading at most a bounded stretch of
  /// the log. The cursor moves on; call again for more while it has not passed `until`.
  LogSlice read(LogCursor& cursor, std::int64_t until, std::size_t most, const std::function<void(const LogEntry&)>& each) const;

  /// The end, when the destructor may not come to it: everything is on the disk, nothing is appended after.
  void close();
  /// Calls back once everything appended so far is on the disk, or could not be put there (false); one sync
  /// serves all who wait.
  void when_synced(std::function<void(bool)> done);

  [[nodiscard]] const EventLogStats& stats() const { return stats_; }

 private:
  struct Segment;
  struct Point {
    std::int64_t seq;
    std::uint64_t segment, offset;
  };
  struct Channel {
    std::int64_t last = 0;
    std::vector<Point> points;  ///< the first event in each segment, and every 64th
  };

  EventLog(Loop& loop, Workers& workers, EventLogOptions options);
  Result<void> load();
  Result<void> load_epoch(bool anew);
  bool lost_what_was_told(bool torn);
  Result<void> mark_open();
  Result<bool> load_segment(std::uint64_t number, bool newest);
  std::uint64_t scan(const Segment& segment, std::uint64_t from);
  bool load_index(Segment& segment);
  void save_index(const Segment& segment) const;
  Result<void> begin_segment();
  void retire();
  void note(const std::string& channel, std::int64_t seq, std::uint64_t segment, std::uint64_t offset);
  void sync();

  Loop& loop_;
  Workers& workers_;
  EventLogOptions options_;
  std::string epoch_;
  bool marked_ = false;  ///< the file `open` names this run of the machine
  std::map<std::uint64_t, std::shared_ptr<Segment>> segments_;
  std::vector<std::shared_ptr<Segment>> unsynced_;  ///< sealed since the last sync
  std::map<std::string, Channel, std::less<>> channels_;
  std::string line_;
  EventLogStats stats_;
  std::unique_ptr<Timer> sync_timer_;
  bool syncing_ = false;
  std::vector<std::function<void(bool)>> waiting_;
};

}  // namespace bpyd::runtime
