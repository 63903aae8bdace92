// SPDX-License-Identifier: MIT
// Keeps for each project what its newest story breaks, and tells what came and went.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "bpyd/daemon/rules_file.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/runtime/on_worker.hpp"

namespace bpyd::governance {

using ProjectPtr = std::shared_ptr<daemon::Project>;
using SnapshotPtr = std::shared_ptr<const daemon::Snapshot>;
using RulesPtr = std::shared_ptr<const analysis::Rules>;

/// The rules that hold, and what is said of their file.
struct InForce {
  RulesPtr rules;
  bool exists = false;
  std::string error;  ///< why the file does not hold; empty: it does, or there is none
};
/// The file's; those of `last` (null: the shipped ones) while it is broken. Thread: worker.
InForce rules_in_force(const std::filesystem::path& root, const RulesPtr& last);

/// Never changed once made.
struct Verdict {
  InForce in_force;
  analysis::Evaluation evaluation;
  std::int64_t generation = 0;
  WallTime evaluated{};
  std::string day{};    ///< that waivers went by
  bool failed = false;  ///< nothing is known
};
using VerdictPtr = std::shared_ptr<const Verdict>;

struct Standing {
  ProjectPtr project;
  VerdictPtr verdict;
};

/// Loop thread only; evaluations run on a worker of their own, one at a time: a save's analysis never
/// waits for them.
class Judge {
 public:
  explicit Judge(daemon::Services& services) : services_(services), workers_(services.loop, 1) {}

  void begin(const ProjectPtr& project);
  void end(const ProjectPtr& project);
  void stop();
  [[nodiscard]] bool idle() const { return workers_.in_flight() == 0; }

  /// Evaluates the project's newest story: now, or after the evaluation in hand.
  void look(const ProjectPtr& project);
  /// The project with what was found in its newest story by the rules as they are. Fails as its analysis
  /// did; project_not_found, too_often. Coroutines take what they need by value: the project may be
  /// forgotten meanwhile.
  runtime::Task<Result<Standing>> standing(std::string name);
  /// The rules that hold for a project, whether its story can be read or not.
  runtime::Task<InForce> rules_of(ProjectPtr project);

  template <class T>
  runtime::Task<T> compute(std::function<T(std::stop_token)> job) {
    using Answer = std::shared_ptr<T>;
    std::function<Answer(std::stop_token)> guarded = [job = std::move(job)](std::stop_token stop) -> Answer {
      try {
        return std::make_shared<T>(job(std::move(stop)));
      } catch (const std::exception& exception) {
        log::write(log::Level::error, "governance", "job.failed", exception.what());
        return nullptr;
      }
    };
    auto working = runtime::on_worker<Answer>(services_.loop, workers_, std::move(guarded));
    const Answer answer = co_await std::move(working);
    if (!answer) throw std::runtime_error("An evaluation failed");  // the transport answers 500
    co_return std::move(*answer);
  }
  /// Is more asked for than can be answered soon?
  [[nodiscard]] Result<void> room() const;

 private:
  /// What is kept of a project; outlives it while somebody waits.
  struct Ward {
    explicit Ward(runtime::Loop& loop) : done(loop) {}
    VerdictPtr verdict;
    RulesPtr good;  ///< the last rules that could be read
    std::string told_error;
    bool running = false, again = false;
    runtime::Signal done;
    std::unique_ptr<io::Watcher> watcher;  ///< of the rules file alone
  };
  using WardPtr = std::shared_ptr<Ward>;

  void run(const ProjectPtr& project, const WardPtr& ward);
  void take(const ProjectPtr& project, const WardPtr& ward, VerdictPtr made);
  void tell(const daemon::Project& project, const Verdict* before, const Verdict& now);
  void note_error(const daemon::Project& project, Ward& ward, const std::string& error);
  void watch_file(const ProjectPtr& project, Ward& ward);

  daemon::Services& services_;
  std::map<ProjectPtr, WardPtr> wards_;
  bool stopped_ = false;
  runtime::Workers workers_;  ///< last: its jobs are waited for before the rest goes
};

}  // namespace bpyd::governance
