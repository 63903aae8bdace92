// SPDX-License-Identifier: MIT
// What a script says under each of its labels: the first words, a fingerprint, how far choices reach.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/renpy/part.hpp"

namespace bpyd::analysis {

/// Without Ren'Py's text tags: {b}, {w=0.5}; interpolations stay.
std::string without_tags(std::string_view text);

struct ScriptText {
  struct Label {
    std::uint32_t line = 0;
    std::string first;        // words of dialogue, shortened
    std::uint64_t print = 0;  // of what is said and done, wherever it stands; 0 never
  };
  struct Choice {
    std::uint32_t line = 0;
    std::uint32_t last = 0;  // line that its block can reach to
  };
  std::vector<Label> labels;    // without those of `call … from`; by line
  std::vector<Choice> choices;  // by line
};

/// Linear in the file. Thread: pure.
std::shared_ptr<const ScriptText> script_text(const renpy::Part& part);

}  // namespace bpyd::analysis
