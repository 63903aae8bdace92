// SPDX-License-Identifier: MIT
// The two ways to stay beneath a folder.
#pragma once

#include <string>

#include "bpyd/io/files.hpp"

namespace bpyd::io {

/// As open_beneath, without openat2: part by part, each from the folder before it, links read and followed here. What
/// is renamed meanwhile leads nowhere else, for each folder on the way is held open. Old kernels (before 5.6), some
/// containers and valgrind have no openat2.
Descriptor open_beneath_by_steps(int top, const std::string& relative, int flags);

}  // namespace bpyd::io
