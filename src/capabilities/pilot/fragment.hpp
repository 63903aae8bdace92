// SPDX-License-Identifier: MIT
// One path as an HTML fragment. Pure; all text of the story is escaped.
#pragma once

#include <string>

#include "bpyd/daemon/projects.hpp"

namespace bpyd::pilot {

/// <section class="pilot-graph"> with <pre class="mermaid"> (or the reason why there is none) and
/// <ol class="steps">, the same path as text.
std::string graph_fragment(const std::string& project, const daemon::Snapshot& snapshot, const analysis::Path& path);

}  // namespace bpyd::pilot
