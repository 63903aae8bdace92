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
constexpr std::int64_t kDay = 86'400'000;
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
  if (!project.writable) project.store.reset();  // perhaps it can be written by now
  const auto began = std::chrono::steady_clock::now();
  auto taken = with<Taken>(root, Need::somewhere_to_write, stop, [&](Store& store) { return take_into(store, project, root, order, stop); });
  if (taken.result) taken.result->milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  return taken;
}

Result<Taken> Archive::take_into(Store& store, Project& project, const std::filesystem::path& root, const TakeOrder& order, const std::stop_token& stop) {
  if (!project.writable) return fail(Code::disk_full, project.trouble);
  Taken taken;
  auto& row = taken.row;
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
  auto newest = store.newest();
  if (!newest) return std::unexpected(newest.error());
  if (const auto& last = *newest; last) {
    const bool asked = order.origin != "analysis";
    const bool other_name = order.name && !order.name->empty() && !last->name.empty() && *order.name != last->name;
    if (!other_name && (asked ? last->print == row.print : same_story(*last, row))) {
      taken.tied = row.clean && last->print == row.print && (!last->clean || last->commit != row.commit);
      if (taken.tied) {
        if (const auto ok = store.tie(last->id, row.commit); !ok) return std::unexpected(ok.error());
      }
      const bool named = order.name && !order.name->empty();
      auto kept = asked && (named || order.pinned) ? store.change(last->id, named ? order.name : std::nullopt, order.pinned) : store.find(std::to_string(last->id));
      if (!kept) return std::unexpected(kept.error());
      row = *std::move(kept);
      remember(root, row.id, order.snapshot);
      return taken;
    }
    if (const auto before = indexed(store, *last); before) row.summary = summary_of(*before, order.snapshot->stats, edited);
  }
  row.name = order.name.value_or("");
  row.pinned = order.pinned.value_or(false);
  const auto id = store.add(row, files, order.origin == "analysis" ? Store::Sync::later : Store::Sync::each);
  if (!id) return std::unexpected(id.error());
  row.id = *id;
  taken.created = true;
  ++project.untidy;
  remember(root, row.id, order.snapshot);
  const auto gone = store.retain(order.keep, order.keep_days > 0 ? order.taken - order.keep_days * kDay : 0, kMostGone);
  if (gone) taken.gone = *gone;
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
  const auto known = std::ranges::find_if(recalled_, [&](const Recalled& one) { return one.id == row.id && one.root == root.string(); });
  if (known != recalled_.end()) {
    recalled_.splice(recalled_.begin(), recalled_, known);
    return recalled_.front().snapshot;
  }
  auto files = store.files_of(row);
  if (!files) return std::unexpected(files.error());
  if (!project.analyzer) project.analyzer = std::make_unique<analysis::Analyzer>();
  auto made = story_of(*std::move(files), *project.analyzer);
  if (!made) return std::unexpected(made.error());
  remember(root, row.id, *made);
  return *made;
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
  found->second.untidy = 0;
  (void)found->second.store->tidy();  // what fails now is tried again with the next ones
}

void Archive::rest() {
  recalled_.clear();
  for (auto& [root, project] : projects_) project.analyzer.reset();
}

}  // namespace bpyd::history
