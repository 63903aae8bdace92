// SPDX-License-Identifier: MIT
// One path as a Mermaid flowchart. No text of the story can break the diagram or the page.
#pragma once

#include <cstddef>
#include <string>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::analysis {

/// `flowchart TD`: a node per label with its first words, an edge per choice with its text, state
/// changes in the node. Text between nodes is escaped for Mermaid and for HTML both.
/// Fails with too_large_for_form when more than `max_nodes` nodes would be needed.
/// Thread: pure, any thread.
Result<std::string> mermaid_of(const Stats2& stats, const Path& path, std::size_t max_nodes = 120);

}  // namespace bpyd::analysis
