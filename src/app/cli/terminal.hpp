// SPDX-License-Identifier: MIT
// What a terminal is told: text, never commands to it.
#pragma once

#include <iosfwd>
#include <memory>

namespace bpyd::app::cli {

/// While it lives, a stream that ends in a terminal shows control characters (but the end of a line and tabs) as
/// blanks: names of files, labels and messages from a project may hold any. What is piped stays as it is.
/// Thread: the one that writes to the stream. The stream must outlive it.
class PlainOnTerminal {
 public:
  PlainOnTerminal(std::ostream& stream, int fd);
  ~PlainOnTerminal();
  PlainOnTerminal(const PlainOnTerminal&) = delete;
  PlainOnTerminal& operator=(const PlainOnTerminal&) = delete;

 private:
  class Filter;
  std::ostream& stream_;
  std::unique_ptr<Filter> filter_;
};

}  // namespace bpyd::app::cli
