// SPDX-License-Identifier: MIT
#include "checks.hpp"

namespace bpyd::analysis {

void Findings::add(StoryId at, const char* id, Severity severity, std::string message, std::string suggestion,
                   std::uint32_t line) {
  const auto& node = story_.node(at);
  const bool elsewhere = line != 0 && line != node.line;
  all_.push_back({story_.file_of(at),
                  {id, severity, elsewhere ? line : node.line, elsewhere ? 0 : node.column,
                   std::move(message), std::move(suggestion)}});
}

}  // namespace bpyd::analysis
