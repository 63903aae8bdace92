// SPDX-License-Identifier: MIT
// The histories of all projects, on the one thread that touches them.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "contents.hpp"

namespace bpyd::history {

/// A database that could not be trusted any more was set aside, and what could be read of it taken over.
struct Broken {
  std::string message, set_aside;
  std::int64_t rescued = 0;
};

/// What a job gives back: its result, and what else happened.
template <class T>
struct Outcome {
  Result<T> result;
  std::optional<Broken> broken{};
};

struct TakeOrder {
  SnapshotPtr snapshot;
  std::string origin = "analysis";
  std::optional<std::string> name;
  std::optional<bool> pinned;
  std::int64_t taken = 0;
  std::int64_t keep = 0, keep_days = 0;
};
struct Taken {
  SnapshotRow row;
  bool created = false;              ///< false: the newest one says the same
  std::int64_t milliseconds = 0;     ///< that it took
  bool tied = false;                 ///< the newest one turned out to be a commit's
  std::vector<std::int64_t> gone{};  ///< by retention
};

/// Thread: all of it on one, which is not the loop's.
class Archive {
 public:
  enum class Need : std::uint8_t { what_there_is, to_change_it, somewhere_to_write };
  /// Runs `work` with the project's database. One that turns out to be damaged is set aside, and `work` is tried
  /// once more with what could be rescued of it. Errors: those of Store; snapshot_not_found when nothing was kept yet.
  template <class T>
  Outcome<T> with(const std::filesystem::path& root, Need need, const std::stop_token& stop, const std::function<Result<T>(Store&)>& work) {
    auto& project = projects_[root.string()];
    const auto attempt = [&]() -> Result<T> {
      if (stop.stop_requested()) return fail(Code::wrong_state, "bpyd is stopping");
      const auto ok = ready(project, root, need, stop);
      if (!ok) return std::unexpected(ok.error());
      project.store->limit(kPatience, stop);
      return work(*project.store);
    };
    Outcome<T> outcome{attempt()};
    if (!project.damage && !(project.store && project.store->damaged())) return outcome;
    outcome.broken = set_aside(project, root, outcome.result ? std::string() : outcome.result.error().message, stop);
    if (!outcome.result && !outcome.broken->set_aside.empty()) outcome.result = attempt();
    return outcome;
  }

  /// Keeps the story as a snapshot, unless the newest one says the same.
  Outcome<Taken> take(const std::filesystem::path& root, const TakeOrder& order, const std::stop_token& stop);
  /// The story of a snapshot, analysed as it would be today. `what` as Store::find().
  Outcome<SnapshotPtr> recall(const std::filesystem::path& root, const std::string& what, const std::stop_token& stop);
  /// What comparisons ask for of a snapshot (index.hpp).
  static Result<analysis::Stats2> indexed(Store& store, const SnapshotRow& row);
  /// Why nothing can be written just now; empty: it can.
  [[nodiscard]] std::string trouble(const std::filesystem::path& root) const;
  void forget(const std::filesystem::path& root);
  /// Now and then, when nobody waits.
  void tidy(const std::filesystem::path& root);
  /// Lets go of what only makes answers quicker.
  void rest();

 private:
  static constexpr std::chrono::seconds kPatience{10};
  struct Project {
    std::unique_ptr<Store> store;
    bool damage = false;    ///< found while it was opened
    bool writable = false;
    int untidy = 0;         ///< added since tidy()
    std::string trouble;    ///< why it is not
    std::unique_ptr<analysis::Analyzer> analyzer;
    std::map<std::string, StoredFile> prints;  ///< of the files of the last snapshot
    std::string head;                          ///< HEAD whose scripts are `committed`
    std::string committed;
  };
  struct Recalled {
    std::string root;
    std::int64_t id = 0;
    SnapshotPtr snapshot;
  };

  Result<void> ready(Project& project, const std::filesystem::path& root, Need need, const std::stop_token& stop);
  Broken set_aside(Project& project, const std::filesystem::path& root, const std::string& why, const std::stop_token& stop);
  Result<Taken> take_into(Store& store, Project& project, const std::filesystem::path& root, const TakeOrder& order, const std::stop_token& stop);
  static Result<Taken> fold_into(Store& store, const SnapshotRow& last, const SnapshotRow& row, const TakeOrder& order);
  Result<SnapshotPtr> recalled(Store& store, Project& project, const std::filesystem::path& root, const SnapshotRow& row);
  SnapshotPtr remembered(const std::filesystem::path& root, std::int64_t id);
  void remember(const std::filesystem::path& root, std::int64_t id, SnapshotPtr snapshot);
  void look_at_git(Project& project, const std::filesystem::path& root, const std::vector<StoredFile>& files, SnapshotRow& row, const std::stop_token& stop);
  static std::vector<std::string> edited_since(const Project& project, const std::vector<StoredFile>& files);
  std::vector<StoredFile> files_of(Project& project, const daemon::Snapshot& snapshot);

  std::map<std::string, Project> projects_;
  std::list<Recalled> recalled_;  ///< the newest first
};

}  // namespace bpyd::history
