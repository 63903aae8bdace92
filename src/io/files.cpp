// SPDX-License-Identifier: MIT
// Reading, writing whole, and staying beneath a root.
#include "bpyd/io/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

#include "bpyd/core/strings.hpp"

namespace bpyd::io {
namespace {

constexpr std::string_view kTemporary = ".bpyd-tmp-";
constexpr const char* kIgnoreFile = ".gitignore";
constexpr std::string_view kIgnored =
    "# Written by bpyd. What it can make anew, or keeps for you alone; config.json and governance.json are yours to commit.\n"
    "stats2.json\nhistory.db*\n.bpyd-tmp-*\n.gitignore\n";

std::string words(const std::filesystem::path& file) { return printable_utf8(file.string()); }

std::unexpected<Error> cannot_read(const std::string& name, int error) {
  return fail(Code::unreadable, name + " cannot be read: " + std::strerror(error));
}

std::unexpected<Error> cannot_write(const std::filesystem::path& file, int error) {
  return fail(Code::disk_full, words(file) + " cannot be written: " + std::strerror(error));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> read_descriptor(int fd, const std::string& name, std::size_t limit) {
  struct stat info{};
  if (::fstat(fd, &info) < 0) return cannot_read(name, errno);
  if (!S_ISREG(info.st_mode)) return fail(Code::unreadable, name + " is no regular file");
  const auto too_large = [&] { return fail(Code::too_large, name + " is larger than " + std::to_string(limit) + " bytes"); };
  if (static_cast<std::size_t>(info.st_size) > limit) return too_large();
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t size = 0;
  for (;;) {
    if (size == text.size()) text.resize(text.size() + 4096);  // it may grow while it is read
    const auto got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(name, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > limit) return too_large();
  }
  text.resize(size);
  return text;
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return cannot_read(words(file), errno);
  return read_descriptor(fd.get(), words(file), limit);
}

namespace {

/// Into an open folder: whatever becomes of its path meanwhile, no link is followed.
Result<void> write_into(const Descriptor& folder, const std::filesystem::path& file, std::string_view bytes, unsigned mode) {
  const auto name = file.filename();
  // Whose it is stands in its name: what a process that is gone left behind is nobody's.
  const auto temporary = std::string(kTemporary) + std::to_string(::getpid()) + "-" + random_hex(6);
  const auto give_up = [&] {
    const int error = errno;
    ::unlinkat(folder.get(), temporary.c_str(), 0);
    return cannot_write(file, error);
  };
  {
    const Descriptor fd(::openat(folder.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd) return cannot_write(file, errno);
    ::fchmod(fd.get(), mode);
    if (!write_all(fd.get(), bytes) || ::fsync(fd.get()) < 0) return give_up();
  }
  if (::renameat(folder.get(), temporary.c_str(), folder.get(), name.c_str()) < 0) return give_up();
  const Descriptor readable(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (readable) ::fsync(readable.get());
  return {};
}

}  // namespace

Result<void> write_atomically(const std::filesystem::path& file, std::string_view bytes, unsigned mode) {
  const Descriptor folder(::open(folder_of(file).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return cannot_write(file, errno);
  return write_into(folder, file, bytes, mode);
}

namespace {

/// Before anything else is in the folder: git stops with an error at a temporary that goes while it looks. For
/// the same reason this one has no name until it is whole, where the file system can do that.
void ignore_in_git(const Descriptor& folder) {
  if (::faccessat(folder.get(), kIgnoreFile, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return;
  constexpr unsigned kMode = 0644;
  const Descriptor fd(::openat(folder.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode));
  const auto nameless = "/proc/self/fd/" + std::to_string(fd.get());
  const bool whole = fd && ::fchmod(fd.get(), kMode) == 0 && write_all(fd.get(), kIgnored) && ::fsync(fd.get()) == 0;
  if (whole && (::linkat(AT_FDCWD, nameless.c_str(), folder.get(), kIgnoreFile, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST)) return;
  (void)write_into(folder, kIgnoreFile, kIgnored, kMode);  // where it cannot be written, what follows says so
}

Result<Descriptor> open_project_folder(const std::filesystem::path& root) {
  const auto words_of = root / kProjectFolder;
  const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return cannot_write(words_of, errno);
  const std::string own(kProjectFolder);
  if (::mkdirat(top.get(), own.c_str(), 0777) < 0 && errno != EEXIST) return cannot_write(words_of, errno);
  Descriptor folder(::openat(top.get(), own.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder) {
    ignore_in_git(folder);
    return folder;
  }
  const int error = errno;
  struct stat info{};
  const bool link = ::fstatat(top.get(), own.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
  if (!link) return cannot_write(words_of, error);
  return fail(Code::outside_project, words(words_of) + " is a link: nothing is written there", "Make it a folder");
}

}  // namespace

Result<void> make_project_folder(const std::filesystem::path& root) {
  const auto folder = open_project_folder(root);
  return folder ? Result<void>() : std::unexpected(folder.error());
}

Result<void> write_in_project(const std::filesystem::path& root, const std::string& name, std::string_view bytes) {
  const auto folder = open_project_folder(root);
  if (!folder) return std::unexpected(folder.error());
  return write_into(*folder, root / kProjectFolder / name, bytes, 0644);
}

Result<void> make_private_dir(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) < 0 && errno != EEXIST) return cannot_write(folder, errno);
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return cannot_write(folder, errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) < 0) return cannot_write(folder, errno);
  if (info.st_uid != ::geteuid()) {
    return fail(Code::disk_full, words(folder) + " belongs to another user", "Choose your own folder with --runtime-dir");
  }
  if ((info.st_mode & 0777) != 0700 && ::fchmod(fd.get(), 0700) < 0) return cannot_write(folder, errno);
  return {};
}

namespace {

constexpr int kMostSwept = 4096;  // names looked at: a folder of somebody else's making may hold millions
constexpr std::time_t kSomebodyMayWrite = 60;

/// Whoever wrote it has ended. A name without a number is of a program older than this.
bool writer_is_gone(std::string_view name) {
  const auto number = name.substr(kTemporary.size());
  pid_t pid = 0;
  const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), pid);
  return bad == std::errc{} && pid > 0 && end != number.data() + number.size() && *end == '-' && ::kill(pid, 0) < 0 && errno == ESRCH;
}

enum class Others { none, may_write };

/// Through the open folder, so that no link is followed.
void sweep(Descriptor folder, Others others) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(folder.get()), ::closedir);
  if (!entries) return;
  folder.release();
  const int top = ::dirfd(entries.get());
  for (int seen = 0; seen < kMostSwept; ++seen) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) return;
    if (!std::string_view(entry->d_name).starts_with(kTemporary)) continue;
    struct stat info{};
    if (::fstatat(top, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0) continue;
    const bool old = info.st_mtim.tv_sec <= std::time(nullptr) - kSomebodyMayWrite;
    if (others == Others::none || old || writer_is_gone(entry->d_name)) ::unlinkat(top, entry->d_name, 0);
  }
}

}  // namespace

void sweep_temporaries(const std::filesystem::path& folder) { sweep(Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), Others::none); }

void sweep_project(const std::filesystem::path& root) {
  const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string own(kProjectFolder);
  if (top) sweep(Descriptor(::openat(top.get(), own.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)), Others::may_write);
}

Result<ProjectRoot> ProjectRoot::open(const std::filesystem::path& folder) {
  std::error_code error;
  const auto path = std::filesystem::canonical(folder, error);
  if (error) return fail(Code::project_not_found, "There is no folder " + words(folder), "Check the path; it is the folder that holds game/");
  Descriptor fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail(Code::project_not_found, words(path) + " is no folder that can be opened: " + std::strerror(errno), "Name the folder that holds game/");
  return ProjectRoot(path, std::move(fd));
}

bool ProjectRoot::current() const {
  struct stat opened{}, there{};
  return ::fstat(fd_.get(), &opened) == 0 && ::stat(path_.c_str(), &there) == 0 && opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

Result<Descriptor> ProjectRoot::open_beneath(const std::string& relative, int flags) const {
  auto fd = io::open_beneath(fd_.get(), relative, flags | O_RDONLY | O_NONBLOCK);
  if (fd) return fd;
  if (errno == EXDEV) return fail(Code::outside_project, printable_utf8(relative) + " leads out of the project");
  return cannot_read(printable_utf8(relative), errno);
}

Result<std::string> ProjectRoot::read(const std::string& relative, std::size_t limit) const {
  const auto fd = open_beneath(relative, 0);
  if (!fd) return std::unexpected(fd.error());
  return read_descriptor(fd->get(), printable_utf8(relative), limit);
}

}  // namespace bpyd::io
