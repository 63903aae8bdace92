// SPDX-License-Identifier: MIT
// What is asked of the kernel for each folder.
#pragma once

#include <sys/inotify.h>

#include <cstdint>

namespace bpyd::io {

// One mask for all watches of folders: the kernel has one watch for a folder, whoever asks.
inline constexpr std::uint32_t kFolderMask = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |
                                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;
// Of the folders above a root only their going matters.
inline constexpr std::uint32_t kAboveMask = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;

}  // namespace bpyd::io
