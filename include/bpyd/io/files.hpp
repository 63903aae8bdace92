// SPDX-License-Identifier: MIT
// Files the careful way: whole or not at all, regular ones only, never out of a project's root.
// Thread: pure towards the program, any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "bpyd/core/error.hpp"

namespace bpyd::io {

/// A descriptor that closes itself. Move-only.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  /// Somebody else closes it from now on.
  void release() { fd_ = -1; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// openat2 beneath the folder `top`; an empty descriptor with errno (EXDEV: it leads out). The kernel refuses
/// with EAGAIN while anything is renamed anywhere: tried again.
Descriptor open_beneath(int top, const std::string& relative, int flags);

/// The whole file. unreadable when it is not there, no regular file or not permitted; too_large
/// above `limit` bytes. Follows symlinks: for paths the user gave.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit);
/// As read_file, from an open descriptor; `name` is for the words.
Result<std::string> read_descriptor(int fd, const std::string& name, std::size_t limit);

/// Temporary file in the same folder, fsync, rename, fsync of the folder (R17). The old content or
/// the new, never half; no temporary is left behind on failure. disk_full with the reason.
Result<void> write_atomically(const std::filesystem::path& file, std::string_view bytes, unsigned mode = 0600);

/// What bpyd keeps in a project's folder, next to the story.
inline constexpr std::string_view kProjectFolder = ".branchpy";
/// Made when it is missing, and given a .gitignore when it has none. outside_project when a link stands in its
/// place: whoever gave the project does not choose where bpyd writes (R11).
Result<void> make_project_folder(const std::filesystem::path& root);
/// As write_atomically, mode 0644, for `name` in the project's own folder. Errors of make_project_folder too.
Result<void> write_in_project(const std::filesystem::path& root, const std::string& name, std::string_view bytes);

/// Makes the folder (and its parents) with mode 0700. Refuses one that belongs to somebody else.
Result<void> make_private_dir(const std::filesystem::path& folder);

/// Removes temporaries that a killed write_atomically left in `folder`.
void sweep_temporaries(const std::filesystem::path& folder);
/// Those in a project's own folder, unless a link stands in its place. Others write there too (`bpyd analyze`, another
/// profile's daemon): what is younger than a minute stays while its writer lives.
void sweep_project(const std::filesystem::path& root);

/// A project's folder, opened once. What is read through it lies beneath it, symlinks or not (R11).
class ProjectRoot {
 public:
  /// project_not_found when it is no folder that can be opened.
  static Result<ProjectRoot> open(const std::filesystem::path& folder);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Opens for reading, O_NONBLOCK; outside_project when it leads out, unreadable otherwise.
  [[nodiscard]] Result<Descriptor> open_beneath(const std::string& relative, int flags) const;
  [[nodiscard]] Result<std::string> read(const std::string& relative, std::size_t limit) const;
  /// Does its path still lead to the folder that was opened?
  [[nodiscard]] bool current() const;

 private:
  ProjectRoot(std::filesystem::path path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::filesystem::path path_;
  Descriptor fd_;
};

}  // namespace bpyd::io
