// SPDX-License-Identifier: MIT
// The event log as a start may find it: segments, index, epoch and mark, each "#name" and its bytes. A line
// whose checksum is written as ........ gets the right one, so that what lies behind it is reached. Whatever
// is there, the log opens, reads in order, goes on behind the last number, and opens again to the same.
#include <zlib.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "../support/temp_dir.hpp"
#include "bpyd/runtime/event_log.hpp"
#include "log_line.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;
using runtime::EventLog;

namespace {

constexpr std::string_view kStart = "{\"crc\":\"", kBlank = "........";

std::string with_checksums(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool ended = text.contains('\n');
    std::string line(fuzz::take_line(text));
    if (line.starts_with(kStart) && line.size() > 18 && line.substr(8, 8) == kBlank) {
      char digits[9];
      std::snprintf(digits, sizeof digits, "%08lx", ::crc32(0, reinterpret_cast<const Bytef*>(line.data()) + 18, static_cast<uInt>(line.size() - 18)));
      line.replace(8, 8, digits);
    }
    out += line;
    if (ended) out += '\n';
  }
  return out;
}

void look_at(std::string_view line) {
  const auto head = runtime::read_head(line);
  if (runtime::is_carry(line)) (void)runtime::read_carry(line);
  demand(runtime::events_in(line) >= 1);
  if (!head) return;
  demand(head->seq >= 1 && head->rest <= line.size());
  (void)runtime::read_rest(line, *head);  // as if the checksum fitted
}

using Events = std::map<std::int64_t, std::pair<std::string, std::string>>;  // type and data by number

Events read_all(const EventLog& log, const std::string& channel) {
  Events events;
  const auto last = log.last(channel);
  auto cursor = log.after(channel, 0);
  std::int64_t before = 0;
  for (int rounds = 0; rounds < 200 && cursor.next <= last; ++rounds) {
    const auto slice = log.read(cursor, last, 64, [&](const runtime::LogEntry& entry) {
      demand(entry.channel == channel && entry.seq > before && entry.seq <= last && !entry.data.contains('\n'));
      before = entry.seq;
      events[entry.seq] = {std::string(entry.type), std::string(entry.data)};
    });
    if (!slice.gap) continue;
    demand(slice.behind >= cursor.next);
    if (slice.behind > last) break;
    cursor = log.after(channel, slice.behind - 1);
  }
  return events;
}

struct Seen {
  std::int64_t last = 0;
  Events events;
  bool operator==(const Seen&) const = default;
};

std::map<std::string, Seen> see(const EventLog& log) {
  std::map<std::string, Seen> seen;
  for (const auto& name : log.channels()) {
    auto& channel = seen[name];
    channel.last = log.last(name);
    demand(channel.last >= 0 && log.oldest(name) >= 1);
    if (seen.size() < 8) channel.events = read_all(log, name);
  }
  return seen;
}

void go_on(EventLog& log, const std::string& channel) {
  const auto last = log.last(channel);
  if (last == std::numeric_limits<std::int64_t>::max()) return;
  demand(log.append({channel, last + 1, 1'767'323'045'678, "ty\"pe\n", false, "c", R"({"x":"é"})"}).has_value());
  demand(log.last(channel) == last + 1);
  auto cursor = log.after(channel, last);
  std::size_t got = 0;
  const auto slice = log.read(cursor, last + 1, 4, [&](const runtime::LogEntry& entry) {
    demand(entry.seq == last + 1 && entry.type == "ty\"pe\n" && entry.correlation_id == "c" && entry.data == R"({"x":"é"})");
    ++got;
  });
  demand(!slice.gap && got == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::TempDir kFolder;
  static runtime::Loop loop;
  static runtime::Workers workers(loop, 1);
  const auto folder = kFolder / "events";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  for (const auto& [name, bytes] : fuzz::files_of(fuzz::text_of(data, size))) {
    const auto text = with_checksums(bytes);
    for (std::string_view rest = text; !rest.empty();) look_at(fuzz::take_line(rest));
    const bool known = name == "epoch" || name == "open" || (name.size() < 30 && !name.contains('/') && (name.ends_with(".jsonl") || name.ends_with(".index")));
    if (name.empty() || !known || name.contains('\0')) test::write_file(folder / "0000000001.jsonl", text);
    else test::write_file(folder / name, text);
  }
  const runtime::EventLogOptions options{.folder = folder};
  std::map<std::string, Seen> seen;
  std::string epoch;
  {
    auto log = EventLog::open(loop, workers, options);
    demand(log.has_value());
    go_on(**log, "missions");
    epoch = (*log)->epoch();
    seen = see(**log);
  }
  auto again = EventLog::open(loop, workers, options);
  demand(again.has_value() && (*again)->epoch().size() == 16);
  const auto then = see(**again);
  // Numbers are never given twice, and what could be read can be read again.
  for (const auto& [name, before] : seen) {
    demand(then.contains(name) && then.at(name).last >= before.last);
    demand(then.at(name).events == before.events);
  }
  again->reset();
  loop.context().poll();  // timers that were let go of
  return 0;
}
