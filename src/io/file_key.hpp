// SPDX-License-Identifier: MIT
// Telling two states of a file apart without reading it.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <variant>

namespace bpyd::io {

/// A fingerprint over device, inode, size, times of change and mode: equal for two looks that found the
/// same state. `racy`: the file changed so shortly before the look that a further write could
/// leave the fingerprint as it is (the kernel's clock for files moves every 1 to 10 ms).
struct FileKey {
  std::uint64_t print = 0;
  bool racy = false;
};
/// The print of a file that was looked at after asking file_clock(). In that order: whoever is interrupted
/// between the two would take a state that may still change unnoticed for an old one.
FileKey key_of(const struct stat& info, const timespec& clock_before);
std::uint64_t print_of(const struct stat& info);
timespec file_clock();

struct FolderId {
  std::uint64_t device = 0, inode = 0;
  bool operator==(const FolderId&) const = default;
};

struct NoFile {};             ///< nothing there, or nothing that is a file
struct Unknown { int error; };  ///< it cannot be said: no permission, no descriptors
using Look = std::variant<FileKey, NoFile, Unknown>;

/// Looks at a regular file below the root; links are followed as long as they stay below it.
Look look_at(const std::filesystem::path& root, const std::string& file);

/// Does this errno say that there is no such file or folder below the root (and not that we cannot know)?
bool says_gone(int error);

/// "game" + "a.rpy"; "" + "a.rpy" is "a.rpy".
inline std::string beneath(const std::string& folder, const std::string& name) { return folder.empty() ? name : folder + "/" + name; }

}  // namespace bpyd::io
