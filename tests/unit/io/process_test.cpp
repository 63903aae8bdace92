// SPDX-License-Identifier: MIT
// Real children.
#include "bpyd/io/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <optional>

#include "temp_dir.hpp"

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;

class ProcessTest : public testing::Test {
 protected:
  Result<ProcessResult> run(std::vector<std::string> argv, std::chrono::seconds limit = std::chrono::seconds(20), std::size_t output = 1u << 20, std::string input = {}) {
    std::optional<Result<ProcessResult>> result;
    ProcessSpec spec;
    spec.argv = std::move(argv);
    spec.cwd = dir.path();
    spec.time_limit = limit;
    spec.output_limit = output;
    spec.input = std::move(input);
    runner.run(spec, [&](Result<ProcessResult> ended) { result = std::move(ended); });
    EXPECT_TRUE(loop.run_until([&] { return result.has_value(); }, std::chrono::seconds(30)));
    return *std::move(result);
  }
  test::TempDir dir;
  runtime::Loop loop;
  ProcessRunner runner{loop};
};

TEST_F(ProcessTest, GivesOutputAndExitCode) {
  const auto result = run({"sh", "-c", "echo out; echo err >&2; pwd; exit 3"});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->out, "out\n" + dir.path().string() + "\n");
  EXPECT_EQ(result->err, "err\n");
}

TEST_F(ProcessTest, PassesArgumentsToNoShell) {
  EXPECT_EQ(run({"printf", "%s", "$(id); 'x' *"})->out, "$(id); 'x' *");
}

TEST_F(ProcessTest, ReadsItsInput) {
  EXPECT_EQ(run({"cat"})->out, "");
  const std::string long_text(300'000, 'x');
  const auto result = run({"sh", "-c", "cat; cat"}, std::chrono::seconds(20), 1u << 20, long_text);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out, long_text) << "once, and then it ends";
}

TEST_F(ProcessTest, NamesACommandThatIsNotThere) {
  const auto result = run({"no-such-command-here"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::child_process);
  EXPECT_NE(result.error().message.find("no-such-command-here"), std::string::npos);
  EXPECT_EQ(run({}).error().code, Code::child_process);
}

TEST_F(ProcessTest, InheritsNoDescriptorAndNoSecrets) {
  const int leak = ::open("/dev/null", O_RDONLY);  // without close-on-exec, on purpose
  ::setenv("BPYD_TEST_SECRET", "s3cret", 1);
  const auto result = run({"sh", "-c", "ls /proc/self/fd | wc -l; env"});
  ::close(leak);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out.substr(0, 2), "4\n") << result->out;  // 0, 1, 2 and ls's own
  EXPECT_EQ(result->out.find("s3cret"), std::string::npos);
}

TEST_F(ProcessTest, EndsOneThatRunsTooLongWithItsChildren) {
  const auto result = run({"sh", "-c", "sleep 60 & echo $!; wait"}, std::chrono::seconds(1));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->timed_out);
  const pid_t grandchild = std::stoi(result->out);
  EXPECT_TRUE(loop.run_until([&] { return ::kill(grandchild, 0) < 0 || test::slurp("/proc/" + std::to_string(grandchild) + "/stat").find(" Z ") != std::string::npos; }, std::chrono::seconds(5)));
}

TEST_F(ProcessTest, CutsEndlessOutput) {
  const auto result = run({"sh", "-c", "head -c 300000 /dev/zero"}, std::chrono::seconds(20), 1000);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->truncated);
  EXPECT_EQ(result->out.size(), 1000U);
}

TEST_F(ProcessTest, RunsAFewAtATimeAndRefusesAnEndlessQueue) {
  int done = 0, refused = 0;
  for (int i = 0; i < 80; ++i) {
    ProcessSpec spec;
    spec.argv = {"true"};
    spec.cwd = dir.path();
    runner.run(spec, [&](const Result<ProcessResult>& ended) { ended ? ++done : ++refused; });
  }
  EXPECT_TRUE(loop.run_until([&] { return done + refused == 80; }, std::chrono::seconds(30)));
  EXPECT_EQ(done, 68);
  EXPECT_EQ(refused, 12);
}

TEST_F(ProcessTest, KillsAllAndCallsNobody) {
  bool called = false;
  ProcessSpec spec;
  spec.argv = {"sleep", "60"};
  spec.cwd = dir.path();
  runner.run(spec, [&](const Result<ProcessResult>&) { called = true; });
  runner.kill_all();
  bool later = false;
  const auto timer = loop.after(milliseconds(50), [&] { later = true; });
  loop.run_until([&] { return later; }, std::chrono::seconds(5));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace bpyd::io
