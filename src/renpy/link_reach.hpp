// SPDX-License-Identifier: MIT
// What can be reached in a story whose junctions and ways have their targets.
#pragma once

#include <cstdint>
#include <vector>

#include "bpyd/renpy/story.hpp"

namespace bpyd::renpy {

/// Junctions that only lead on, followed to what they lead to; targets with them.
void lead_on(Story& s);

/// A junction returns when it is a return, or when one of the ways on from it does; through a call
/// only when what is called returns. A work list over an and-or graph: linear.
void find_returns(Story& s);

/// Marks junctions and labels that can be got to from labels; `calls`: into what is called, too.
void spread(const Story& s, const std::vector<std::uint32_t>& from, std::vector<std::uint8_t>& seen,
            std::vector<std::uint8_t>& led, bool calls);

}  // namespace bpyd::renpy
