// SPDX-License-Identifier: MIT
// Opening a database, and what happens to one that cannot be trusted.
#include <algorithm>
#include <chrono>
#include <optional>

#include "archive.hpp"
#include "bpyd/core/clock.hpp"
#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"

namespace bpyd::history {
namespace {

using Mode = io::Database::Mode;
namespace fs = std::filesystem;

/// "20261122T010203456Z": sorts by time, and is a file's name everywhere.
std::string stamp() {
  std::string text;
  for (const char c : iso8601_now()) {
    if (c != '-' && c != ':' && c != '.') text += c;
  }
  return text;
}

/// All of `from` that is what it was when it was written, one snapshot after the other; nothing when there was no
/// time for all of them.
std::optional<std::int64_t> rescue(Store& from, Store& to, const std::stop_token& stop) {
  constexpr std::chrono::seconds kOne{10};
  constexpr std::int64_t kProbed = 20'000, kSaneGap = 1'000'000;
  auto numbers = from.numbers();
  const auto seen = numbers.empty() ? 0 : numbers.back();
  const auto last = from.last_number() < seen + kSaneGap ? from.last_number() : seen;
  // Where the list of them ends early the rest is tried one by one.
  for (auto id = seen + 1; id <= std::min(last, seen + kProbed); ++id) numbers.push_back(id);
  std::int64_t rescued = 0;
  for (const auto id : numbers) {
    if (stop.stop_requested()) return std::nullopt;
    from.limit(kOne, stop);
    to.limit(kOne, stop);
    const auto row = from.find(std::to_string(id));
    if (!row) continue;
    auto files = from.files_of(*row);
    if (!files) continue;
    const auto added = to.write<std::int64_t>(Store::Sync::never, [&] { return to.add(*row, *files); });
    rescued += added ? 1 : 0;
  }
  to.limit(kOne, stop);
  if (!to.write<bool>(Store::Sync::each, [&]() -> Result<bool> {
        const auto ok = to.begin_behind(std::max(seen, last));
        return ok ? Result<bool>(true) : std::unexpected(ok.error());
      }) || !to.tidy()) return std::nullopt;
  return rescued;
}

/// What SQLite keeps beside a database.
void remove_database(const fs::path& file) {
  std::error_code error;
  for (const auto* ending : {"", "-wal", "-shm", "-journal"}) fs::remove(file.string() + ending, error);
}

fs::path unfinished_of(const fs::path& root) { return Store::file_of(root).string() + ".rescue"; }
fs::path finished_of(const fs::path& root) { return Store::file_of(root).string() + ".rescued"; }

/// The damaged file goes aside, the rescued one takes its place. Whoever is killed in between is followed by
/// somebody who finishes it: the rescued file is whole. Where the damaged one lies now; empty: it cannot be moved.
std::string exchange_files(const fs::path& root) {
  const auto file = Store::file_of(root);
  const auto aside = file.string() + ".damaged-" + stamp();
  std::error_code error;
  if (fs::exists(fs::symlink_status(file, error))) {
    fs::rename(file, aside, error);
    if (error) return {};
  }
  for (const auto* ending : {"-wal", "-shm"}) {
    std::error_code missing;
    fs::rename(file.string() + ending, aside + ending, missing);  // they belong to it
  }
  fs::rename(finished_of(root), file, error);
  return error ? std::string() : aside;
}

}  // namespace

Result<void> Archive::ready(Project& project, const fs::path& root, Need need, const std::stop_token& stop) {
  const bool wanted = need == Need::what_there_is || project.writable;
  if (project.store && project.store->current() && wanted) return {};
  project.store.reset();
  project.damage = false;
  project.prints.clear();
  std::erase_if(recalled_, [&](const Recalled& one) { return one.root == root.string(); });
  std::error_code error;
  if (fs::exists(fs::symlink_status(finished_of(root), error))) (void)exchange_files(root);
  const bool there = fs::exists(fs::symlink_status(Store::file_of(root), error));
  if (!there && need != Need::somewhere_to_write) return fail(Code::snapshot_not_found, "There is no snapshot yet", "POST /api/v1/history/snapshots takes one; else each save that changes the story does");
  auto opened = Store::open(root, Mode::write);
  project.writable = opened.has_value();
  project.trouble = opened ? std::string() : opened.error().message;
  if (opened) {
    project.store = *std::move(opened);
    project.store->limit(kPatience, stop);
    const auto sound = project.store->check();
    project.damage = !sound && sound.error().code == Code::database;
    return sound;
  }
  if (opened.error().code == Code::database) {
    project.damage = there && opened.error().suggestion.empty();  // a newer bpyd's, or another program's, is in order
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
  project.prints.clear();
  std::erase_if(recalled_, [&](const Recalled& one) { return one.root == root.string(); });
  Broken broken{why, {}, 0};
  const auto fail_with = [&](const std::string& what) {
    broken.message += " (" + what + ")";
    project.trouble = broken.message;
    return broken;
  };
  const auto unfinished = unfinished_of(root);
  remove_database(unfinished);
  {
    auto fresh = Store::open_file(unfinished, Mode::write);
    if (!fresh) return fail_with("nothing can be written beside it: " + fresh.error().message);
    auto old = Store::open_file(Store::file_of(root), Mode::read);
    const auto rescued = old ? rescue(**old, **fresh, stop) : std::optional<std::int64_t>(0);
    if (!rescued) {
      fresh->reset();
      remove_database(unfinished);
      return fail_with("what can be read of it could not be taken over yet");
    }
    broken.rescued = *rescued;
  }
  std::error_code error;
  fs::rename(unfinished, finished_of(root), error);  // closed, and all in one file
  if (!error) broken.set_aside = printable_utf8(exchange_files(root));
  if (broken.set_aside.empty()) return fail_with("it cannot be moved away");
  return broken;
}

}  // namespace bpyd::history
