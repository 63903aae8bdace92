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
      [text = std::exchange(newest_, nullptr), file = file_, mode = mode_](const std::stop_token&) -> Written {
        const auto began = steady_clock::now();
        std::error_code error;
        std::filesystem::create_directory(file.parent_path(), error);
        auto result = write_atomically(file, text(), mode);
        return {std::move(result), std::chrono::duration_cast<milliseconds>(steady_clock::now() - began)};
      },
      [self = shared_from_this()](const Written& written) {
        self->writing_ = false;
        self->took_ = written.took;
        if (!written.result) self->failed_(written.result.error());
        if (self->newest_) self->next();
        self->written_.fire();
      });
}

runtime::Task<void> StateFile::settled(std::shared_ptr<StateFile> file) {
  while (!file->idle()) {
    auto waiting = file->written_.wait();
    co_await std::move(waiting);
  }
}

}  // namespace bpyd::io
