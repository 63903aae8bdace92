// SPDX-License-Identifier: MIT
// The handler of fatal signals, and what is made of its note.
#include "bpyd/runtime/crash.hpp"

#include <cxxabi.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "symbols.hpp"

namespace bpyd::runtime {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
constexpr std::size_t kFrames = 48, kStack = 64 * 1024, kPath = 4096, kNoteMost = 64 * 1024;

std::array<char, kPath> log_path{}, note_path{};
std::array<struct sigaction, kSignals.size()> before{};
std::atomic<bool> crashing{false};

std::string_view name_of(int signal) {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGILL: return "SIGILL";
    case SIGFPE: return "SIGFPE";
    case SIGABRT: return "SIGABRT";
    case SIGTRAP: return "SIGTRAP";
    default: return "SIGSYS";
  }
}

/// A line put together without an allocation; what does not fit is left out.
class Line {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      if (size_ < text_.size()) text_[size_++] = c;
    }
  }
  void add_number(std::uint64_t value, unsigned base = 10, std::size_t least = 1) {
    std::array<char, 20> digits{};
    std::size_t at = digits.size();
    do digits[--at] = "0123456789abcdef"[value % base];
    while ((value /= base) > 0 || digits.size() - at < least);
    add({digits.data() + at, digits.size() - at});
  }
  /// For names out of a symbol table: whatever could end a JSON string is left out.
  void add_name(std::string_view name) {
    for (const char c : name) {
      if (c > 0x20 && c < 0x7F && c != '"' && c != '\\') add({&c, 1});
    }
  }
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 16 * 1024> text_{};
  std::size_t size_ = 0;
};

/// 2026-11-22T08:05:00.123Z by Howard Hinnant's days-to-civil: gmtime may lock.
void add_time(Line& line) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t days = now.tv_sec / 86400, rest = now.tv_sec % 86400;
  const std::int64_t shifted = days + 719468, era = shifted / 146097, of_era = shifted % 146097;
  const std::int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const auto put = [&](std::int64_t value, std::size_t digits, std::string_view behind) {
    line.add_number(static_cast<std::uint64_t>(value), 10, digits);
    line.add(behind);
  };
  put(year_of_era + era * 400 + (month <= 2 ? 1 : 0), 4, "-");
  put(month, 2, "-");
  put(day_of_year - (153 * shifted_month + 2) / 5 + 1, 2, "T");
  put(rest / 3600, 2, ":");
  put(rest / 60 % 60, 2, ":");
  put(rest % 60, 2, ".");
  put(now.tv_nsec / 1000000, 3, "Z");
}

struct Frames {
  std::array<std::uintptr_t, kFrames> at{};
  std::size_t count = 0;
};

_Unwind_Reason_Code take_frame(_Unwind_Context* context, void* into) {
  auto& frames = *static_cast<Frames*>(into);
  if (frames.count == frames.at.size()) return _URC_END_OF_STACK;
  int before_instruction = 0;
  const auto address = _Unwind_GetIPInfo(context, &before_instruction);
  if (address == 0) return _URC_END_OF_STACK;
  // A return address lies behind its call, which may be another function's first byte.
  frames.at[frames.count++] = before_instruction != 0 ? address : address - 1;
  return _URC_NO_REASON;
}

void add_trace(Line& line) {
  Frames frames;
  ::_Unwind_Backtrace(take_frame, &frames);
  const OwnSymbols symbols;
  for (std::size_t i = 0; i < frames.count; ++i) {
    line.add(i == 0 ? "\"" : ",\"");
    const auto place = symbols.find(frames.at[i]);
    line.add_name(place.name.empty() ? std::string_view("?") : place.name);
    line.add(" +0x");
    line.add_number(place.offset, 16);
    line.add("\"");
  }
}

void append(const char* path, int flags, std::string_view text) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
  if (fd < 0) return;
  [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
  ::close(fd);
}

void tell(int signal, const siginfo_t& info) {
  static Line line;  // not on a stack that may have run over
  line.add(R"({"ts":")");
  add_time(line);
  line.add(R"(","level":"error","component":"daemon","event":"daemon.crash","msg":"Ended by )");
  line.add(name_of(signal));
  if (info.si_code > 0 && signal != SIGABRT) {
    line.add(" at address 0x");
    line.add_number(reinterpret_cast<std::uintptr_t>(info.si_addr), 16);
  }
  line.add(R"(","signal":")");
  line.add(name_of(signal));
  line.add(R"(","version":")" BPYD_VERSION R"(","trace":[)");
  add_trace(line);
  line.add(R"(],"daemon_pid":)");
  line.add_number(static_cast<std::uint64_t>(::getpid()));
  line.add("}\n");
  append(log_path.data(), O_APPEND, line.text());
  append(note_path.data(), O_TRUNC, line.text());
}

/// Tells, and lets happen what would have happened: the fault comes again when we return, to whoever had the
/// signal before us (a sanitizer, or nobody: the process ends, with a core where that is wanted).
void on_fatal(int signal, siginfo_t* info, void*) {
  if (crashing.exchange(true)) ::usleep(100'000);  // another thread is telling
  else tell(signal, *info);
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before[i], nullptr);
  if (info->si_code <= 0) ::raise(signal);  // sent, not caused: it does not come again by itself
}

void keep(std::array<char, kPath>& into, const std::filesystem::path& path) {
  const auto& text = path.native();
  if (text.size() < into.size()) text.copy(into.data(), text.size());
}

std::string readable(const std::string& frame) {
  const auto end = frame.find(' ');
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(frame.substr(0, end).c_str(), nullptr, nullptr, &status), std::free);
  return name && status == 0 ? std::string(name.get()) + frame.substr(std::min(end, frame.size())) : frame;
}

}  // namespace

CrashStack::CrashStack() : stack_(MAP_FAILED) {
  stack_t had{};
  if (::sigaltstack(nullptr, &had) != 0 || (had.ss_flags & SS_DISABLE) == 0) return;  // a sanitizer gave it one
  stack_ = ::mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack_ == MAP_FAILED) return;
  const stack_t stack{stack_, 0, kStack};
  ::sigaltstack(&stack, nullptr);
}

CrashStack::~CrashStack() {
  if (stack_ == MAP_FAILED) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(stack_, kStack);
}

void catch_crashes(const std::filesystem::path& log_file, const std::filesystem::path& note) {
  static const CrashStack main_stack;
  keep(log_path, log_file);
  keep(note_path, note);
  struct sigaction action {};
  action.sa_sigaction = on_fatal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before[i]);
}

std::optional<CrashNote> read_crash_note(const std::filesystem::path& note) {
  std::ifstream in(note, std::ios::binary);
  std::string text(kNoteMost, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto string_of = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  CrashNote made{string_of("ts"), string_of("signal"), string_of("version"), {}};
  const auto trace = json.find("trace");
  if (trace == json.end() || !trace->is_array()) return made;
  for (const auto& frame : *trace) {
    if (frame.is_string()) made.trace.push_back(readable(frame.get<std::string>()));
  }
  return made;
}

}  // namespace bpyd::runtime
