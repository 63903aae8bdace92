// SPDX-License-Identifier: MIT
// SQLite, as far as it is needed: a file, statements, transactions. Errors are values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "bpyd/core/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace bpyd::io {

class Database;

/// A prepared statement. Text and bytes that are bound must live until the next step() is over; those read
/// are valid until the next step() or reset(). Parameters count from 1, columns from 0.
class Statement {
 public:
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_bytes(int parameter, std::string_view bytes);
  Statement& bind_null(int parameter);
  /// True: a row is there. False: it is done, and can be bound and stepped anew.
  Result<bool> step();
  /// Steps to the end; rows are passed over.
  Result<void> run();
  void reset();

  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] bool null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection. Thread: one at a time, and it waits for the disk: not the loop's. Not to be moved while
/// statements of it live.
class Database {
 public:
  enum class Mode : std::uint8_t {
    write,   ///< made when it is not there; write-ahead log, each commit synced
    read,    ///< must be there
    frozen,  ///< likewise, and nobody else is looked out for: for a folder that cannot be written to
  };
  /// Errors, here and below: database when the file is no SQLite database or damaged, disk_full when it cannot
  /// be made, read or written, wrong_state when another program holds it for long.
  static Result<Database> open(const std::filesystem::path& file, Mode mode);

  /// One or more statements without parameters and without answers.
  Result<void> exec(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  /// The first column of the first row; `otherwise` when there is none.
  Result<std::int64_t> number(std::string_view sql, std::int64_t otherwise = 0);
  [[nodiscard]] std::int64_t last_id() const;
  /// Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const;

  /// SQLite said that the file itself is damaged: what is in it cannot be trusted any more.
  [[nodiscard]] bool damaged() const { return damaged_; }
  /// Does its path still lead to the file that was opened?
  [[nodiscard]] bool current() const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database(std::filesystem::path file, sqlite3* connection) : file_(std::move(file)), connection_(connection) {}
  /// The words for what just failed.
  Error failure(int code);

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::uint64_t device_ = 0, inode_ = 0;
  bool damaged_ = false;
};

/// All or nothing: what was not committed is undone when it goes.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace bpyd::io
