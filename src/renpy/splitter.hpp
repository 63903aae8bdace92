// SPDX-License-Identifier: MIT
// The pass over a file's characters that makes logical lines, and then blocks of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bpyd/renpy/lines.hpp"

namespace bpyd::renpy {

/// The strict reading follows renpy/parser.py's list_logical_lines and group_logical_lines step by
/// step; the tolerant one adds where a string or bracket is given up. Used once.
class Splitter {
 public:
  Splitter(std::string_view source, std::string_view file, Reading reading)
      : source_(source),
        tolerant_(reading == Reading::tolerant),
        budget_(source.size() * 4 + 4096),
        file_(file) {}

  LineFile run();

 private:
  struct Spot {
    std::size_t offset = 0;
    std::uint32_t line = 0;
  };

  void one_line();

  void indentation();

  /// Runs to the end of the logical line; answers where its text ends.
  std::size_t scan();

  std::size_t new_line();

  void word();

  /// A string, to its end. An offset when the logical line has to end there.
  std::optional<std::size_t> string();

  /// Tolerant only: must the string that reaches this line end stop here?
  bool given_up(bool triple, char delim, bool asked);

  /// Looks ahead for a closing quote that can be one: not the opening quote of the next string.
  bool closes_well(char delim);

  /// At a line's start: a statement no deeper than this one begins.
  [[nodiscard]] bool statement_follows() const;

  std::size_t unclosed_bracket();

  void diagnose_bracket();

  /// The string ends with its line; a closing quote is put in so that the line still parses.
  std::size_t unterminated(Spot spot);

  /// `[__name]` inside a string is as private as `__name` outside.
  void munge_inside(std::size_t begin);

  void note_tab();

  void report_tabs();

  void diagnose(const char* id, Spot spot, std::string message, std::string suggestion);

  [[nodiscard]] char at(std::size_t i) const { return i < source_.size() ? source_[i] : '\0'; }

  /// Leaves source bytes [from, to) out of the text.
  void take_out(std::size_t from, std::size_t to);
  void cut(std::size_t from, std::size_t to);

  std::string_view finish(std::size_t end);

  const std::string& prefix();

  void group();

  std::string_view source_;
  bool tolerant_;
  std::size_t budget_;  // bytes that looking ahead may still cost: keeps the whole linear
  std::string_view file_;
  std::string prefix_;
  LineFile out_;
  std::size_t pos_ = 0;
  std::uint32_t number_ = 1;
  std::size_t start_ = 0;
  std::size_t piece_ = 0;  // source from here on is not yet in buffer_
  std::string buffer_;
  bool edited_ = false;
  bool ran_on_ = false;
  std::size_t brackets_ = 0;  // open ones; like Ren'Py, whichever kind
  Spot first_open_;
  std::uint32_t line_depth_ = 0;
  Spot first_tab_;
  bool tab_here_ = false;
  std::uint32_t tabbed_lines_ = 0;
};

}  // namespace bpyd::renpy
