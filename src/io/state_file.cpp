// SPDX-License-Identifier: MIT
// Newest wins.
#include "bpyd/io/state_file.hpp"

#include "bpyd/io/files.hpp"

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kNoPause{10};  // what was written within this is written at once
constexpr milliseconds kLongestPause{1000};

struct Written {
  Result<void> result;
  milliseconds took{0};
};

}  // namespace

StateFile::StateFile(runtime::Loop& loop, runtime::Workers& workers, std::filesystem::path file, unsigned mode, std::function<void(const Error&)> failed)
    : StateFile(loop, workers, [file = std::move(file), mode](std::string_view text) {
        std::error_code ignored;
        std::filesystem::create_directory(file.parent_path(), ignored);
        return write_atomically(file, text, mode);
      }, std::move(failed)) {}

void StateFile::write(std::function<std::string()> text) {
  newest_ = std::move(text);
  if (!writing_ && !pause_) next();
}

void StateFile::flush() {
  flushed_ = true;
  pause_.reset();
  if (newest_ && !writing_) next();
}

void StateFile::next() {
  const auto pause = std::min(took_ * 2, kLongestPause);
  if (took_ > kNoPause && !flushed_ && !pause_) {
    pause_ = loop_.after(pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->next();
    });
    return;
  }
  pause_.reset();
  writing_ = true;
  workers_.then<Written>(
      [text = std::exchange(newest_, nullptr), put = put_](const std::stop_token&) -> Written {
        const auto began = steady_clock::now();
        auto result = put(text());
        return {std::move(result), std::chrono::duration_cast<milliseconds>(steady_clock::now() - began)};
      },
      [self = shared_from_this()](const Written& written) {
        self->writing_ = false;
        self->took_ = written.took;
        if (!written.result) self->failed_(written.result.error());
        if (self->newest_) self->next();
        self->written_.fire();
      },
      runtime::Job::keeps);
}

runtime::Task<void> StateFile::settled(std::shared_ptr<StateFile> file) {
  while (!file->idle()) {
    auto waiting = file->written_.wait();
    co_await std::move(waiting);
  }
}

}  // namespace bpyd::io
