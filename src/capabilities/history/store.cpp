// SPDX-License-Identifier: MIT
// Snapshots: added, found, listed, changed.
#include "store.hpp"

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "bpyd/core/json_fields.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/pack.hpp"
#include "bpyd/renpy/lines.hpp"

namespace bpyd::history {
namespace {


const std::string& columns() {
  static const std::string kText = [] {
    std::string text = "id, taken, name, pinned, origin, commit_id, clean, generator, summary, story, print, sum";
    for (const auto& [name, member] : kMeasures) text.append(", ").append(name);
    return text;
  }();
  return kText;
}
constexpr int kFirstMeasure = 12;

std::string json_of(const std::vector<std::string>& summary) { return dump_json(nlohmann::ordered_json(summary)); }

std::vector<std::string> summary_of(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> lines;
  if (!json.is_array()) return lines;
  for (const auto& line : json) {
    if (line.is_string()) lines.push_back(line.get<std::string>());
  }
  return lines;
}

/// Tells a row that was written from one whose bytes were changed on the disk.
std::int64_t sum_of(const SnapshotRow& row) {
  std::string all = std::to_string(row.taken) + "\n" + row.name + "\n" + (row.pinned ? "p" : "") + (row.clean ? "c" : "") + "\n" + row.origin + "\n" + row.commit +
                    "\n" + row.generator + "\n" + json_of(row.summary) + "\n" + row.story + "\n" + row.print;
  for (const auto& [name, member] : kMeasures) all += "\n" + std::to_string(row.*member);
  return static_cast<std::int64_t>(fnv1a(all));
}

Result<SnapshotRow> read_row(const io::Statement& from) {
  SnapshotRow row;
  row.id = from.number(0);
  row.taken = from.number(1);
  row.name = from.text(2);
  row.pinned = from.number(3) != 0;
  row.origin = from.text(4);
  row.commit = from.text(5);
  row.clean = from.number(6) != 0;
  row.generator = from.text(7);
  row.summary = summary_of(from.text(8));
  row.story = from.bytes(9);
  row.print = from.bytes(10);
  for (int i = 0; const auto& [name, member] : kMeasures) row.*member = from.number(kFirstMeasure + i++);
  if (sum_of(row) != from.number(11)) return fail(Code::database, "Snapshot " + std::to_string(row.id) + " of the history is damaged");
  return row;
}

Error not_found(std::string_view what) {
  return {Code::snapshot_not_found, what == "newest" ? "There is no snapshot yet" : "There is no snapshot '" + printable_utf8(what) + "'", {}};
}

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

/// What a script says: its lines without comments and empty ones.
std::string story_print(const std::string& file, const std::string& text) {
  if (file.starts_with(':') || !is_utf8(text)) return io::print_of(text);
  std::string_view source(text);
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  const auto read = renpy::split_lines(source, file, renpy::Reading::tolerant);
  std::string all;
  all.reserve(text.size());
  for (const auto& line : read.lines) {
    all.append(std::to_string(line.depth)).append(" ").append(trim(line.text)).append("\n");
  }
  return io::print_of(all);
}

}  // namespace

void print_files(std::vector<StoredFile>& files, SnapshotRow& row) {
  std::string bytes, story;
  for (auto& file : files) {
    if (file.print.empty()) file.print = file.text ? io::print_of(*file.text) : file.problem;
    if (file.file == kIndex) continue;
    bytes.append(file.file).append("\n").append(file.print).append("\n");
    // Pictures come and go without the story being another; what is found of them is in the report.
    if (file.file == kResources) continue;
    if (file.story.empty()) file.story = file.text ? story_print(file.file, *file.text) : file.problem;
    story.append(file.file).append("\n").append(file.story).append("\n");
  }
  row.print = io::print_of(bytes);
  row.story = io::print_of(story);
}

Result<SnapshotRow> Store::row_from(const io::Statement& from) {
  auto row = read_row(from);
  damaged_ = damaged_ || !row;
  return row;
}

Result<SnapshotRow> Store::find(std::string_view what) {
  const bool by_number = all_digits(what);
  const std::string where = what == "newest" ? "ORDER BY id DESC LIMIT 1" : by_number ? "WHERE id=?" : "WHERE name=? AND name <> ''";
  auto statement = database_.prepare("SELECT " + columns() + " FROM snapshots " + where);
  if (!statement) return std::unexpected(statement.error());
  if (by_number) {
    std::int64_t id = 0;
    if (std::from_chars(what.data(), what.data() + what.size(), id).ec != std::errc{}) return std::unexpected(not_found(what));
    statement->bind(1, id);
  } else if (what != "newest") {
    statement->bind(1, what);
  }
  const auto found = statement->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::unexpected(not_found(what));
  return row_from(*statement);
}

Result<std::optional<SnapshotRow>> Store::newest() {
  auto row = find("newest");
  if (row) return *std::move(row);
  if (row.error().code == Code::snapshot_not_found) return std::nullopt;
  return std::unexpected(row.error());
}

std::int64_t Store::last_number() { return database_.number("SELECT seq FROM sqlite_sequence WHERE name='snapshots'", INT64_MAX).value_or(INT64_MAX); }

Result<RowList> Store::list(const ListQuery& query) {
  RowList list;
  const std::string where = query.named ? " WHERE name <> ''" : "";
  const auto total = database_.number("SELECT count(*) FROM snapshots" + where);
  if (!total) return std::unexpected(total.error());
  list.total = *total;
  const auto pages = database_.number("PRAGMA page_count");
  const auto size = database_.number("PRAGMA page_size");
  if (pages && size) list.bytes = *pages * *size;
  auto statement = database_.prepare("SELECT " + columns() + " FROM snapshots" + where + " ORDER BY id DESC LIMIT ? OFFSET ?");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, query.limit).bind(2, query.offset);
  for (;;) {
    const auto more = statement->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return list;
    auto row = row_from(*statement);
    if (!row) return std::unexpected(row.error());
    list.rows.push_back(*std::move(row));
  }
}

Result<Points> Store::points(std::int64_t most) {
  Points points;
  const auto total = database_.number("SELECT count(*) FROM snapshots");
  if (!total) return std::unexpected(total.error());
  points.total = *total;
  std::string sql = "SELECT id, taken, name";
  for (const auto& [name, member] : kMeasures) sql.append(", ").append(name);
  auto statement = database_.prepare(sql + " FROM snapshots ORDER BY id");
  if (!statement) return std::unexpected(statement.error());
  // Of n rows the i-th is taken when it begins another of `most` equal parts; the last one always.
  const auto part = [&](std::int64_t i) { return *total <= most || *total < 2 ? i : i * (most - 1) / (*total - 1); };
  for (std::int64_t i = 0;; ++i) {
    const auto more = statement->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return points;
    if (i > 0 && part(i) == part(i - 1)) continue;
    TrendPoint point{statement->number(0), statement->number(1), std::string(statement->text(2)), {}};
    for (int column = 3; const auto& [name, member] : kMeasures) point.measures.*member = statement->number(column++);
    points.rows.push_back(std::move(point));
  }
}

Result<void> Store::name_is_free(const std::string& name, std::int64_t id) {
  if (name.empty()) return {};
  const auto other = find(name);
  if (other && other->id == id) return {};
  if (other) return fail(Code::name_taken, "Snapshot " + std::to_string(other->id) + " has the name '" + printable_utf8(name) + "'", "Choose another name");
  if (other.error().code == Code::snapshot_not_found) return {};
  return std::unexpected(other.error());
}

Result<void> Store::save_row(const SnapshotRow& row) {
  std::string sql = "INSERT INTO snapshots(" + columns() + ") VALUES(?";
  for (std::size_t i = 1; i < kFirstMeasure + kMeasures.size(); ++i) sql += ",?";
  // All that can change of one that is there.
  sql += ") ON CONFLICT(id) DO UPDATE SET name=excluded.name, pinned=excluded.pinned, commit_id=excluded.commit_id, clean=excluded.clean, sum=excluded.sum";
  auto statement = database_.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto summary = json_of(row.summary);
  if (row.id == 0) statement->bind_null(1);
  else statement->bind(1, row.id);
  statement->bind(2, row.taken).bind(3, row.name).bind(4, row.pinned ? 1 : 0).bind(5, row.origin).bind(6, row.commit).bind(7, row.clean ? 1 : 0);
  statement->bind(8, row.generator).bind(9, summary).bind_bytes(10, row.story).bind_bytes(11, row.print).bind(12, sum_of(row));
  for (int i = kFirstMeasure; const auto& [name, member] : kMeasures) statement->bind(++i, row.*member);
  return statement->run();
}

Result<std::int64_t> Store::add(const SnapshotRow& row, const std::vector<StoredFile>& files, Sync sync) {
  if (const auto ok = database_.exec(sync == Sync::each ? "PRAGMA synchronous=FULL" : sync == Sync::later ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=OFF"); !ok) return std::unexpected(ok.error());
  auto transaction = io::Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  if (const auto ok = name_is_free(row.name, row.id); !ok) return std::unexpected(ok.error());
  if (const auto ok = save_row(row); !ok) return std::unexpected(ok.error());
  const auto id = row.id == 0 ? database_.last_id() : row.id;
  auto ok = write_spans(id, files);
  if (ok) ok = transaction->commit();
  if (ok) return id;
  texts_.forget_kept();
  return std::unexpected(ok.error());
}

Result<SnapshotRow> Store::change(std::int64_t id, const std::optional<std::string>& name, std::optional<bool> pinned) {
  if (const auto ok = database_.exec("PRAGMA synchronous=FULL"); !ok) return std::unexpected(ok.error());
  auto transaction = io::Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  auto row = find(std::to_string(id));
  if (!row) return row;
  if (name) {
    if (const auto ok = name_is_free(*name, id); !ok) return std::unexpected(ok.error());
    row->name = *name;
  }
  if (pinned) row->pinned = *pinned;
  if (const auto ok = save_row(*row); !ok) return std::unexpected(ok.error());
  if (const auto ok = transaction->commit(); !ok) return std::unexpected(ok.error());
  return row;
}

Result<void> Store::tie(std::int64_t id, const std::string& commit) {
  if (const auto ok = database_.exec("PRAGMA synchronous=FULL"); !ok) return ok;
  auto transaction = io::Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  auto row = find(std::to_string(id));
  if (!row) return std::unexpected(row.error());
  row->commit = commit;
  row->clean = true;
  if (const auto ok = save_row(*row); !ok) return ok;
  return transaction->commit();
}

}  // namespace bpyd::history
