// SPDX-License-Identifier: MIT
// The tables, and how an older file becomes a newer one.
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "store.hpp"

namespace bpyd::history {
namespace {

/// Each step leads from its place in the list to the next version. Steps are never changed, only added.
const std::array<std::string, 3> kSteps = {
    R"(
CREATE TABLE snapshots(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  taken INTEGER NOT NULL, name TEXT NOT NULL, pinned INTEGER NOT NULL, origin TEXT NOT NULL,
  commit_id TEXT NOT NULL, clean INTEGER NOT NULL, generator TEXT NOT NULL, summary TEXT NOT NULL,
  story BLOB NOT NULL, print BLOB NOT NULL,
  words INTEGER NOT NULL, seconds INTEGER NOT NULL, labels INTEGER NOT NULL, reachable_labels INTEGER NOT NULL,
  menus INTEGER NOT NULL, choices INTEGER NOT NULL, paths INTEGER NOT NULL, endings INTEGER NOT NULL,
  errors INTEGER NOT NULL, warnings INTEGER NOT NULL, files INTEGER NOT NULL, lines INTEGER NOT NULL,
  sum INTEGER NOT NULL);
CREATE UNIQUE INDEX snapshot_names ON snapshots(name) WHERE name <> '';
CREATE TABLE files(id INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE);
CREATE TABLE texts(
  id INTEGER PRIMARY KEY AUTOINCREMENT, print BLOB NOT NULL UNIQUE,
  file INTEGER NOT NULL, serial INTEGER NOT NULL, base INTEGER, data BLOB NOT NULL);
CREATE UNIQUE INDEX text_serials ON texts(file, serial);
CREATE INDEX text_bases ON texts(base) WHERE base IS NOT NULL;
CREATE TABLE spans(
  file INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, text INTEGER, problem TEXT NOT NULL,
  PRIMARY KEY(file, first)) WITHOUT ROWID;
CREATE INDEX span_ends ON spans(last);
)",
    // Counting, finding what may go, and finding who uses a text without reading all rows.
    R"(
CREATE INDEX snapshot_kept ON snapshots(pinned, taken);
CREATE INDEX span_texts ON spans(text);
)",
    // What may go is counted with every save: in the index alone.
    R"(
DROP INDEX IF EXISTS snapshot_kept;
CREATE INDEX snapshot_plain ON snapshots(pinned, name, taken);
)",
};

constexpr std::int64_t kApplication = 0x62707968;  // "bpyh"

}  // namespace

Result<void> Store::migrate() {
  const auto version = database_.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version > std::ssize(kSteps)) {
    return fail(Code::database, "The history was written by a newer bpyd (its version is " + std::to_string(*version) + ", this one knows " + std::to_string(kSteps.size()) + ")",
                "Use the newer bpyd, or move .branchpy/history.db away");
  }
  const auto owner = database_.number("PRAGMA application_id");
  const auto tables = database_.number("SELECT count(*) FROM sqlite_master");
  if (!owner || !tables) return std::unexpected(owner ? tables.error() : owner.error());
  if (*tables > 0 && *owner != kApplication) {
    const auto ours = database_.number("SELECT count(*) FROM sqlite_master WHERE type='table' AND name IN ('snapshots', 'texts', 'spans')");
    if (!ours) return std::unexpected(ours.error());
    if (*ours == 3) return fail(Code::database, "The history is damaged: its head says that it is none");
    return fail(Code::database, ".branchpy/history.db is another program's database", "Move it away");
  }
  if (*version == std::ssize(kSteps)) return {};
  if (*version == 0 && *tables > 0) return fail(Code::database, "The history is damaged: its version is lost");
  auto transaction = io::Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  // Somebody else may have done it meanwhile.
  const auto now = database_.number("PRAGMA user_version");
  if (!now) return std::unexpected(now.error());
  for (auto step = *now; step < std::ssize(kSteps); ++step) {
    if (const auto ok = database_.exec(kSteps[static_cast<std::size_t>(step)]); !ok) return ok;
  }
  const auto ok = database_.exec("PRAGMA application_id=" + std::to_string(kApplication) + "; PRAGMA user_version=" + std::to_string(kSteps.size()));
  if (!ok) return ok;
  return transaction->commit();
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& root, io::Database::Mode mode) {
  if (mode == io::Database::Mode::write) {
    if (const auto ok = io::make_project_folder(root); !ok) return std::unexpected(ok.error());
  }
  return open_file(file_of(root), mode);
}

Result<std::unique_ptr<Store>> Store::open_to_read(const std::filesystem::path& root) {
  std::error_code error;
  const bool there = std::filesystem::exists(file_of(root), error);
  if (error) return fail(Code::unreadable, printable_utf8(file_of(root).string()) + ": " + error.message());
  if (!there) {
    return fail(Code::snapshot_not_found, "No history is kept of " + printable_utf8(root.string()), "The daemon keeps one: bpyd open " + printable_utf8(root.string()));
  }
  const auto open = [&](io::Database::Mode mode) -> Result<std::unique_ptr<Store>> {
    auto opened = open_file(file_of(root), mode);
    if (!opened) return opened;
    const auto readable = (*opened)->newest();
    if (!readable) return std::unexpected(readable.error());
    return opened;
  };
  auto opened = open(io::Database::Mode::read);
  if (opened || opened.error().code != Code::disk_full) return opened;
  // In a folder that cannot be written to SQLite may not find its shared memory. What is still in the log
  // would be left out, and a shorter history told as the whole one.
  const auto log = file_of(root).string() + "-wal";
  const auto size = std::filesystem::file_size(log, error);
  if (!error && size > 0) return fail(Code::disk_full, "The history of " + printable_utf8(root.string()) + " was not closed in order, and its folder cannot be written to", "Read it where it can be written to: copy " + printable_utf8(log) + " too");
  return open(io::Database::Mode::frozen);
}

Result<std::unique_ptr<Store>> Store::open_file(const std::filesystem::path& file, io::Database::Mode mode) {
  auto database = io::Database::open(file, mode);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<Store> store(new Store(*std::move(database)));
  const auto ready = mode == io::Database::Mode::write ? store->migrate() : Result<void>{};
  if (!ready) return std::unexpected(ready.error());
  return store;
}

}  // namespace bpyd::history
