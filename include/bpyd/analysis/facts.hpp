// SPDX-License-Identifier: MIT
// Every statement of a project as Ren'Py has it: one JSON object a line, in load order.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "bpyd/analysis/analyzer.hpp"

namespace bpyd::analysis {

/// Calls `each` with a row of JSON (no newline) for every node of Ren'Py's `all_stmts`, dialogue
/// wrapped in Translate and EndTranslate as its loader does. The members are docs/facts.md's.
/// Answers what the parser complains about. Pure; the views are valid during the call.
std::vector<Diagnostic> facts(std::span<const SourceFile> files,
                              const std::function<void(std::string_view row)>& each);

}  // namespace bpyd::analysis
