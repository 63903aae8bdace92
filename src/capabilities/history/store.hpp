// SPDX-License-Identifier: MIT
// One project's history: <project>/.branchpy/history.db.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bpyd/io/database.hpp"
#include "snapshot_row.hpp"
#include "texts.hpp"

namespace bpyd::history {

/// A file of a story; what could not be read has a problem and no text. Names that begin with a colon are no
/// scripts.
struct StoredFile {
  std::string file;
  Text text;
  std::string problem;
  std::string print{}, story{};  ///< made by print_files() when empty: of the bytes, of what they say
};
inline constexpr std::string_view kResources = ":resources";  ///< names of files that can bring images, a line each
inline constexpr std::string_view kIndex = ":index";          ///< what comparisons ask for (index.hpp); in no print
inline constexpr std::string_view kReport = ":report";        ///< the stats2 that another analyzer made

/// What tells a story from another: both prints of snapshot_row.hpp. Thread: pure.
void print_files(std::vector<StoredFile>& files, SnapshotRow& row);

struct ListQuery {
  bool named = false;  ///< only those with a name
  std::int64_t limit = 100, offset = 0;
};
struct RowList {
  std::vector<SnapshotRow> rows;  ///< the newest first
  std::int64_t total = 0, bytes = 0;
};

/// One number of each snapshot, the oldest first.
struct TrendPoint {
  std::int64_t id = 0, taken = 0;
  std::string name;
  Measures measures;
};
struct Points {
  std::vector<TrendPoint> rows;
  std::int64_t total = 0;  ///< snapshots there are; rows may be fewer, evenly chosen
};

/// Every change is one transaction. Errors: snapshot_not_found,
/// name_taken, database, disk_full. After damaged() nothing of the file is to be trusted but what can be read
/// one by one; a text that is damaged concerns its snapshots alone.
///
/// Thread: one at a time, and it waits for the disk: not the loop's.
class Store {
 public:
  /// For writing it makes what is missing; a folder that cannot be written to can still be read.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& root, io::Database::Mode mode);
  /// To read it, wherever it lies, and change nothing. snapshot_not_found when there is none.
  static Result<std::unique_ptr<Store>> open_to_read(const std::filesystem::path& root);
  static Result<std::unique_ptr<Store>> open_file(const std::filesystem::path& file, io::Database::Mode mode);
  static std::filesystem::path file_of(const std::filesystem::path& root) { return root / ".branchpy" / "history.db"; }

  /// Moves what was written from the log into the database: nobody's commit waits for that.
  Result<void> tidy() { return database_.exec("PRAGMA synchronous=NORMAL; PRAGMA wal_checkpoint(PASSIVE)"); }
  /// Checks that the file holds together; which texts can be read is told when they are read.
  Result<void> check();
  [[nodiscard]] bool damaged() const { return damaged_ || database_.damaged(); }
  [[nodiscard]] bool current() const { return database_.current(); }

  /// `what` is a number, a name, or "newest".
  Result<SnapshotRow> find(std::string_view what);
  Result<std::optional<SnapshotRow>> newest();
  /// The greatest number that was ever given, as far as the file still says; else a great one.
  [[nodiscard]] std::int64_t last_number();
  Result<RowList> list(const ListQuery& query);
  Result<Points> points(std::int64_t most);
  Result<std::vector<StoredFile>> files_of(const SnapshotRow& row);
  /// One of them alone.
  Result<Text> text_of(const SnapshotRow& row, std::string_view file);

  /// Adds one with the files it was made of; its number comes back. A row that has a number keeps it.
  /// A daemon that is killed never loses what was added; a machine that stops loses what was not synced.
  enum class Sync : std::uint8_t { each, later, never };
  Result<std::int64_t> add(const SnapshotRow& row, const std::vector<StoredFile>& files, Sync sync);
  Result<SnapshotRow> change(std::int64_t id, const std::optional<std::string>& name, std::optional<bool> pinned);
  /// Git said later which commit these scripts are.
  Result<void> tie(std::int64_t id, const std::string& commit);
  Result<void> remove(std::int64_t id);
  /// Those beyond `keep` and those taken before `before` go, the oldest first, but none with a name or a pin;
  /// 0: no such bound. At most `most` of them; which ones went.
  Result<std::vector<std::int64_t>> retain(std::int64_t keep, std::int64_t before, std::int64_t most);

 private:
  explicit Store(io::Database database) : database_(std::move(database)), texts_(database_) {}
  Result<void> migrate();
  Result<SnapshotRow> row_from(const io::Statement& from);
  Result<void> write_spans(std::int64_t id, const std::vector<StoredFile>& files);
  Result<void> write_span(std::int64_t id, const StoredFile& file, std::int64_t number, std::int64_t first);
  Result<std::int64_t> file_number(const std::string& file);
  Result<void> close_span(std::int64_t file, std::int64_t first, std::int64_t id);
  Result<void> open_span(std::int64_t file, std::int64_t id, const std::optional<std::int64_t>& text, const std::string& problem);
  Result<void> save_row(const SnapshotRow& row);
  Result<void> name_is_free(const std::string& name, std::int64_t id);
  Result<void> remove_within(std::int64_t id);

  io::Database database_;
  Texts texts_;
  bool damaged_ = false;  ///< a row is not what was written
};

}  // namespace bpyd::history
