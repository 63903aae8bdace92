// SPDX-License-Identifier: MIT
// Real repositories.
#include "bpyd/io/git.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <optional>

#include "bpyd/io/process.hpp"
#include "temp_dir.hpp"

namespace bpyd::io {
namespace {

namespace fs = std::filesystem;

class GitTest : public testing::Test {
 protected:
  void SetUp() override { git({"init", "-q"}); }

  std::string git(std::vector<std::string> command, const std::string& input = {}) {
    ProcessSpec spec;
    spec.argv = {"git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "protocol.allow=never"};
    spec.argv.insert(spec.argv.end(), command.begin(), command.end());
    spec.cwd = dir.path();
    spec.input = input;
    std::optional<Result<ProcessResult>> result;
    runner.run(spec, [&](Result<ProcessResult> ended) { result = std::move(ended); });
    EXPECT_TRUE(loop.run_until([&] { return result.has_value(); }, std::chrono::seconds(30)));
    EXPECT_TRUE(result && *result) << "git is needed for this test";
    EXPECT_EQ((*result)->exit_code, 0) << (*result)->err;
    return (*result)->out.substr(0, (*result)->out.find('\n'));
  }
  void commit() {
    git({"add", "-A"});
    git({"commit", "-q", "--allow-empty", "-m", "x"});
  }
  static std::vector<std::string> names(const Result<std::vector<ScannedFile>>& files) {
    std::vector<std::string> list;
    if (!files) return {files.error().message};
    for (const auto& file : *files) list.push_back(file.file);
    return list;
  }
  Error error(const std::string& revision, const GitLimits& limits = {}) {
    const auto files = scripts_at(dir.path(), revision, limits);
    EXPECT_FALSE(files) << revision;
    return files ? Error{} : files.error();
  }

  test::TempDir dir;
  runtime::Loop loop;
  ProcessRunner runner{loop};
};

using Names = std::vector<std::string>;

TEST_F(GitTest, FindsWhatTheTreeOfFilesFinds) {
  for (const char* name : {"game/script.rpy", "game/b.rpym", "game/a/c.rpy", "game/a.rpy", "game/saves/s.rpy", "game/cache/c.rpy", "game/.hidden/h.rpy",
                           "game/__pycache__/p.rpy", "game/a/.h/x.rpy", "game/picture.png", "game/script.rpyc", "notes.rpy", "game/an odd\nname\t\xc3\xa9\xff.rpy"}) {
    test::write_file(dir / name, std::string("text\0of ", 8) + name + "\r\n\xff");
  }
  test::write_file(dir / "game/empty.rpy", "");
  commit();
  const auto then = scripts_at(dir.path(), "HEAD");
  auto root = ProjectRoot::open(dir.path());
  ASSERT_TRUE(then && root);
  SourceTree tree(*std::move(root));
  const auto now = tree.scan({});
  ASSERT_TRUE(now);
  ASSERT_EQ(names(then), names(now));
  EXPECT_EQ(then->size(), 6U);
  for (std::size_t i = 0; i < now->size(); ++i) {
    ASSERT_TRUE((*then)[i].text) << (*then)[i].problem;
    EXPECT_EQ(*(*then)[i].text, *(*now)[i].text);
    EXPECT_EQ(*(*then)[i].text, *(*now)[i].text);
  }
}

TEST_F(GitTest, ReadsWhateverNamesARevision) {
  test::write_file(dir / "game/a.rpy", "1");
  commit();
  git({"tag", "-a", "-m", "x", "v1.0"});
  git({"branch", "old"});
  const auto object = git({"rev-parse", "HEAD"});
  test::write_file(dir / "game/a.rpy", "2");
  commit();
  test::write_file(dir / "game/a.rpy", "3");  // in no revision
  for (const auto& revision : {std::string("v1.0"), std::string("old"), std::string("HEAD~1"), std::string("refs/heads/old"), std::string("@^"), object, object.substr(0, 8)}) {
    const auto files = scripts_at(dir.path(), revision);
    ASSERT_TRUE(files) << revision << ": " << files.error().message;
    EXPECT_EQ(*files->at(0).text, "1") << revision;
  }
  EXPECT_EQ(*scripts_at(dir.path(), "HEAD")->at(0).text, "2");
}

TEST_F(GitTest, ReadsAProjectInAFolderOfTheRepository) {
  test::write_file(dir / "games/[one]/game/a.rpy", "one");
  test::write_file(dir / "games/o/game/b.rpy", "two");
  test::write_file(dir / "game/c.rpy", "three");
  commit();
  EXPECT_EQ(names(scripts_at(dir / "games/[one]", "HEAD")), Names{"game/a.rpy"});
  EXPECT_EQ(names(scripts_at(dir / "games/o", "HEAD")), Names{"game/b.rpy"});
  fs::create_directory_symlink(dir / "games/o", dir / "linked");
  EXPECT_EQ(names(scripts_at(dir / "linked", "HEAD")), Names{"game/b.rpy"});
  const auto none = scripts_at(dir / "games", "HEAD");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::project_not_found);
  EXPECT_NE(none.error().message.find("'HEAD' has no game/ folder in " + (dir / "games").string()), std::string::npos);
}

TEST_F(GitTest, FollowsLinksFromScriptToScript) {
  test::write_file(dir / "game/a/real.rpy", "real");
  test::write_file(dir / "outside.rpy", "outside");
  fs::create_symlink("a/real.rpy", dir / "game/one.rpy");
  fs::create_symlink("../one.rpy", dir / "game/a/two.rpy");
  fs::create_symlink("round.rpy", dir / "game/round.rpy");
  fs::create_symlink("../outside.rpy", dir / "game/up.rpy");
  fs::create_symlink("/etc/passwd", dir / "game/wrong.rpy");
  commit();
  const auto files = scripts_at(dir.path(), "HEAD");
  ASSERT_EQ(names(files), (Names{"game/a/real.rpy", "game/a/two.rpy", "game/one.rpy", "game/round.rpy", "game/up.rpy", "game/wrong.rpy"}));
  for (const int i : {0, 1, 2}) EXPECT_EQ(*files->at(static_cast<std::size_t>(i)).text, "real");
  for (const int i : {3, 4, 5}) {
    EXPECT_FALSE(files->at(static_cast<std::size_t>(i)).text);
    EXPECT_NE(files->at(static_cast<std::size_t>(i)).problem.find("is a link to no script"), std::string::npos);
  }
}

TEST_F(GitTest, ListsTheCommitsThatTouchedTheStory) {
  EXPECT_TRUE(commits(dir.path(), 10)->empty()) << "nothing committed yet";
  test::write_file(dir / "game/script.rpy", "label start:\n");
  commit();
  test::write_file(dir / "readme", "of no concern");
  commit();
  test::write_file(dir / "game/script.rpy", "label start:\n    return\n");
  git({"add", "-A"});
  git({"commit", "-q", "-m", "An end\n\nsaid at length"});
  const auto rows = commits(dir.path(), 10);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->front().subject, "An end");
  EXPECT_EQ(rows->front().author, "a");
  EXPECT_EQ(rows->front().id, commit_at(dir.path(), "HEAD"));
  EXPECT_EQ(commits(dir.path(), 1)->size(), 1U);
  EXPECT_FALSE(commit_at(dir.path(), "--all"));
}

TEST_F(GitTest, NamesWhatIsNoRevision) {
  EXPECT_EQ(error("HEAD").code, Code::bad_value) << "no commit yet";
  test::write_file(dir / "game/a.rpy", "1");
  commit();
  commit();
  for (const char* revision : {"", "nope", "-h", "--output=x", "HEAD~9", "^HEAD", "HEAD:game", "HEAD^{tree}", "0000000000000000000000000000000000000000"}) {
    const auto refused = error(revision);
    EXPECT_EQ(refused.code, Code::bad_value) << revision << ": " << refused.message;
    EXPECT_NE(refused.message.find("'" + std::string(revision) + "'"), std::string::npos);
  }
  EXPECT_NE(error("HEAD~1..HEAD").suggestion.find("apart"), std::string::npos);
  EXPECT_EQ(scripts_at(dir / "nowhere", "HEAD").error().code, Code::project_not_found);
  const test::TempDir elsewhere;
  const auto refused = scripts_at(elsewhere.path(), "HEAD");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::bad_value);
  EXPECT_NE(refused.error().message.find("not a git repository"), std::string::npos) << refused.error().message;
}

TEST_F(GitTest, KeepsToTheLimits) {
  test::write_file(dir / "game/big.rpy", std::string(2000, 'x'));
  test::write_file(dir / "game/small.rpy", std::string(900, 'x'));
  commit();
  GitLimits limits;
  limits.file = 1000;
  const auto files = scripts_at(dir.path(), "HEAD", limits);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_EQ(files->at(0).problem, "game/big.rpy is larger than 1000 bytes");
  EXPECT_EQ(files->at(1).text->size(), 900U);
  limits.total = 899;
  EXPECT_EQ(error("HEAD", limits).code, Code::too_large);
}

TEST_F(GitTest, SaysWhenThereIsNoGit) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", dir.path().c_str(), 1);
  const auto refused = error("HEAD");
  test::write_file(dir / "git", "#!/bin/sh\nexec /bin/sleep 60\n");
  fs::permissions(dir / "git", fs::perms::owner_all);
  GitLimits limits;
  limits.time = std::chrono::seconds(1);
  const auto late = error("HEAD", limits);
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(refused.code, Code::child_process);
  EXPECT_NE(refused.message.find("'git' cannot be started"), std::string::npos);
  EXPECT_NE(refused.suggestion.find("Install git"), std::string::npos);
  EXPECT_EQ(late.code, Code::child_process);
  EXPECT_NE(late.message.find("took longer than 1 s"), std::string::npos);
}

/// A repository that wants to run something, and an environment that points elsewhere.
TEST_F(GitTest, RunsNothingOfTheRepositorys) {
  test::write_file(dir / "game/a.rpy", "1");
  test::write_file(dir / "game/lost.rpy", "2");
  test::write_file(dir / ".gitattributes", "*.rpy filter=evil diff=evil\n");
  commit();
  const auto lost = git({"rev-parse", "HEAD:game/lost.rpy"});
  const auto evil = (dir / "evil").string();
  test::write_file(evil, "#!/bin/sh\ntouch " + (dir / "ran").string() + "\nexit 1\n");
  fs::permissions(evil, fs::perms::owner_all);
  for (const char* hook : {"post-index-change", "reference-transaction", "post-checkout"}) {
    fs::create_directories(dir / ".git/hooks");
    fs::copy_file(evil, (dir / ".git/hooks") / hook);
  }
  for (const char* key : {"core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv",
                          "core.alternateRefsCommand", "gpg.program", "alias.ls-tree", "remote.origin.uploadpack"}) {
    git({"config", key, evil});
  }
  git({"config", "remote.origin.url", "ext::" + evil});
  git({"config", "remote.origin.promisor", "true"});
  git({"config", "protocol.ext.allow", "always"});
  git({"config", "extensions.partialClone", "origin"});
  git({"config", "core.repositoryFormatVersion", "1"});
  fs::remove(dir / (".git/objects/" + lost.substr(0, 2) + "/" + lost.substr(2)));
  ::setenv("GIT_DIR", "/nowhere", 1);
  ::setenv("GIT_EXTERNAL_DIFF", evil.c_str(), 1);
  const auto files = scripts_at(dir.path(), "HEAD");
  ::unsetenv("GIT_DIR");
  ::unsetenv("GIT_EXTERNAL_DIFF");
  EXPECT_FALSE(fs::exists(dir / "ran"));
  if (files) {
    EXPECT_EQ(*files->at(0).text, "1");
    EXPECT_NE(files->at(1).problem.find("missing from the repository"), std::string::npos);
  } else {
    EXPECT_EQ(files.error().code, Code::child_process) << files.error().message;
  }
}

}  // namespace
}  // namespace bpyd::io
