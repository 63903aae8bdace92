// SPDX-License-Identifier: MIT
// What one file says beside where control goes: words, labels and assignments on the way, conditions
// as expressions. Made once for a part and kept while the file stays as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bpyd/renpy/part.hpp"
#include "expression.hpp"
#include "images.hpp"
#include "names.hpp"

namespace bpyd::analysis {

using renpy::kNoNode;
using renpy::NodeId;

struct Effect {
  enum class What : std::uint8_t { set, add, subtract, lose };
  NodeId node = kNoNode;
  VariableId variable = 0;
  What what = What::lose;  // lose: to something that is not known
  bool maybe = false;      // it may also not happen
  ExpressionId expression = kNoExpression;
};

struct Sheet {
  std::shared_ptr<const renpy::Part> part;
  std::vector<std::uint32_t> words;      // per statement: words from here to the junction
  std::vector<std::uint32_t> reading;    // likewise: what they take to read, in ticks (reading.hpp)
  std::vector<NodeId> next_effect;       // per statement: the first from here to the junction that assigns
  std::vector<NodeId> next_label;        // likewise: the first label; not those of `call … from`
  std::vector<Effect> effects;           // by statement
  std::vector<ExpressionId> conditions;  // per option of the part; kNoExpression: none
  Expressions expressions;
  struct Default {
    VariableId variable;
    ExpressionId expression;
  };
  std::vector<Default> defaults;
  std::vector<VariableId> lost;  // assigned at times that are not known: in functions
  Names names;
  std::vector<std::string_view> bound;  // plain names that Python code assigns, parameters
  struct Speaker {
    std::string_view who;
    NodeId node;
  };
  std::vector<Speaker> speakers;  // each once, where it speaks first
  struct Asked {
    std::string_view test;
    NodeId node;
    std::uint32_t line;
  };
  std::vector<Asked> asked;     // conditions, as written
  std::vector<NodeId> defined;  // define and default
  ImageFacts images;
  std::vector<std::string_view> languages;  // of its translations of dialogue, each once
  std::uint64_t texts = 0;                  // equal sheets show equal words to choose from
  std::uint64_t shape = 0;  // equal sheets have equal junctions, ways, conditions, assignments, labels

  /// Words of one line of dialogue.
  [[nodiscard]] std::uint32_t own_words(NodeId node) const { return own(words, node); }
  [[nodiscard]] std::uint32_t own_reading(NodeId node) const { return own(reading, node); }
  /// The effects of one statement.
  [[nodiscard]] std::span<const Effect> effects_of(NodeId node) const;

 private:
  [[nodiscard]] std::uint32_t own(const std::vector<std::uint32_t>& sums, NodeId node) const;
};

/// Linear in the file. Thread: one at a time for one `variables`.
std::shared_ptr<const Sheet> make_sheet(std::shared_ptr<const renpy::Part> part, Names names,
                                        Variables& variables);

}  // namespace bpyd::analysis
