// SPDX-License-Identifier: MIT
// What the parse functions of creator-defined statements do with the block below the statement.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpyd/renpy/ast.hpp"
#include "bpyd/renpy/lines.hpp"

namespace bpyd::renpy {

/// The functions of one file, read by their words: which of them, alone or through others they
/// call, give the block back to Ren'Py, whole or line by line. Linear in the file.
class ParseFunctions {
 public:
  explicit ParseFunctions(const LineFile& lines) : lines_(lines) {}
  [[nodiscard]] HandedBack of(std::string_view name);

 private:
  struct Function {
    HandedBack own;
    bool loops = false;
    std::vector<std::string_view> calls;
  };

  void collect();
  void read(std::uint32_t def, Function& into) const;
  void read_line(std::string_view text, Function& into) const;
  void leading_words(std::uint32_t loop, std::string_view lexer, Function& into) const;

  const LineFile& lines_;
  bool collected_ = false;
  std::unordered_map<std::string_view, Function> functions_;
};

}  // namespace bpyd::renpy
