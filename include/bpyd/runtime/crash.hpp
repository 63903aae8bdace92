// SPDX-License-Identifier: MIT
// A fatal signal (a fault, an abort) leaves one line in the log with its stack trace, the same line as a
// note beside the profile's files for the next start to tell, and then ends the process as it would have.
//
// Nothing in the handler allocates, locks or formats with the C library: names are found in the program's
// own symbol table, mapped there and then.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bpyd::runtime {

/// Main thread, once, after the log was opened. The paths are copied.
void catch_crashes(const std::filesystem::path& log_file, const std::filesystem::path& note);

/// Gives the calling thread a stack for the handler, so that a stack that ran over is told too. The main
/// thread's comes with catch_crashes; each other thread calls it first thing. Held until the thread ends.
class CrashStack {
 public:
  CrashStack();
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;

 private:
  void* stack_;
};

/// What a crash left.
struct CrashNote {
  std::string time, signal, version;
  std::vector<std::string> trace;  ///< innermost first, names readable
};
/// Reads a note; nothing when there is none, or none that can be read.
std::optional<CrashNote> read_crash_note(const std::filesystem::path& note);

}  // namespace bpyd::runtime
