// SPDX-License-Identifier: MIT
// Looking at a tree: which files, which folders, with what identity.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ignore.hpp"

namespace bpyd::io {

/// Two looks with the same identity found the same file content (mode counts: permission lost).
struct FileIdentity {
  std::uint64_t inode = 0;
  std::int64_t size = 0, mtime = 0;
  std::uint32_t mode = 0;
  bool operator==(const FileIdentity&) const = default;
};

using FileTable = std::map<std::string, FileIdentity>;  ///< by path relative to the root

/// The identity of a regular file; nothing when it is none (any more).
std::optional<FileIdentity> identify(const std::filesystem::path& file);

/// Walks `folder` (relative; "" is the root) and adds its files to `files`. `enter` is called for
/// each folder before it is read, so that a watch set there misses nothing; false: do not descend.
/// `entered` holds the folders seen by device and inode: symlink loops end there.
void crawl(const std::filesystem::path& root, const std::string& folder, const IgnoreList& ignore, FileTable& files,
           std::set<std::pair<std::uint64_t, std::uint64_t>>& entered, const std::function<bool(const std::string&)>& enter);

/// "game" + "a.rpy"; "" + "a.rpy" is "a.rpy".
std::string beneath(const std::string& folder, const std::string& name);

}  // namespace bpyd::io
