// SPDX-License-Identifier: MIT
#include "bpyd/io/database.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <utility>

#include "bpyd/core/strings.hpp"

namespace bpyd::io {
namespace {

constexpr int kBusyMilliseconds = 5000;  // another program (`bpyd history`) is never long
constexpr int kCheckpointPages = 8192;   // whoever writes often moves the log over in time

Code code_of(int result) {
  switch (result & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: return Code::disk_full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::wrong_state;
    default: return Code::database;
  }
}

bool is_damage(int result) {
  const int kind = result & 0xFF;
  return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_FORMAT || result == SQLITE_IOERR_SHORT_READ;
}

int flags_of(Database::Mode mode) {
  const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  return common | (mode == Database::Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* connection) const { ::sqlite3_close_v2(connection); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  ::sqlite3_bind_int64(statement_.get(), parameter, value);
  return *this;
}
Statement& Statement::bind(int parameter, std::string_view text) {
  ::sqlite3_bind_text64(statement_.get(), parameter, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind_bytes(int parameter, std::string_view bytes) {
  ::sqlite3_bind_blob64(statement_.get(), parameter, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}
Statement& Statement::bind_null(int parameter) {
  ::sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

Result<bool> Statement::step() {
  const int result = ::sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    ::sqlite3_reset(statement_.get());
    return false;
  }
  auto error = database_->failure(result);
  ::sqlite3_reset(statement_.get());
  return std::unexpected(std::move(error));
}

Result<void> Statement::run() {
  for (;;) {
    const auto more = step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

void Statement::reset() { ::sqlite3_reset(statement_.get()); }
std::int64_t Statement::number(int column) const { return ::sqlite3_column_int64(statement_.get(), column); }
std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(::sqlite3_column_text(statement_.get(), column));
  return text == nullptr ? std::string_view() : std::string_view(text, static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column)));
}
std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(::sqlite3_column_blob(statement_.get(), column));
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column)));
}
bool Statement::null(int column) const { return ::sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
  sqlite3* connection = nullptr;
  std::string name = "file:" + percent_encode(file.string());
  if (mode == Mode::frozen) name += "?immutable=1";
  const int result = ::sqlite3_open_v2(name.c_str(), &connection, flags_of(mode), nullptr);
  Database database(file, connection);
  if (connection == nullptr) return fail(Code::database, "No memory for the database " + printable_utf8(file.string()));
  if (result != SQLITE_OK) return std::unexpected(database.failure(result));
  ::sqlite3_extended_result_codes(connection, 1);
  ::sqlite3_busy_timeout(connection, kBusyMilliseconds);
  // A file from elsewhere may hold what it likes: nothing in its schema runs anything.
  ::sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  ::sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (mode == Mode::write) {
    const auto ok = database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=" + std::to_string(kCheckpointPages));
    if (!ok) return std::unexpected(ok.error());
  }
  struct stat now{};
  if (::stat(file.c_str(), &now) == 0) {
    database.device_ = now.st_dev;
    database.inode_ = now.st_ino;
  }
  return database;
}

Result<void> Database::exec(const std::string& sql) {
  if (const int result = ::sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr); result != SQLITE_OK) return std::unexpected(failure(result));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = ::sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (result != SQLITE_OK) return std::unexpected(failure(result));
  return Statement(*this, statement);
}

Result<std::int64_t> Database::number(std::string_view sql, std::int64_t otherwise) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row && !statement->null(0) ? statement->number(0) : otherwise;
}

std::int64_t Database::last_id() const { return ::sqlite3_last_insert_rowid(connection_.get()); }
std::int64_t Database::changes() const { return ::sqlite3_changes64(connection_.get()); }

bool Database::current() const {
  struct stat now{};
  return ::stat(file_.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_;
}

Error Database::failure(int code) {
  const int extended = ::sqlite3_extended_errcode(connection_.get());
  const int kind = extended == SQLITE_OK ? code : extended;
  damaged_ = damaged_ || is_damage(kind);
  return {code_of(kind), printable_utf8(file_.string()) + ": " + ::sqlite3_errmsg(connection_.get()), {}};
}

Result<Transaction> Transaction::begin(Database& database) {
  if (const auto ok = database.exec("BEGIN IMMEDIATE"); !ok) return std::unexpected(ok.error());
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->exec("ROLLBACK");
}

Result<void> Transaction::commit() {
  const auto ok = database_->exec("COMMIT");
  if (ok) database_ = nullptr;
  return ok;
}

}  // namespace bpyd::io
