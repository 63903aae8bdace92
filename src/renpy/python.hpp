// SPDX-License-Identifier: MIT
// What a story reader needs of Python code: assignments, list methods, calls that move the story.
// Not a Python parser: one logical line at a time, by tokens, without meaning.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::renpy {

/// Views in its results point into the lines it is given. Thread: one at a time.
class PythonReader {
 public:
  /// `strings` collects quoted words that could be label names.
  explicit PythonReader(std::vector<std::string_view>& strings) : strings_(&strings) {}

  /// Assignments, methods and story calls of one logical line.
  void statement(std::string_view line, std::uint32_t number, PythonEffect::When when,
                 std::vector<PythonEffect>& out);
  /// From here on statement() adds to `names` what it assigns to plain names, each once; null: no more.
  void collect_names(std::vector<std::string_view>* names) {
    names_ = names;
    seen_names_.clear();
  }
  /// Story calls and screen actions only; `op` of each becomes `button`.
  void actions(std::string_view line, std::uint32_t number, std::string_view button,
               std::vector<PythonEffect>& out);
  /// Quoted words only.
  void strings_of(std::string_view code);
  /// renpy.register_statement(…) on this line, when its arguments can be read. `hands_back` says
  /// of a parse function's name what that function gives back to Ren'Py of its block.
  using HandsBack = std::function<HandedBack(std::string_view)>;
  void registrations(std::string_view line, const HandsBack& hands_back, std::vector<CustomStatement>& out);

 private:
  enum class Is : std::uint8_t { name, string, number, mark };
  struct Token {
    Is is = Is::mark;
    std::string_view text;
    std::uint32_t depth = 0;  // brackets open around it
  };

  void tokens(std::string_view line);
  void simple(std::size_t begin, std::size_t end, std::uint32_t number, PythonEffect::When when,
              std::vector<PythonEffect>& out);
  void assignment(std::size_t begin, std::size_t mark, std::size_t end, PythonEffect effect,
                  std::vector<PythonEffect>& out);
  void header_names(std::size_t begin, std::size_t end, PythonEffect::When when);
  void names_in(std::size_t begin, std::size_t end, PythonEffect::When when);
  void method(std::size_t begin, std::size_t end, PythonEffect effect, std::vector<PythonEffect>& out);
  void story_calls(std::size_t begin, std::size_t end, const PythonEffect& like, bool actions,
                   std::vector<PythonEffect>& out);
  [[nodiscard]] std::size_t find(std::size_t begin, std::size_t end, std::string_view mark) const;
  [[nodiscard]] std::string_view span(std::size_t begin, std::size_t end) const;
  [[nodiscard]] bool is_mark(std::size_t i, std::string_view mark) const {
    return i < tokens_.size() && tokens_[i].is == Is::mark && tokens_[i].text[0] == mark[0] &&
           tokens_[i].text == mark;
  }

  std::vector<Token> tokens_;
  std::vector<std::string_view>* strings_;
  std::vector<std::string_view>* names_ = nullptr;
  std::unordered_set<std::string_view> seen_names_;
};

/// The text between the quotes of a Python literal without escapes; empty when it is not one.
std::string_view literal_text(std::string_view token);

/// How lines indented below a header that starts with `word` are run.
PythonEffect::When runs_below(std::string_view word);

}  // namespace bpyd::renpy
