// SPDX-License-Identifier: MIT
// A project's scripts, read again only where they changed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/core/error.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::io {

/// A script as found. Unreadable ones have a problem and no text; the rest is served all the same.
struct ScannedFile {
  std::string file;                         ///< relative to the root, "game/script.rpy", printable
  std::shared_ptr<const std::string> text;  ///< bytes as on disk; null: see problem
  std::string problem;
};

/// Can a file of this name bring images into a game that its scripts do not define: a picture, a film, an
/// archive, a script without its source?
bool may_bring_images(std::string_view file);

/// Worker, one call at a time. Keeps texts between scans by the file's identity.
class SourceTree {
 public:
  static constexpr std::size_t kFileLimit = 64u << 20;

  explicit SourceTree(ProjectRoot root) : root_(std::move(root)) {}

  /// game/**/*.rpy and *.rpym in order of path; hidden folders, saves and cache left out, symlink
  /// loops cut. project_not_found when there is no game/.
  Result<std::vector<ScannedFile>> scan(const std::stop_token& stop);
  /// Does the root's path still lead to the folder that is read? Else: open it anew.
  [[nodiscard]] bool current() const { return root_.current(); }
  /// Of the last scan, in order of path: the files below game/ that may bring images, as paths like
  /// those of scripts, and "game/folder/" for each folder that was not looked into. Names only: none is
  /// opened. Compiled scripts are there when their source is not.
  [[nodiscard]] const std::vector<std::string>& resources() const { return resources_; }

 private:
  struct Identity {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, mtime = 0, ctime = 0;
    bool operator==(const Identity&) const = default;
  };
  struct Known {
    Identity identity;
    ScannedFile row;
  };
  struct Walk;
  void visit(Walk& walk, const std::string& folder, int depth);
  void take(Walk& walk, const std::string& relative);

  ProjectRoot root_;
  std::map<std::string, Known> known_;
  std::vector<std::string> resources_;
};

}  // namespace bpyd::io
