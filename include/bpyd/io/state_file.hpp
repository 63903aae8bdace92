// SPDX-License-Identifier: MIT
// A file that always holds the newest state, written beside the loop.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "bpyd/core/error.hpp"
#include "bpyd/runtime/signal.hpp"
#include "bpyd/runtime/workers.hpp"

namespace bpyd::io {

/// Loop thread only. At most one write at a time; what comes meanwhile waits, and of that only the newest is
/// written. A state that takes long to write waits twice as long first (at most a second): often the next one
/// comes before, and making the text would only be in its way. Each write is atomic (write_atomically).
class StateFile : public std::enable_shared_from_this<StateFile> {
 public:
  /// `failed` is called on the loop when a write failed; the next one is tried all the same.
  StateFile(runtime::Loop& loop, runtime::Workers& workers, std::filesystem::path file, unsigned mode, std::function<void(const Error&)> failed);
  /// `put` writes the text where it belongs, on a worker.
  using Put = std::function<Result<void>(std::string_view text)>;
  StateFile(runtime::Loop& loop, runtime::Workers& workers, Put put, std::function<void(const Error&)> failed)
      : loop_(loop), workers_(workers), written_(loop), put_(std::move(put)), failed_(std::move(failed)) {}

  /// `text` is called on a worker: it holds values, not references. The file's folder is made when it is missing.
  void write(std::function<std::string()> text);
  /// Resumes when the newest state is on the disk, or could not be put there. Whoever tells somebody that
  /// something is kept waits for this first. The file is to outlive the wait: hold it.
  static runtime::Task<void> settled(std::shared_ptr<StateFile> file);
  /// What waits is written now.
  void flush();
  [[nodiscard]] bool idle() const { return !writing_ && !newest_; }

 private:
  void next();

  runtime::Loop& loop_;
  runtime::Workers& workers_;
  runtime::Signal written_;
  Put put_;
  std::function<void(const Error&)> failed_;
  std::function<std::string()> newest_;
  std::unique_ptr<runtime::Timer> pause_;
  std::chrono::milliseconds took_{0};
  bool writing_ = false, flushed_ = false;
};

}  // namespace bpyd::io
