// SPDX-License-Identifier: MIT
// Files on a real disk.
#include "bpyd/io/files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "beneath.hpp"
#include "bpyd/io/lock.hpp"
#include "bpyd/io/source_tree.hpp"
#include "temp_dir.hpp"

namespace bpyd::io {
namespace {

using test::slurp;
using test::TempDir;
using test::write_file;

TEST(ReadFile, ReadsRegularFilesWithinTheLimit) {
  TempDir dir;
  write_file(dir / "a", "hello");
  EXPECT_EQ(read_file(dir / "a", 5).value(), "hello");
  EXPECT_EQ(read_file(dir / "a", 4).error().code, Code::too_large);
  EXPECT_EQ(read_file(dir / "none", 9).error().code, Code::unreadable);
  EXPECT_EQ(read_file(dir.path(), 9).error().code, Code::unreadable);
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(dir / "pipe", 9).error().code, Code::unreadable);  // and it did not hang
}

TEST(WriteAtomically, ReplacesWholeAndLeavesNoTemporary) {
  TempDir dir;
  ASSERT_TRUE(write_atomically(dir / "f", "one"));
  ASSERT_TRUE(write_atomically(dir / "f", "two"));
  EXPECT_EQ(slurp(dir / "f"), "two");
  struct stat info{};
  ::stat((dir / "f").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const auto refused = write_atomically(dir / "nowhere/f", "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::disk_full);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(WriteAtomically, KeepsTheOldContentWhenTheTargetIsAFolder) {
  TempDir dir;
  std::filesystem::create_directory(dir / "f");
  EXPECT_FALSE(write_atomically(dir / "f", "x"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(WriteInProject, GitIsToPassOverWhatIsWritten) {
  const TempDir dir;
  ASSERT_TRUE(write_in_project(dir.path(), "stats2.json", "{}"));
  const auto file = dir / ".branchpy/.gitignore";
  EXPECT_NE(slurp(file).find("\n.bpyd-tmp-*\n"), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir / ".branchpy"), {}), 2);
  struct stat info{};
  ::stat(file.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0644U);
  write_file(file, "mine");
  ASSERT_TRUE(write_in_project(dir.path(), "stats2.json", "{}"));
  EXPECT_EQ(slurp(file), "mine");
  std::filesystem::remove(file);
  std::filesystem::create_symlink(dir / "elsewhere", file);
  ASSERT_TRUE(write_in_project(dir.path(), "stats2.json", "{}"));
  EXPECT_FALSE(std::filesystem::exists(dir / "elsewhere"));
}

TEST(SweepTemporaries, RemovesWhatAKilledWriterLeft) {
  TempDir dir;
  write_file(dir / ".bpyd-tmp-abc", "half");
  write_file(dir / "keep", "x");
  sweep_temporaries(dir.path());
  EXPECT_FALSE(std::filesystem::exists(dir / ".bpyd-tmp-abc"));
  EXPECT_TRUE(std::filesystem::exists(dir / "keep"));
}

TEST(Files, SweepWhatDeadWritersLeftInAProject) {
  const TempDir dir;
  const auto own = dir / ".branchpy";
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(dead, nullptr, 0), dead);
  const std::string gone = ".bpyd-tmp-" + std::to_string(dead) + "-aa", lives = ".bpyd-tmp-" + std::to_string(::getpid()) + "-aa";
  for (const auto& name : {gone, lives, std::string("kept.json"), std::string(".bpyd-tmp-no-pid")}) write_file(own / name, "half");
  sweep_project(dir.path());
  EXPECT_FALSE(std::filesystem::exists(own / gone));
  EXPECT_TRUE(std::filesystem::exists(own / lives)) << "it may be written to just now";
  EXPECT_TRUE(std::filesystem::exists(own / ".bpyd-tmp-no-pid"));
  EXPECT_TRUE(std::filesystem::exists(own / "kept.json"));
  std::filesystem::last_write_time(own / lives, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(2));
  sweep_project(dir.path());
  EXPECT_FALSE(std::filesystem::exists(own / lives)) << "nobody writes for so long";
}

TEST(ProjectRoot, ReadsBeneathItselfOnly) {
  TempDir dir;
  write_file(dir / "p/game/a.rpy", "label start:");
  write_file(dir / "secret", "s");
  std::filesystem::create_symlink("a.rpy", dir / "p/game/inside.rpy");
  std::filesystem::create_symlink("../../secret", dir / "p/game/outside.rpy");
  std::filesystem::create_symlink("/etc/passwd", dir / "p/game/absolute.rpy");
  const auto root = ProjectRoot::open(dir / "p");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->read("game/a.rpy", 99).value(), "label start:");
  EXPECT_EQ(root->read("game/inside.rpy", 99).value(), "label start:");
  for (const char* bad : {"game/outside.rpy", "game/absolute.rpy", "../secret", "/etc/passwd"}) {
    EXPECT_EQ(root->read(bad, 99999).error().code, Code::outside_project) << bad;
  }
  EXPECT_EQ(ProjectRoot::open(dir / "none").error().code, Code::project_not_found);
}

/// Without openat2 the same is opened and the same refused.
TEST(OpenBeneath, ByStepsOpensWhatTheKernelOpens) {
  const TempDir dir;
  const auto root = dir / "root";
  write_file(dir / "secret", "out");
  write_file(root / "a/b/file", "in");
  for (const auto& [target, name] : std::vector<std::pair<std::string, std::string>>{
           {"a/b/file", "to-file"}, {"a", "to-folder"}, {"../root/a", "out-and-in"}, {"/etc/passwd", "absolute"}, {"../secret", "out"}, {"b/../b/./file", "a/winding"},
           {"loop", "loop"}, {"nowhere", "dangling"}, {"../../secret", "a/up-and-out"}, {"../to-file", "a/to-link"}, {"a/", "to-folder-slash"}, {"a/b/file/", "to-file-slash"}}) {
    std::filesystem::create_symlink(target, root / name);
  }
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  int opened = 0;
  std::string longest;
  while (longest.size() < PATH_MAX - 8) longest += "a/../";
  for (const auto& path : {longest, longest + "a/../a//", "none/" + longest, std::string(300, 'x')}) {
    const int kernel_error = open_beneath(top.get(), path, O_PATH) ? 0 : errno;
    const int error = open_beneath_by_steps(top.get(), path, O_PATH) ? 0 : errno;
    EXPECT_EQ(error, kernel_error) << path.size();
  }
  for (const auto* path : {"", ".", "a", "a/", "a/b/file", "a/b/file/", "a//b///file", "a/./b/../b/file", "a/../../secret", "..", "../root", "/etc/passwd", "none", "a/none/x", "a/b/file/x",
                           "to-file", "to-file/", "to-folder/b/file", "out-and-in", "absolute", "out", "a/winding", "loop", "dangling", "a/up-and-out", "a/to-link", "to-folder-slash/b",
                           "to-file-slash", "pipe", "to-folder/../a/b"}) {
    for (const int flags : {O_PATH, O_PATH | O_DIRECTORY, O_RDONLY | O_NONBLOCK, O_RDONLY | O_DIRECTORY}) {
      const auto kernel = open_beneath(top.get(), path, flags);
      const int kernel_error = kernel ? 0 : errno;
      const auto steps = open_beneath_by_steps(top.get(), path, flags);
      const int error = steps ? 0 : errno;
      EXPECT_EQ(error, kernel_error) << path << " " << flags;
      struct stat one{}, other{};
      if (!kernel || !steps || ::fstat(kernel.get(), &one) < 0 || ::fstat(steps.get(), &other) < 0) continue;
      EXPECT_EQ(one.st_ino, other.st_ino) << path;
      ++opened;
    }
  }
  EXPECT_GT(opened, 30);
}

TEST(ProcessLock, IsHeldByOneAtATime) {
  TempDir dir;
  auto first = ProcessLock::acquire(dir / "l");
  ASSERT_TRUE(first && *first);
  EXPECT_FALSE(*ProcessLock::acquire(dir / "l"));
  first->reset();
  EXPECT_TRUE(*ProcessLock::acquire(dir / "l"));
}

std::vector<std::string> names(const Result<std::vector<ScannedFile>>& files) {
  std::vector<std::string> list;
  for (const auto& file : *files) list.push_back(file.file);
  return list;
}

TEST(SourceTree, FindsScriptsInOrderAndReadsOnlyWhatChanged) {
  TempDir dir;
  write_file(dir / "game/b.rpy", "b");
  write_file(dir / "game/a.rpy", "a");
  write_file(dir / "game/sub/c.rpym", "c");
  write_file(dir / "game/notes.txt", "x");
  write_file(dir / "game/saves/d.rpy", "d");
  SourceTree tree(*ProjectRoot::open(dir.path()));
  const auto first = tree.scan({});
  ASSERT_TRUE(first);
  EXPECT_EQ(names(first), (std::vector<std::string>{"game/a.rpy", "game/b.rpy", "game/sub/c.rpym"}));
  write_file(dir / "game/b.rpy", "longer");
  const auto second = tree.scan({});
  EXPECT_EQ((*second)[0].text, (*first)[0].text);
  EXPECT_EQ(*(*second)[1].text, "longer");
}

TEST(SourceTree, KeepsUnreadableFilesAsRowsAndCutsLoops) {
  TempDir dir;
  write_file(dir / "game/a.rpy", "a");
  std::filesystem::create_directory_symlink(".", dir / "game/loop");
  std::filesystem::create_symlink("/etc/hostname", dir / "game/out.rpy");
  ASSERT_EQ(::mkfifo((dir / "game/pipe.rpy").c_str(), 0600), 0);
  SourceTree tree(*ProjectRoot::open(dir.path()));
  const auto files = tree.scan({});
  ASSERT_TRUE(files);
  EXPECT_EQ(names(files), (std::vector<std::string>{"game/a.rpy", "game/out.rpy", "game/pipe.rpy"}));
  EXPECT_FALSE((*files)[1].problem.empty());
  EXPECT_FALSE((*files)[2].problem.empty());
}

// Names of what may bring images, and of what was not looked into; none of it is opened.
TEST(SourceTree, NamesWhatMayBringImages) {
  TempDir dir, other;
  write_file(dir / "game/a.rpy", "a");
  write_file(dir / "game/a.rpyc", "a");
  write_file(dir / "game/b.rpyc", "b");
  write_file(dir / "game/images/x/Bg Room.PNG", "");
  write_file(dir / "game/images/.x.png", "");
  write_file(dir / "game/images/x/notes.txt", "");
  write_file(dir / "game/images/cache/y.png", "");
  write_file(dir / "game/more.rpa", "");
  write_file(dir / "game/saves/z.png", "");
  write_file(dir / "other.png", "");
  write_file(other / "w.png", "");
  std::filesystem::create_directory_symlink(other.path(), dir / "game/out");
  SourceTree tree(*ProjectRoot::open(dir.path()));
  EXPECT_TRUE(tree.resources().empty());
  ASSERT_TRUE(tree.scan({}));
  EXPECT_EQ(tree.resources(), (std::vector<std::string>{"game/b.rpyc", "game/images/cache/", "game/images/x/Bg Room.PNG", "game/more.rpa", "game/out/"}));
  std::filesystem::remove(dir / "game/more.rpa");
  ASSERT_TRUE(tree.scan({}));
  EXPECT_EQ(tree.resources().size(), 4u);
}

TEST(SourceTree, SaysWhenThereIsNoGame) {
  TempDir dir;
  SourceTree tree(*ProjectRoot::open(dir.path()));
  EXPECT_EQ(tree.scan({}).error().code, Code::project_not_found);
  std::filesystem::create_directories(dir / "x/game");
  SourceTree inside(*ProjectRoot::open(dir / "x/game"));
  EXPECT_NE(inside.scan({}).error().suggestion.find((dir / "x").string()), std::string::npos);
}

}  // namespace
}  // namespace bpyd::io
