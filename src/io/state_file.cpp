// SPDX-License-Identifier: MIT
// Newest wins.
#include "bpyd/io/state_file.hpp"

#include "bpyd/io/files.hpp"

namespace bpyd::io {

void StateFile::write(std::function<std::string()> text) {
  newest_ = std::move(text);
  if (!writing_) next();
}

void StateFile::next() {
  writing_ = true;
  workers_.then<Result<void>>(
      [text = std::exchange(newest_, nullptr), file = file_, mode = mode_](const std::stop_token&) -> Result<void> {
        std::error_code error;
        std::filesystem::create_directory(file.parent_path(), error);
        return write_atomically(file, text(), mode);
      },
      [self = shared_from_this()](const Result<void>& written) {
        self->writing_ = false;
        if (!written) self->failed_(written.error());
        if (self->newest_) self->next();
      });
}

}  // namespace bpyd::io
