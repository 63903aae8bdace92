// SPDX-License-Identifier: MIT
// Taking snapshots and recalling them.
#include "archive.hpp"

#include <algorithm>

#include "answers.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/git.hpp"
#include "bpyd/io/pack.hpp"
#include "contents.hpp"
#include "index.hpp"

namespace bpyd::history {
namespace {

constexpr std::size_t kMostRecalled = 4;  // a large story takes tens of megabytes
constexpr std::int64_t kMostGone = 100;   // at once: the rest goes with the next snapshots
constexpr std::int64_t kDay = 86'400'000, kMostDays = 36'500;
constexpr std::chrono::seconds kGitTime{5};

bool lies_in_a_repository(std::filesystem::path folder) {
  std::error_code ignored;
  for (; !folder.empty(); folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / ".git", ignored)) return true;
    if (folder == folder.root_path()) break;
  }
  return false;
}

/// Of the scripts alone, as a commit has them.
std::string scripts_print(const std::vector<StoredFile>& files) {
  std::string all;
  for (const auto& file : files) {
    if (file.text && !file.file.starts_with(':')) all.append(file.file).append("\n").append(file.print).append("\n");
  }
  return io::print_of(all);
}

bool same_story(const SnapshotRow& a, const SnapshotRow& b) {
  Measures one = a, other = b;
  one.lines = other.lines = 0;  // comments have lines too
  return a.story == b.story && one == other;
}

}  // namespace

/// Scripts that say something else than when the last snapshot was made, or looked for.
std::vector<std::string> Archive::edited_since(const Project& project, const std::vector<StoredFile>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) {
    const auto known = project.prints.find(file.file);
    const bool other = known == project.prints.end() || known->second.story != file.story;
    if (other && !project.prints.empty() && !file.file.starts_with(':')) names.push_back(printable_utf8(file.file));
  }
  return names;
}

std::vector<StoredFile> Archive::files_of(Project& project, const daemon::Snapshot& snapshot) {
  auto files = stored_files(snapshot);
  for (auto& file : files) {
    const auto known = project.prints.find(file.file);
    // The same text in memory: its prints are known.
    if (known != project.prints.end() && file.text && known->second.text == file.text) file = known->second;
  }
  return files;
}

Outcome<Taken> Archive::take(const std::filesystem::path& root, const TakeOrder& order, const std::stop_token& stop) {
  auto& project = projects_[root.string()];
  const auto began = std::chrono::steady_clock::now();
  auto taken = with<Taken>(root, Need::somewhere_to_write, stop, [&](Store& store) { return take_into(store, project, root, order, stop); });
  if (taken.result) taken.result->milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  return taken;
}

Result<Taken> Archive::take_into(Store& store, Project& project, const std::filesystem::path& root, const TakeOrder& order, const std::stop_token& stop) {
  if (!project.writable) return fail(Code::disk_full, project.trouble);
  SnapshotRow row;
  auto files = files_of(project, *order.snapshot);
  print_files(files, row);
  const auto edited = edited_since(project, files);
  project.prints.clear();
  for (const auto& file : files) project.prints.emplace(file.file, file);
  static_cast<Measures&>(row) = measures_of(order.snapshot->stats.counts);
  row.taken = order.taken;
  row.origin = order.origin;
  row.generator = order.snapshot->stats.generator;
  look_at_git(project, root, files, row, stop);
  row.name = order.name.value_or("");
  row.pinned = order.pinned.value_or(false);
  const bool asked = order.origin != "analysis";
  // One transaction: another daemon may keep the same project's history.
  auto done = store.write<Taken>(asked ? Store::Sync::each : Store::Sync::later, [&]() -> Result<Taken> {
    auto newest = store.newest();
    if (!newest) return std::unexpected(newest.error());
    if (const auto& last = *newest; last) {
      const bool other_name = !row.name.empty() && !last->name.empty() && row.name != last->name;
      if (!other_name && (asked ? last->print == row.print : same_story(*last, row))) return fold_into(store, *last, row, order);
      if (const auto known = remembered(root, last->id); known) row.summary = summary_of(known->stats, order.snapshot->stats, edited);
      else if (const auto before = indexed(store, *last); before) row.summary = summary_of(*before, order.snapshot->stats, edited);
    }
    const auto id = store.add(row, files);
    if (!id) return std::unexpected(id.error());
    row.id = *id;
    auto gone = store.retain(order.keep, order.keep_days > 0 ? order.taken - std::min(order.keep_days, kMostDays) * kDay : 0, kMostGone);
    if (!gone) return std::unexpected(gone.error());
    return Taken{row, true, 0, false, *std::move(gone)};
  });
  if (!done) return done;
  // What an analysis kept may not be on the disk itself yet; who asks is promised that.
  if (asked && !done->created) {
    if (const auto ok = store.tidy(); !ok) return std::unexpected(ok.error());
  }
  project.untidy += done->created ? 1 : 0;
  if (done->row.print == row.print) remember(root, done->row.id, order.snapshot);  // a comment may differ
  return done;
}

/// The newest one says the same: it gets the name, the pin, the commit.
Result<Taken> Archive::fold_into(Store& store, const SnapshotRow& last, const SnapshotRow& row, const TakeOrder& order) {
  Taken taken{last, false, 0, false, {}};
  taken.tied = row.clean && last.print == row.print && (!last.clean || last.commit != row.commit);
  if (taken.tied) {
    if (const auto ok = store.tie(last.id, row.commit); !ok) return std::unexpected(ok.error());
  }
  const bool pin = order.pinned.value_or(false);  // one that is pinned stays so
  auto kept = !row.name.empty() || pin ? store.change(last.id, row.name.empty() ? std::nullopt : order.name, pin ? order.pinned : std::nullopt)
                                       : store.find(std::to_string(last.id));
  if (!kept) return std::unexpected(kept.error());
  taken.row = *std::move(kept);
  return taken;
}

/// Which commit these scripts are, or came after.
void Archive::look_at_git(Project& project, const std::filesystem::path& root, const std::vector<StoredFile>& files, SnapshotRow& row, const std::stop_token& stop) {
  if (std::ranges::find(files, kReport, &StoredFile::file) != files.end() || !lies_in_a_repository(root)) return;
  io::GitLimits limits;
  limits.time = kGitTime;
  limits.stop = stop;
  const auto commit = io::commit_at(root, "HEAD", limits);
  if (!commit) return;  // no commit yet, no git, or a broken repository: the story is kept all the same
  row.commit = *commit;
  if (project.head != *commit) {
    project.head.clear();
    const auto scripts = io::scripts_at(root, *commit, limits);
    if (!scripts) return;
    std::vector<StoredFile> committed;
    for (const auto& script : *scripts) committed.push_back({script.file, script.text, script.problem});
    SnapshotRow ignored;
    print_files(committed, ignored);
    project.committed = scripts_print(committed);
    project.head = *commit;
  }
  row.clean = scripts_print(files) == project.committed;
}

Outcome<SnapshotPtr> Archive::recall(const std::filesystem::path& root, const std::string& what, const std::stop_token& stop) {
  auto& project = projects_[root.string()];
  return with<SnapshotPtr>(root, Need::what_there_is, stop, [&](Store& store) -> Result<SnapshotPtr> {
    const auto row = store.find(what);
    if (!row) return std::unexpected(row.error());
    return recalled(store, project, root, *row);
  });
}

Result<analysis::Stats2> Archive::indexed(Store& store, const SnapshotRow& row) {
  const auto text = store.text_of(row, kIndex);
  if (!text) return std::unexpected(text.error());
  return stats_of_index(**text);
}

Result<SnapshotPtr> Archive::recalled(Store& store, Project& project, const std::filesystem::path& root, const SnapshotRow& row) {
  if (const auto known = remembered(root, row.id); known) return known;
  auto files = store.files_of(row);
  if (!files) return std::unexpected(files.error());
  if (!project.analyzer) project.analyzer = std::make_unique<analysis::Analyzer>();
  auto made = story_of(*std::move(files), *project.analyzer);
  if (!made) return std::unexpected(made.error());
  remember(root, row.id, *made);
  return *made;
}

SnapshotPtr Archive::remembered(const std::filesystem::path& root, std::int64_t id) {
  const auto known = std::ranges::find_if(recalled_, [&](const Recalled& one) { return one.id == id && one.root == root.string(); });
  if (known == recalled_.end()) return nullptr;
  recalled_.splice(recalled_.begin(), recalled_, known);
  return recalled_.front().snapshot;
}

void Archive::remember(const std::filesystem::path& root, std::int64_t id, SnapshotPtr snapshot) {
  std::erase_if(recalled_, [&](const Recalled& one) { return one.id == id && one.root == root.string(); });
  recalled_.push_front({root.string(), id, std::move(snapshot)});
  if (recalled_.size() > kMostRecalled) recalled_.pop_back();
}

std::string Archive::trouble(const std::filesystem::path& root) const {
  const auto found = projects_.find(root.string());
  return found == projects_.end() ? std::string() : found->second.trouble;
}

void Archive::forget(const std::filesystem::path& root) {
  projects_.erase(root.string());
  std::erase_if(recalled_, [&](const Recalled& one) { return one.root == root.string(); });
}

void Archive::tidy(const std::filesystem::path& root) {
  constexpr int kOften = 32;
  const auto found = projects_.find(root.string());
  if (found == projects_.end() || !found->second.store || found->second.untidy < kOften) return;
  found->second.store->limit(kPatience, {});
  found->second.untidy = 0;
  (void)found->second.store->tidy();  // what fails now is tried again with the next ones
}

void Archive::rest() {
  recalled_.clear();
  for (auto& [root, project] : projects_) project.analyzer.reset();
}

}  // namespace bpyd::history
