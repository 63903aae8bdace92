// SPDX-License-Identifier: MIT
// Physical text to logical lines to blocks, the way Ren'Py does it: a logical line runs over
// brackets, backslashes and strings; a block is what is indented below its line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/renpy/compact.hpp"
#include "bpyd/renpy/diagnostic.hpp"

namespace bpyd::renpy {

/// One logical line. `text` has no indentation, comments or carriage returns in it; it points into
/// the source, or into LineFile::arena when something had to be taken out.
struct Line {
  std::string_view text;
  std::uint32_t number = 0;     // physical line it starts on, from 1
  std::uint32_t depth = 0;      // spaces before it
  std::uint32_t source = 0;     // byte offset of its first character
  std::uint32_t block_end = 0;  // index one past its block; its block starts at its own index + 1
  bool edited = false;          // text is not the source's bytes one to one
  bool ran_on = false;          // a string or bracket in it runs over a line's end
};

/// How strings and brackets that do not end are taken.
enum class Reading : std::uint8_t {
  strict,    // as Ren'Py: they may run on to the end of the file
  tolerant,  // they end with their line where that makes sense of what follows
};

/// The lines of one file, in order; blocks are index ranges, so nothing here is recursive.
struct LineFile {
  std::vector<Line> lines;
  TextArena arena;
  std::vector<Diagnostic> diagnostics;
  std::uint32_t physical_lines = 0;
};

/// `source` must be valid UTF-8 and outlive the result. `file` gives the prefix of `__names`.
/// Linear in the text. Thread: pure, any thread.
LineFile split_lines(std::string_view source, std::string_view file, Reading reading);

/// The column (from 1, in characters) of a byte offset within its physical line.
std::uint32_t place_in_line(std::string_view source, std::size_t offset);

}  // namespace bpyd::renpy
