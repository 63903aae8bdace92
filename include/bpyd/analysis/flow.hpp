// SPDX-License-Identifier: MIT
// Where each label leads, for editors and other tools that have no parser of their own.
#pragma once

#include <string>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::analysis {

/// `{"labels": [{name, file, line, jumps: [{to, line, missing}], calls: [{to, line, missing, from}],
/// menus: [{line, name, choices: [{text, condition, line, target}]}], falls_through, dynamic:
/// [{kind, expression, line}]}]}`, labels in load order. Ends in a newline. Thread: pure.
std::string flow(const Stats2& stats);

}  // namespace bpyd::analysis
