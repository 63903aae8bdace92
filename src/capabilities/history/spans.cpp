// SPDX-License-Identifier: MIT
// Which text a file had from which snapshot to which: a row for each change, not for each snapshot.
#include <algorithm>
#include <map>

#include "bpyd/core/strings.hpp"
#include "store.hpp"

namespace bpyd::history {
namespace {

constexpr std::size_t kMostIndex = 16U << 20U, kMostReport = 256U << 20U, kMostStory = 512U << 20U;
constexpr std::int64_t kOpen = INT64_MAX;  // the last of a span that has not ended

/// A file as the newest snapshot has it.
struct Span {
  std::int64_t file = 0, first = 0;
  bool readable = true;
  std::string problem, print;
};

}  // namespace

Result<std::int64_t> Store::file_number(const std::string& file) {
  auto find = database_.prepare("SELECT id FROM files WHERE file=?");
  if (!find) return std::unexpected(find.error());
  const auto found = find->bind(1, file).step();
  if (!found) return std::unexpected(found.error());
  if (*found) return find->number(0);
  auto insert = database_.prepare("INSERT INTO files(file) VALUES(?)");
  if (!insert) return std::unexpected(insert.error());
  if (const auto ok = insert->bind(1, file).run(); !ok) return std::unexpected(ok.error());
  return database_.last_id();
}

Result<void> Store::close_span(std::int64_t file, std::int64_t first, std::int64_t id) {
  auto close = database_.prepare("UPDATE spans SET last=? WHERE file=? AND first=?");
  if (!close) return std::unexpected(close.error());
  return close->bind(1, id - 1).bind(2, file).bind(3, first).run();
}

Result<void> Store::open_span(std::int64_t file, std::int64_t id, const std::optional<std::int64_t>& text, const std::string& problem) {
  auto insert = database_.prepare("INSERT INTO spans(file, first, last, text, problem) VALUES(?,?,?,?,?)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind(1, file).bind(2, id).bind(3, kOpen).bind(5, problem);
  if (text) insert->bind(4, *text);
  else insert->bind_null(4);
  return insert->run();
}

Result<void> Store::write_spans(std::int64_t id, const std::vector<StoredFile>& files) {
  auto opened = database_.prepare(
      "SELECT files.file, spans.file, spans.first, spans.text, spans.problem, texts.print FROM spans JOIN files ON files.id = spans.file "
      "LEFT JOIN texts ON texts.id = spans.text WHERE spans.last=?");
  if (!opened) return std::unexpected(opened.error());
  opened->bind(1, kOpen);
  std::map<std::string, Span, std::less<>> before;
  for (;;) {
    const auto more = opened->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    before[std::string(opened->text(0))] = {opened->number(1), opened->number(2), !opened->null(3), std::string(opened->text(4)), std::string(opened->bytes(5))};
  }
  for (const auto& file : files) {
    const auto known = before.find(file.file);
    const bool was_there = known != before.end();
    const Span was = was_there ? known->second : Span{};
    if (was_there) before.erase(known);
    const bool readable = file.text != nullptr;
    if (was_there && was.readable == readable && was.problem == file.problem && (!readable || was.print == file.print)) continue;
    if (const auto ok = write_span(id, file, was.file, was.first); !ok) return ok;
  }
  for (const auto& [name, span] : before) {  // files that are no more
    if (const auto ok = close_span(span.file, span.first, id); !ok) return ok;
  }
  return {};
}

/// The file has another text from snapshot `id` on. `number` and `first` are those of its span before; 0: none.
Result<void> Store::write_span(std::int64_t id, const StoredFile& file, std::int64_t number, std::int64_t first) {
  if (number != 0) {
    if (const auto ok = close_span(number, first, id); !ok) return ok;
  } else {
    const auto made = file_number(file.file);
    if (!made) return std::unexpected(made.error());
    number = *made;
  }
  std::optional<std::int64_t> text;
  if (file.text) {
    const auto put = texts_.put(number, file.text, file.print);
    if (!put) return std::unexpected(put.error());
    text = *put;
  }
  return open_span(number, id, text, file.problem);
}

Result<std::vector<StoredFile>> Store::files_of(const SnapshotRow& row) {
  auto statement = database_.prepare("SELECT files.file, spans.text, spans.problem FROM spans JOIN files ON files.id = spans.file WHERE spans.last >= ?1 AND spans.first <= ?1 ORDER BY files.file");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, row.id);
  std::vector<StoredFile> files;
  std::size_t total = 0;
  for (;;) {
    const auto more = statement->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    StoredFile file{std::string(statement->text(0)), nullptr, std::string(statement->text(2))};
    if (!statement->null(1)) {
      const auto most = file.file == kIndex ? kMostIndex : file.file == kReport ? kMostReport : kMostText;
      auto text = texts_.get(statement->number(1), std::min(most, kMostStory - total));
      if (!text) return std::unexpected(text.error());
      total += (*text)->size();
      file.text = *std::move(text);
    }
    files.push_back(std::move(file));
  }
  SnapshotRow made;
  print_files(files, made);
  if (made.print != row.print) return fail(Code::database, "The scripts of snapshot " + std::to_string(row.id) + " are damaged");
  return files;
}

Result<Text> Store::text_of(const SnapshotRow& row, std::string_view file) {
  auto statement = database_.prepare("SELECT spans.text FROM files JOIN spans ON spans.file = files.id WHERE files.file=?1 AND spans.first <= ?2 AND spans.last >= ?2 ORDER BY spans.first DESC LIMIT 1");
  if (!statement) return std::unexpected(statement.error());
  const auto found = statement->bind(1, file).bind(2, row.id).step();
  if (!found) return std::unexpected(found.error());
  if (!*found || statement->null(0)) return fail(Code::database, "Snapshot " + std::to_string(row.id) + " of the history is not whole");
  return texts_.get(statement->number(0), kMostIndex);
}

/// Spans that no other snapshot lies in end with it, and their texts.
Result<void> Store::remove(std::int64_t id) {
  auto erase = database_.prepare("DELETE FROM snapshots WHERE id=?");
  if (!erase) return std::unexpected(erase.error());
  if (const auto ok = erase->bind(1, id).run(); !ok) return ok;
  if (database_.changes() == 0) return fail(Code::snapshot_not_found, "There is no snapshot '" + std::to_string(id) + "'");
  const auto text = std::to_string(id);
  const auto before = database_.number("SELECT max(id) FROM snapshots WHERE id < " + text);
  const auto after = database_.number("SELECT min(id) FROM snapshots WHERE id > " + text, kOpen);
  if (!before || !after) return std::unexpected(before ? after.error() : before.error());
  // Where nothing comes after, even those that have not ended hold no snapshot.
  const std::string between = " FROM spans WHERE first > ?1 AND last > ?1 AND (last < ?2 OR ?2 = " + std::to_string(kOpen) + ")";
  auto dead = database_.prepare("SELECT text" + between);
  if (!dead) return std::unexpected(dead.error());
  std::vector<std::int64_t> texts;
  dead->bind(1, *before).bind(2, *after);
  for (;;) {
    const auto more = dead->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (!dead->null(0)) texts.push_back(dead->number(0));
  }
  auto drop = database_.prepare("DELETE" + between);
  if (!drop) return std::unexpected(drop.error());
  if (const auto ok = drop->bind(1, *before).bind(2, *after).run(); !ok) return ok;
  for (const auto number : texts) {
    if (const auto ok = texts_.drop_unused(number); !ok) return ok;
  }
  return {};
}

Result<std::vector<std::int64_t>> Store::retain(std::int64_t keep, std::int64_t before, std::int64_t most) {
  const std::string plain = "pinned=0 AND name=''";
  std::vector<std::int64_t> gone;
  const auto mark = [&](io::Statement& statement) -> Result<void> {
    for (;;) {
      const auto more = statement.step();
      if (!more) return std::unexpected(more.error());
      if (!*more) return {};
      const auto id = statement.number(0);
      if (std::ssize(gone) < most && std::ranges::find(gone, id) == gone.end()) gone.push_back(id);
    }
  };
  if (keep > 0) {
    const auto total = database_.number("SELECT count(*) FROM snapshots WHERE " + plain);
    if (!total) return std::unexpected(total.error());
    if (*total > keep) {
      // By number: the + keeps it from sorting all of the index.
      auto many = database_.prepare("SELECT id FROM snapshots WHERE +pinned=0 AND +name='' ORDER BY id LIMIT ?");
      if (!many) return std::unexpected(many.error());
      if (const auto ok = mark(many->bind(1, std::min(*total - keep, most))); !ok) return std::unexpected(ok.error());
    }
  }
  if (before > 0) {
    // The newest stays whatever its age: it is what the story is now. By time, for the same reason.
    auto old = database_.prepare("SELECT id FROM snapshots WHERE " + plain + " AND taken < ? AND +id < (SELECT max(id) FROM snapshots) ORDER BY id LIMIT ?");
    if (!old) return std::unexpected(old.error());
    if (const auto ok = mark(old->bind(1, before).bind(2, most)); !ok) return std::unexpected(ok.error());
  }
  for (const auto id : gone) {
    if (const auto ok = remove(id); !ok) return std::unexpected(ok.error());
  }
  return gone;
}

Result<void> Store::check() {
  auto statement = database_.prepare("PRAGMA quick_check(1)");
  if (!statement) return std::unexpected(statement.error());
  const auto found = statement->step();
  if (!found) return std::unexpected(found.error());
  if (*found && statement->text(0) != "ok") return fail(Code::database, "The history is damaged: " + printable_utf8(statement->text(0)));
  // The next snapshots build on the texts of the newest one.
  const auto last = newest();
  if (!last) return std::unexpected(last.error());
  if (!*last) return {};
  const auto files = files_of(**last);
  return files ? Result<void>() : std::unexpected(files.error());
}

}  // namespace bpyd::history
