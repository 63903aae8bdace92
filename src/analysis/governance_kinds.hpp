// SPDX-License-Identifier: MIT
// The kinds of rules: what each may say, for the reader, the schema and the messages.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bpyd/analysis/governance.hpp"

namespace bpyd::analysis {

/// What a rule of a kind can be given, as bits.
namespace param {
constexpr std::uint8_t min = 1, max = 2, within = 4, dialogue = 8, words = 16, required = 32;
constexpr std::uint8_t bounds = min | max;
}  // namespace param

struct KindRow {
  GovernanceKind kind;
  std::uint8_t takes = 0;  // parameters
  std::uint8_t needs = 0;  // of these; bounds: one of the two
  const char* what = "";   // is counted: "3 labels"; empty: nothing is
};

constexpr std::size_t kKinds = 26;
const std::array<KindRow, kKinds>& kind_rows();
/// Null: there is none of this name.
const KindRow* find_kind(std::string_view name);

/// Names of the parameters, in the order of their bits.
constexpr std::array<const char*, 6> kParameters = {"min", "max", "within", "dialogue", "words", "required"};

constexpr std::size_t kMostRules = 1000, kMostWords = 10'000, kMostText = 1U << 20U, kLongest = 512,
                      kMostPatterns = 100;
constexpr std::int64_t kMostNumber = std::int64_t{1} << 40U;

/// Checks of docs/checks.md, to see what a misspelt one was meant to be.
const std::vector<std::string>& known_checks();

}  // namespace bpyd::analysis
