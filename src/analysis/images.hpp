// SPDX-License-Identifier: MIT
// Which images one file defines and which it shows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bpyd/renpy/ast.hpp"

namespace bpyd::analysis {

struct ImageFacts {
  /// Words that may stand behind an image's own name when it is shown.
  enum class Takes : std::uint8_t {
    nothing,       // a picture is what it is
    what_follows,  // words behind its whole name: ParameterizedText, ConditionSwitch
    anything,      // attributes in any order: a layeredimage, a creator's own displayable
  };
  struct Image {
    std::string_view name;  // as written: words with spaces between
    Takes takes = Takes::nothing;
  };
  struct Shown {
    std::string_view name;
    renpy::NodeId node = renpy::kNoNode;  // where it is shown first
  };
  std::vector<Image> images;  // image, layeredimage, renpy.image("…")
  std::vector<Shown> shown;   // show and scene; each once; expressions left out
  bool unseen = false;        // its code may define others that cannot be read from it
  std::uint64_t defined = 0;  // equal numbers: the same images, or as unseen
};

/// Views point into the file. Linear in it. Thread: pure.
ImageFacts images_in(const renpy::ParsedFile& file);

/// Calls each(word) for the words of an image's name.
template <class F>
void each_word(std::string_view name, F&& each) {
  constexpr std::string_view kSpaces = " \t\r\n\f\v";
  for (auto at = name.find_first_not_of(kSpaces); at != std::string_view::npos;) {
    const auto end = std::min(name.find_first_of(kSpaces, at), name.size());
    each(name.substr(at, end - at));
    at = name.find_first_not_of(kSpaces, end);
  }
}

}  // namespace bpyd::analysis
