// SPDX-License-Identifier: MIT
// Between the loop and the thread of the archive.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "archive.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/runtime/failure.hpp"
#include "bpyd/runtime/on_worker.hpp"

namespace bpyd::history {

using ProjectPtr = std::shared_ptr<daemon::Project>;

/// Loop thread only. The databases have a thread of their own: what they wait for is in nobody's way.
class Keeper {
 public:
  explicit Keeper(daemon::Services& services) : services_(services), thread_(services.loop, 1) {}

  /// Computes on the archive's thread; a database that was set aside meanwhile is told of.
  template <class T>
  runtime::Task<Result<T>> ask(ProjectPtr project, std::function<Outcome<T>(Archive&, const std::filesystem::path&, const std::stop_token&)> job) {
    using Answer = std::shared_ptr<Outcome<T>>;
    std::function<Answer(std::stop_token)> work = [archive = &archive_, root = project->root, job = std::move(job)](const std::stop_token& stop) -> Answer {
      try {
        return std::make_shared<Outcome<T>>(job(*archive, root, stop));
      } catch (const std::exception& exception) {
        return std::make_shared<Outcome<T>>(Outcome<T>{std::unexpected(runtime::error_of(exception, "The history failed"))});
      }
    };
    if (waiting_ >= kMostWaiting) co_return fail(Code::too_often, "Too many questions about histories wait for an answer");
    ++waiting_;
    used();
    auto working = runtime::on_worker<Answer>(services_.loop, thread_, std::move(work));
    const Answer answer = co_await std::move(working);
    --waiting_;
    if (answer->broken) tell(project, *answer->broken);
    co_return std::move(answer->result);
  }

  /// Takes the project's newest story down, unless the newest snapshot says the same. Of those that wait for
  /// the one before only the newest is taken.
  void follow(const ProjectPtr& project);
  runtime::Task<Result<Taken>> take(ProjectPtr project, TakeOrder order);
  void forget(const ProjectPtr& project);
  void stop() { stopped_ = true; }
  [[nodiscard]] bool idle() const { return thread_.in_flight() == 0; }

 private:
  struct Following {
    bool running = false;
    SnapshotPtr next;
    std::string failure;  ///< told once for each cause
  };
  runtime::Task<void> following(ProjectPtr project);
  void tidy(const ProjectPtr& project);
  void tell(const ProjectPtr& project, const Broken& broken);
  void told(const ProjectPtr& project, const Taken& taken, std::int64_t generation);
  void used();

  daemon::Services& services_;
  Archive archive_;  ///< its thread's alone
  std::map<const daemon::Project*, Following> following_;
  static constexpr unsigned kMostWaiting = 64;
  std::unique_ptr<runtime::Timer> rest_;
  unsigned waiting_ = 0;
  bool stopped_ = false;
  runtime::Workers thread_;  ///< last: it ends before what it touches goes
};

}  // namespace bpyd::history
