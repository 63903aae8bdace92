// SPDX-License-Identifier: MIT
// The only file that knows spdlog: a rotating file of JSON lines, and standard error on request.
#define SPDLOG_HEADER_ONLY
#define FMT_HEADER_ONLY
#include "bpyd/core/log.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "bpyd/core/clock.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::log {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};

std::atomic<std::uint64_t> lost{0};
std::atomic<bool> torn{false};  ///< the file may end in half a line: the next one begins on a line of its own

class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    std::string line(msg.payload.data(), msg.payload.size());
    line += '\n';
    if (!to_stderr(line)) ++lost;
  }
  void flush_() override {}
};

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance;
  return instance;
}
std::atomic<Level> least{Level::info};

std::mutex listener_lock;
std::function<void(const LineView&)> listener;
std::atomic<bool> heard{false};

void tell_listener(const LineView& line) {
  if (!heard) return;
  const std::lock_guard guard(listener_lock);
  if (listener) listener(line);
}

/// As `\u….`: what a terminal obeys (U+0080–U+009F) or takes for the end of a line (U+2028, U+2029).
void escape_line_breakers(std::string& json) {
  for (std::size_t at = 0; (at = json.find_first_of("\xC2\xE2", at)) != std::string::npos; ++at) {
    const std::string_view rest = std::string_view(json).substr(at);
    const unsigned next = rest.size() > 1 ? static_cast<unsigned char>(rest[1]) : 0;
    if (rest[0] == '\xC2' && next >= 0x80 && next < 0xA0) json.replace(at, 2, std::string("\\u00") + (next < 0x90 ? '8' : '9') + "0123456789abcdef"[next & 0xF]);
    else if (rest.starts_with("\xE2\x80\xA8")) json.replace(at, 3, "\\u2028");
    else if (rest.starts_with("\xE2\x80\xA9")) json.replace(at, 3, "\\u2029");
  }
}

std::string quoted(std::string_view text) {
  auto json = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  escape_line_breakers(json);
  return json;
}

}  // namespace

std::string_view level_text(Level level) { return kNames[static_cast<std::size_t>(level)]; }

Result<Level> parse_level(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Level>(i);
  }
  return fail(Code::bad_value, "'" + printable_utf8(text.substr(0, 40)) + "' is no log level", "Use debug, info, warn or error");
}

Result<void> open(const Options& options) {
  std::vector<spdlog::sink_ptr> sinks;
  if (!options.file.empty()) {
    struct stat about {};
    if (::lstat(options.file.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) {
      return fail(Code::disk_full, "The log " + options.file.string() + " is no regular file", "Move it away");
    }
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          options.file.string(), options.max_bytes, options.files > 0 ? options.files - 1 : 0));
      ::chmod(options.file.c_str(), 0600);
    } catch (const std::exception&) {
      return fail(Code::disk_full, "The log " + options.file.string() + " cannot be opened for writing");
    }
  }
  if (options.to_stderr) sinks.push_back(std::make_shared<StderrSink>());
  auto made = std::make_shared<spdlog::logger>("bpyd", sinks.begin(), sinks.end());
  made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc));
  made->set_level(spdlog::level::trace);
  made->flush_on(spdlog::level::trace);
  made->set_error_handler([](const std::string&) {  // disk full: serving goes on (R28)
    ++lost;
    torn = true;
  });
  logger() = std::move(made);
  least = options.level;
  return {};
}

void close() { logger().reset(); }
std::uint64_t lost_lines() { return lost; }

bool to_stderr(std::string_view text) {
  while (!text.empty()) {
    // A pipe that is ready takes this much without blocking; its flags are its other users' too.
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) <= 0 || (ready.revents & POLLOUT) == 0) return false;
    const auto written = ::write(STDERR_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void set_level(Level level) { least = level; }

void write_members(Level level, std::string_view component, std::string_view event, std::string_view msg,
                   std::string_view members) {
  const auto sink = logger();
  if (!sink || level < least) return;
  std::string line = "{\"ts\":\"" + iso8601_now() + "\",\"level\":\"" + std::string(level_text(level)) +
                     "\",\"component\":" + quoted(component) + ",\"event\":" + quoted(event) +
                     ",\"msg\":" + quoted(msg);
  if (!members.empty()) line.append(",").append(members);
  line += ",\"daemon_pid\":" + std::to_string(::getpid()) + "}";
  if (torn.exchange(false)) line.insert(0, 1, '\n');
  sink->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  tell_listener({level, component, event, msg});
}

void write(Level level, std::string_view component, std::string_view event, std::string_view msg,
           std::initializer_list<Extra> extra) {
  if (level < least) return;
  std::string members;
  for (const auto& [key, value] : extra) {
    if (!members.empty()) members += ',';
    members += quoted(key) + ":" + quoted(value);
  }
  write_members(level, component, event, msg, members);
}

void set_listener(std::function<void(const LineView&)> wanted) {
  const std::lock_guard guard(listener_lock);
  heard = static_cast<bool>(wanted);
  listener = std::move(wanted);
}

std::string without_secrets(std::string_view target) {
  std::string out(target);
  for (const std::string_view key : {"token=", "k=", "ticket="}) {
    for (std::size_t at = 0; (at = out.find(key, at)) != std::string::npos; at += key.size()) {
      if (at > 0 && std::string_view("?&/;#").find(out[at - 1]) == std::string_view::npos) continue;
      const auto from = at + key.size();
      const auto end = std::min(out.find_first_of("&;#", from), out.size());
      out.replace(from, end - from, "***");
    }
  }
  return out;
}

}  // namespace bpyd::log
