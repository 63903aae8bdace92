// SPDX-License-Identifier: MIT
// What a start finds: the epoch, sealed segments by their index, the newest line by line.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "log_line.hpp"
#include "log_segment.hpp"

namespace bpyd::runtime {
namespace {

constexpr std::size_t kBlock = 1u << 20, kIndex = 64u << 20, kWord = 128;

bool sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

/// The bytes, synced, under a temporary name first (R17).
bool write_file(const std::filesystem::path& file, std::string_view bytes) {
  auto temporary = file;
  temporary += ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) return false;
  const bool written = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  ::close(fd);
  std::error_code error;
  if (written) std::filesystem::rename(temporary, file, error);
  return written && !error && sync_folder(file.parent_path());
}

/// A regular file of at most `limit` bytes; empty for everything else, which may be a pipe, a link or far too large.
std::string read_small(const std::filesystem::path& file, std::size_t limit) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return {};
  struct stat about {};
  std::string text;
  if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && static_cast<std::uint64_t>(about.st_size) <= limit) {
    text.resize(limit);
    const auto got = ::read(fd, text.data(), limit);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  ::close(fd);
  return text;
}

/// Names this run of the machine.
std::string boot_id() { return std::string(trim(read_small("/proc/sys/kernel/random/boot_id", kWord))); }

/// What bears the name of a segment and is none (a link, a pipe, a folder): out of the way, and said.
bool set_aside(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::symlink_status(file, error).type() == std::filesystem::file_type::regular) return false;
  auto aside = file;
  std::filesystem::rename(file, aside.concat(".odd"), error);
  log::write(log::Level::warn, "events", "event_log.odd", "What is no regular file was set aside", {{"file", file.string()}, {"to", aside.string()}});
  return true;
}

std::string unquoted(std::string_view quoted) {
  const auto parsed = nlohmann::json::parse(quoted, nullptr, false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string();
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::open(Loop& loop, Workers& workers, EventLogOptions options) {
  std::unique_ptr<EventLog> log(new EventLog(loop, workers, std::move(options)));
  if (auto ok = log->load(); !ok) return std::unexpected(ok.error());
  return log;
}

Result<void> EventLog::load() {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error) return fail(Code::disk_full, "The folder " + options_.folder.string() + " cannot be made: " + error.message());
  ::chmod(options_.folder.c_str(), 0700);
  std::vector<std::uint64_t> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder, error)) {
    const std::string stem = entry.path().stem().string();
    std::uint64_t number = 0;
    const auto [end, bad] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (entry.path().extension() != ".jsonl" || bad != std::errc{} || end != stem.data() + stem.size()) continue;
    if (!set_aside(entry.path())) numbers.push_back(number);
  }
  if (error) return fail(Code::unreadable, "The folder " + options_.folder.string() + " cannot be read: " + error.message());
  std::ranges::sort(numbers);
  bool torn = false;
  for (const auto number : numbers) {
    const auto loaded = load_segment(number, number == numbers.back());
    if (!loaded) return std::unexpected(loaded.error());
    torn = torn || *loaded;
  }
  if (auto ok = load_epoch(lost_what_was_told(torn)); !ok) return ok;
  if (!marked_) std::filesystem::remove(options_.folder / "open", error);
  if (segments_.empty()) {
    if (auto ok = begin_segment(); !ok) return ok;
  }
  retire();
  return {};
}

/// Whether events that clients have seen may be missing behind the last line. A killed daemon leaves
/// every line it told of, for the system holds what was written; a machine that died does not.
bool EventLog::lost_what_was_told(bool torn) {
  const auto held = std::string(trim(read_small(options_.folder / "open", kWord)));
  if (held.empty()) return torn;  // it was closed in order, or never open: nothing tears it but a hand or a bad disk
  marked_ = held == boot_id();
  return !marked_;
}

/// Says on the disk that what follows may be told before it is synced.
Result<void> EventLog::mark_open() {
  if (!write_file(options_.folder / "open", boot_id() + "\n")) return fail(Code::disk_full, "The event log cannot be written in " + options_.folder.string());
  marked_ = true;
  return {};
}

/// No epoch beside a log means that somebody tampered: its numbers get a new name. So they do where
/// a number that a client has seen could be given again.
Result<void> EventLog::load_epoch(bool anew) {
  const auto file = options_.folder / "epoch";
  epoch_ = std::string(trim(read_small(file, kWord)));
  const bool good = !anew && epoch_.size() == 16 && std::ranges::all_of(epoch_, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (good) return {};
  epoch_ = random_hex(8);
  if (!write_file(file, epoch_ + "\n")) return fail(Code::disk_full, "The event log's epoch cannot be written to " + file.string());
  return {};
}

/// Whether its last line was torn.
Result<bool> EventLog::load_segment(std::uint64_t number, bool newest) {
  auto opened = Segment::create(options_.folder, number);
  if (!opened) return std::unexpected(opened.error());
  const auto segment = segments_.emplace(number, *std::move(opened)).first->second;
  if (!newest && load_index(*segment)) return false;
  const std::uint64_t whole = scan(*segment, 0);
  if (whole == segment->size) return false;
  log::write(log::Level::warn, "events", "event_log.torn", "A line was cut off by a crash: dropped",
             {{"file", segment->file.string()}, {"bytes", std::to_string(segment->size - whole)}});
  if (newest) segment->cut(whole);
  return true;
}

/// Notes every event from `from` on; the end of the last line.
std::uint64_t EventLog::scan(const Segment& segment, std::uint64_t from) {
  std::map<std::string, std::int64_t, std::less<>> damaged_behind;  // damaged lines behind a channel's last good one
  std::int64_t damaged = 0;
  std::string block;
  std::uint64_t offset = from;
  while (segment.read_lines(offset, kBlock, block)) {
    for (std::size_t start = 0; start < block.size();) {
      const std::size_t end = block.find('\n', start);
      const auto line = std::string_view(block).substr(start, end - start);
      const auto head = read_head(line);
      if (head && is_whole(line)) {
        const auto name = unquoted(head->channel);
        note(name, head->seq, segment.number, offset);
        damaged_behind[name] = damaged;
      } else if (is_carry(line)) {
        for (const auto& [name, seq] : read_carry(line)) channels_[name].last = std::max(channels_[name].last, seq);
      } else {
        damaged += events_in(line);
      }
      offset += line.size() + 1;
      start = end + 1;
    }
  }
  if (damaged > 0) {
    stats_.damaged += static_cast<std::uint64_t>(damaged);
    log::write(log::Level::warn, "events", "event_log.damaged", "Lines of the event log are damaged: their events cannot be read again",
               {{"file", segment.file.string()}, {"lines", std::to_string(damaged)}});
    // A damaged line may hold a number that a client has seen: such numbers are never given again.
    for (auto& [name, channel] : channels_) channel.last += damaged - damaged_behind[name];
  }
  return offset;
}

bool EventLog::load_index(Segment& segment) {
  const auto parsed = parse_json_object(read_small(segment.index_file(), kIndex));
  if (!parsed) return false;
  struct Row {
    std::string name;
    std::int64_t last;
    std::vector<Point> points;
  };
  std::vector<Row> rows;
  try {
    if (parsed->at("bytes").get<std::uint64_t>() != segment.size) return false;
    for (const auto& [name, entry] : parsed->at("channels").items()) {
      Row row{name, entry.at("last").get<std::int64_t>(), {}};
      if (row.last < 0 || row.last > kMostSeq) return false;
      const auto known = channels_.find(name);
      auto before = known == channels_.end() || known->second.points.empty() ? 0 : known->second.points.back().seq;
      for (const auto& point : entry.at("points")) {
        row.points.push_back({point.at(0).get<std::int64_t>(), segment.number, point.at(1).get<std::uint64_t>()});
        if (row.points.back().seq <= before || row.points.back().seq > row.last) return false;
        before = row.points.back().seq;
      }
      rows.push_back(std::move(row));
    }
    segment.newest = parsed->at("newest").get<std::int64_t>();
  } catch (const nlohmann::json::exception&) {
    return false;
  }
  for (auto& row : rows) {
    Channel& channel = channels_[row.name];
    channel.last = std::max(channel.last, row.last);
    channel.points.insert(channel.points.end(), row.points.begin(), row.points.end());
  }
  return true;
}

/// Only a help for the next start: without it the segment is read through.
void EventLog::save_index(const Segment& segment) const {
  nlohmann::json index{{"bytes", segment.size}, {"newest", segment.newest}, {"channels", nlohmann::json::object()}};
  for (const auto& [name, channel] : channels_) {
    auto points = nlohmann::json::array();
    for (const auto& point : channel.points) {
      if (point.segment == segment.number) points.push_back({point.seq, point.offset});
    }
    index["channels"][name] = {{"last", channel.last}, {"points", std::move(points)}};
  }
  std::error_code ignored;
  std::filesystem::remove(segment.index_file(), ignored);  // whatever it is: a pipe would keep us waiting
  std::ofstream out(segment.index_file(), std::ios::binary | std::ios::trunc);
  out << index.dump() << "\n";
}

}  // namespace bpyd::runtime
