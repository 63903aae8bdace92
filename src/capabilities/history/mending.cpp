// SPDX-License-Identifier: MIT
// Opening a database, and what happens to one that cannot be trusted.
#include <chrono>

#include "archive.hpp"
#include "bpyd/core/clock.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::history {
namespace {

using Mode = io::Database::Mode;
namespace fs = std::filesystem;

constexpr std::string_view kIgnored = "# Written by bpyd. What it can make anew, or keeps for you alone; config.json and governance.json are yours to commit.\nstats2.json\nhistory.db*\n.gitignore\n";

/// The history holds the writer's drafts: it does not go into a repository unasked.
void ignore_in_git(const fs::path& root) {
  const auto file = root / ".branchpy" / ".gitignore";
  std::error_code error;
  if (!fs::exists(fs::symlink_status(file, error))) (void)io::write_atomically(file, kIgnored, 0644);
}

/// "20261122T010203456Z": sorts by time, and is a file's name everywhere.
std::string stamp() {
  std::string text;
  for (const char c : iso8601_now()) {
    if (c != '-' && c != ':' && c != '.') text += c;
  }
  return text;
}

/// All of `from` that is what it was when it was written, one snapshot after the other.
std::int64_t rescue(Store& from, Store& to, const std::stop_token& stop) {
  constexpr std::int64_t kMissedInARow = 2'000;
  std::int64_t rescued = 0, missed = 0;
  const auto last = from.last_number();
  for (std::int64_t id = 1; id <= last && missed < kMissedInARow && !stop.stop_requested(); ++id) {
    ++missed;
    const auto row = from.find(std::to_string(id));
    if (!row) continue;
    auto files = from.files_of(*row);
    if (!files || !to.add(*row, *files, Store::Sync::never)) continue;
    ++rescued;
    missed = 0;
  }
  (void)to.tidy();
  return rescued;
}

}  // namespace

Result<void> Archive::ready(Project& project, const fs::path& root, Need need) {
  if (project.store && project.store->current()) return {};
  project.store.reset();
  project.damage = false;
  std::error_code error;
  const bool there = fs::exists(fs::symlink_status(Store::file_of(root), error));
  if (!there && need == Need::what_there_is) return fail(Code::snapshot_not_found, "There is no snapshot yet", "POST /api/v1/history/snapshots takes one; else each save that changes the story does");
  auto opened = Store::open(root, Mode::write);
  project.writable = opened.has_value();
  project.trouble = opened ? std::string() : opened.error().message;
  if (opened) {
    ignore_in_git(root);
    project.store = *std::move(opened);
    const auto sound = project.store->check();
    project.damage = !sound && sound.error().code == Code::database;
    return sound;
  }
  if (opened.error().code == Code::database) {
    project.damage = there && opened.error().suggestion.empty();  // one of a newer bpyd is in order
    return std::unexpected(opened.error());
  }
  if (!there) return std::unexpected(opened.error());
  auto readable = Store::open_to_read(root);
  if (!readable) return std::unexpected(opened.error());
  project.store = *std::move(readable);
  return {};
}

Broken Archive::set_aside(Project& project, const fs::path& root, const std::string& why, const std::stop_token& stop) {
  project.store.reset();
  project.damage = false;
  std::erase_if(recalled_, [&](const Recalled& one) { return one.root == root.string(); });
  const auto file = Store::file_of(root);
  const auto aside = fs::path(file.string() + ".damaged-" + stamp());
  std::error_code error;
  fs::rename(file, aside, error);
  Broken broken{why, printable_utf8(aside.string()), 0};
  if (error) {
    broken.set_aside.clear();
    broken.message += " (and it cannot be moved away: " + error.message() + ")";
    project.trouble = broken.message;
    return broken;
  }
  fs::rename(file.string() + "-wal", aside.string() + "-wal", error);  // belongs to it
  fs::remove(file.string() + "-shm", error);
  auto fresh = Store::open(root, Mode::write);
  if (!fresh) return broken;
  auto old = Store::open_file(aside, Mode::read);
  if (old) broken.rescued = rescue(**old, **fresh, stop);
  project.store = *std::move(fresh);
  project.writable = true;
  project.trouble.clear();
  return broken;
}

}  // namespace bpyd::history
