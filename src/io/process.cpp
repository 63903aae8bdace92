// SPDX-License-Identifier: MIT
// fork, exec, pidfd: a child with its own session, a time limit and bounded output.
#include "bpyd/io/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "bpyd/io/files.hpp"

extern char** environ;

namespace bpyd::io {
namespace {

using boost::asio::posix::stream_descriptor;
constexpr std::size_t kMostChildren = 4;
constexpr std::size_t kMostWaiting = 64;
constexpr std::chrono::milliseconds kGrace{3000}, kLookAgain{10};

struct PipeEnds {
  Descriptor read, write;
};

PipeEnds make_pipe() {
  std::array<int, 2> fds{-1, -1};
  PipeEnds ends{Descriptor(), Descriptor()};
  if (::pipe2(fds.data(), O_CLOEXEC) == 0) ends = {Descriptor(fds[0]), Descriptor(fds[1])};
  return ends;
}

/// A file in memory that holds `text`, to be read from its start: nobody has to feed a pipe.
Descriptor file_of(std::string_view text) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  while (file && !text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Descriptor();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file) ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

bool passed_on(std::string_view entry) {
  for (const std::string_view name : {"PATH=", "HOME=", "LANG=", "TMPDIR=", "USER=", "LC_", "XDG_CACHE_HOME="}) {
    if (entry.starts_with(name)) return true;
  }
  return false;
}

std::vector<std::string> child_environment(const std::vector<std::string>& extra) {
  std::vector<std::string> list;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    if (passed_on(*entry)) list.emplace_back(*entry);
  }
  list.insert(list.end(), extra.begin(), extra.end());
  return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// No signal is taken between fork and exec: a handler of ours would run in the child and write into our pipes.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

/// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(pid_t parent, const char* cwd, char* const* argv, char* const* env, int in, int out, int err, int report) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);       // it does not outlive us, however we end
  if (::getppid() != parent) ::_exit(127);  // we have ended before that
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (in < 0) in = ::open("/dev/null", O_RDONLY);
  if (::dup2(in, 0) >= 0 && ::dup2(out, 1) >= 0 && ::dup2(err, 2) >= 0 && ::dup2(report, 3) >= 0 && ::chdir(cwd) == 0) {
    ::fcntl(3, F_SETFD, FD_CLOEXEC);
    ::syscall(SYS_close_range, 4U, ~0U, 0U);
    ::execvpe(argv[0], argv, env);
  }
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(3, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

/// One running child: its output, its pidfd, its time limit.
class ProcessRunner::Child : public std::enable_shared_from_this<Child> {
 public:
  Child(runtime::Loop& loop, ProcessSpec spec, Done done)
      : loop_(loop), spec_(std::move(spec)), done_(std::move(done)), out_(loop.context()), err_(loop.context()), pidfd_(loop.context()) {}

  /// Empty when it runs; else why it does not.
  std::string start(std::function<void()> on_end) {
    on_end_ = std::move(on_end);
    auto out = make_pipe(), err = make_pipe(), report = make_pipe();
    if (!out.read || !err.read || !report.read) return std::strerror(errno);
    const auto in = spec_.input.empty() ? Descriptor() : file_of(spec_.input);
    if (!in && !spec_.input.empty()) return std::strerror(errno);
    auto environment = child_environment(spec_.extra_env);
    const auto argv = pointers(spec_.argv);
    const auto env = pointers(environment);
    const pid_t parent = ::getpid();
    {
      const SignalsHeld held;
      pid_ = ::fork();
      if (pid_ == 0) become(parent, spec_.cwd.c_str(), argv.data(), env.data(), in.get(), out.write.get(), err.write.get(), report.write.get());
    }
    if (pid_ < 0) return std::strerror(errno);
    out.write = Descriptor();
    err.write = Descriptor();
    report.write = Descriptor();
    int error = 0;
    if (::read(report.read.get(), &error, sizeof error) == sizeof error) {  // exec failed; success closes the pipe
      ::waitpid(pid_, nullptr, 0);
      return std::strerror(error);
    }
    if (listen(std::move(out.read), std::move(err.read))) return {};
    const auto why = std::string(std::strerror(errno));
    signal_group(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    close();
    return why;
  }

  void signal_group(int number) { ::kill(-pid_, number); }
  void abandon() {
    done_ = nullptr;
    on_end_ = nullptr;
    signal_group(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    close();
  }
  Done take_done() { return std::exchange(done_, nullptr); }
  ProcessResult result;

 private:
  /// False with errno when no descriptors are left to watch it by.
  bool listen(Descriptor out, Descriptor err) {
    if (!adopt(out_, ::fcntl(out.get(), F_DUPFD_CLOEXEC, 4)) || !adopt(err_, ::fcntl(err.get(), F_DUPFD_CLOEXEC, 4))) return false;
    const bool told = adopt(pidfd_, static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!told && errno != ENOSYS) return false;
    read(out_, result.out);
    read(err_, result.err);
    await_end();
    limit_ = loop_.after(spec_.time_limit, [this] {
      result.timed_out = true;
      signal_group(SIGTERM);
      limit_ = loop_.after(kGrace, [this] { signal_group(SIGKILL); });
    });
    return true;
  }

  static bool adopt(stream_descriptor& stream, int fd) {
    if (fd < 0) return false;
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    boost::system::error_code bad;
    stream.assign(fd, bad);
    if (!bad) return true;
    ::close(fd);
    errno = bad.value();
    return false;
  }

  void read(stream_descriptor& stream, std::string& into) {
    stream.async_wait(stream_descriptor::wait_read, [self = shared_from_this(), &stream, &into](const boost::system::error_code& error) {
      if (!error && self->drain(stream, into)) self->read(stream, into);
    });
  }

  /// False at the end of the stream.
  bool drain(stream_descriptor& stream, std::string& into) {
    std::array<char, 16384> chunk{};
    for (int rounds = 0; rounds < 16; ++rounds) {
      const auto got = ::read(stream.native_handle(), chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno == EAGAIN;
      if (got == 0) return false;
      const auto room = spec_.output_limit - std::min(spec_.output_limit, into.size());
      result.truncated = result.truncated || room < static_cast<std::size_t>(got);
      into.append(chunk.data(), std::min(room, static_cast<std::size_t>(got)));
    }
    return true;
  }

  void await_end() {
    if (!pidfd_.is_open()) {  // old kernels, some sandboxes, valgrind
      look_again_ = loop_.after(kLookAgain, [self = shared_from_this()] { self->reap(); });
      return;
    }
    pidfd_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->reap();
    });
  }

  void reap() {
    siginfo_t end{};
    const bool known = ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (known && end.si_pid == 0) return await_end();  // the wait ended, the child did not: the loop does not block for it
    // Grandchildren of its session must not stay. Not reaped yet, it keeps its number from being anybody else's.
    if (known) signal_group(SIGKILL);
    ::waitpid(pid_, nullptr, WNOHANG);
    result.exit_code = end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
    drain(out_, result.out);
    drain(err_, result.err);
    close();
    if (on_end_) std::exchange(on_end_, nullptr)();
  }

  void close() {
    limit_.reset();
    look_again_.reset();
    boost::system::error_code ignored;
    out_.close(ignored);
    err_.close(ignored);
    pidfd_.close(ignored);
  }

  runtime::Loop& loop_;
  ProcessSpec spec_;
  Done done_;
  std::function<void()> on_end_;
  stream_descriptor out_, err_, pidfd_;
  std::unique_ptr<runtime::Timer> limit_, look_again_;
  pid_t pid_ = -1;
};

ProcessRunner::ProcessRunner(runtime::Loop& loop) : loop_(loop) {}
ProcessRunner::~ProcessRunner() { kill_all(); }

void ProcessRunner::run(ProcessSpec spec, Done done) {
  if (children_.size() < kMostChildren) return start(std::move(spec), std::move(done));
  if (waiting_.size() >= kMostWaiting) {
    loop_.post([done = std::move(done)] { done(fail(Code::too_often, "Too many commands are waiting to run")); });
    return;
  }
  waiting_.emplace_back(std::move(spec), std::move(done));
}

void ProcessRunner::start(ProcessSpec spec, Done done) {
  const std::string name = spec.argv.empty() ? "(nothing)" : spec.argv.front();
  auto child = std::make_shared<Child>(loop_, std::move(spec), done);
  const auto why = name == "(nothing)" ? std::string("no command is given")
                                       : child->start([this, weak = std::weak_ptr(child)] { if (auto alive = weak.lock()) ended(alive); });
  if (why.empty()) {
    children_.insert(std::move(child));
    return;
  }
  loop_.post([done = std::move(done), name, why] { done(fail(Code::child_process, "'" + name + "' cannot be started: " + why)); });
}

void ProcessRunner::ended(const std::shared_ptr<Child>& child) {
  const auto alive = child;
  children_.erase(alive);
  if (const auto done = alive->take_done()) done(std::move(alive->result));
  if (waiting_.empty() || children_.size() >= kMostChildren) return;
  auto [spec, next] = std::move(waiting_.front());
  waiting_.pop_front();
  start(std::move(spec), std::move(next));
}

void ProcessRunner::kill_all() {
  waiting_.clear();
  for (const auto& child : std::exchange(children_, {})) child->abandon();
}

}  // namespace bpyd::io
