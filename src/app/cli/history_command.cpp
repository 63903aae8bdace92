// SPDX-License-Identifier: MIT
// What the daemon remembers of a story, read from its file: no daemon is needed.
#include <iostream>
#include <nlohmann/json.hpp>

#include "../../capabilities/history/answers.hpp"
#include "../../capabilities/history/contents.hpp"
#include "../../capabilities/history/index.hpp"
#include "bpyd/core/clock.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "cli.hpp"

namespace bpyd::app::cli {
namespace {

using history::SnapshotRow;
using history::Store;
using StorePtr = std::unique_ptr<Store>;

std::string time_of(const SnapshotRow& row) {
  std::string text;
  append_iso8601(text, row.taken);
  return text;
}

void print_row(const SnapshotRow& row) {
  std::cout << row.id << "  " << time_of(row) << "  " << row.words << " words, " << row.labels << " labels, " << row.paths << " paths, " << row.errors + row.warnings
            << " problems" << (row.name.empty() ? "" : "  “" + without_controls(row.name) + "”") << (row.pinned ? "  pinned" : "");
  if (!row.commit.empty()) std::cout << "  " << (row.clean ? "commit " : "after commit ") << without_controls(row.commit.substr(0, 10));
  std::cout << "\n";
  for (const auto& line : row.summary) std::cout << "      " << without_controls(line) << "\n";
}

template <class T>
void print_json(const T& value) {
  std::cout << to_json_text(value, 1) << "\n";
}

/// Everything, the newest first, a page at a time.
Result<std::vector<SnapshotRow>> rows_of(Store& store, std::int64_t most) {
  constexpr std::int64_t kPage = 1000;
  std::vector<SnapshotRow> rows;
  for (;;) {
    auto page = store.list({false, std::min(kPage, most - std::ssize(rows)), std::ssize(rows)});
    if (!page) return std::unexpected(page.error());
    for (auto& row : page->rows) rows.push_back(std::move(row));
    if (page->rows.empty() || std::ssize(rows) >= std::min(most, page->total)) return rows;
  }
}

int list(const Common& common, Store& store, const HistoryOptions& options) {
  const auto rows = rows_of(store, options.limit > 0 ? options.limit : 20);
  if (!rows) return report(common, rows.error());
  if (!common.json) {
    for (const auto& row : *rows) print_row(row);
    return kExitOk;
  }
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& row : *rows) to_json(view_of(row), all.emplace_back(nlohmann::ordered_json::object()));
  std::cout << dump_json(all, 1) << "\n";
  return kExitOk;
}

int show(const Common& common, Store& store, const HistoryOptions& options) {
  const auto row = store.find(options.what.empty() ? "newest" : options.what);
  if (!row) return report(common, row.error());
  if (common.json) print_json(view_of(*row));
  else print_row(*row);
  return kExitOk;
}

int compare(const Common& common, Store& store, const HistoryOptions& options) {
  if (options.what.empty() || options.other.empty()) return report(common, {Code::missing_parameter, "Two snapshots are compared: FROM and TO", "bpyd history list names them"}, kExitUsage);
  struct Side {
    SnapshotRow row;
    analysis::Stats2 story;
  };
  const auto side = [&](const std::string& what) -> Result<Side> {
    auto row = store.find(what);
    if (!row) return std::unexpected(row.error());
    const auto text = store.text_of(*row, history::kIndex);
    if (!text) return std::unexpected(text.error());
    auto story = history::stats_of_index(**text);
    if (!story) return std::unexpected(story.error());
    return Side{*std::move(row), *std::move(story)};
  };
  const auto before = side(options.what);
  if (!before) return report(common, before.error());
  const auto after = side(options.other);
  if (!after) return report(common, after.error());
  auto reply = history::compared(before->story, after->story);
  reply.before = history::side_of(before->row);
  reply.after = history::side_of(after->row);
  if (common.json) {
    print_json(reply);
    return kExitOk;
  }
  for (const auto& line : history::summary_of(before->story, after->story, {})) std::cout << without_controls(line) << "\n";
  for (const auto& found : reply.problems_gained) std::cout << "New problem: " << without_controls(found.file) << ":" << found.line << ": " << without_controls(found.message) << "\n";
  for (const auto& found : reply.problems_lost) std::cout << "Solved: " << without_controls(found.file) << ":" << found.line << ": " << without_controls(found.message) << "\n";
  if (reply.same) std::cout << "The story is the same\n";
  return kExitOk;
}

void print_csv(const std::vector<SnapshotRow>& rows) {
  std::cout << "id,taken,name,commit,clean";
  for (const auto& [name, member] : history::kMeasures) std::cout << "," << name;
  std::cout << "\n";
  for (const auto& row : rows) {
    // A spreadsheet takes what begins so for a formula.
    std::string name = row.name.find_first_of("=+-@") == 0 ? "'" : "";
    for (const char c : row.name) name.append(c == '"' ? 2 : 1, c);
    std::cout << row.id << "," << time_of(row) << ",\"" << name << "\"," << without_controls(row.commit) << "," << (row.clean ? "true" : "false");
    for (const auto& [field, member] : history::kMeasures) std::cout << "," << row.*member;
    std::cout << "\n";
  }
}

/// Beneath a folder that is not there yet, or empty: nothing of the writer's is overwritten.
Result<std::size_t> write_scripts(const std::vector<history::StoredFile>& files, const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
    return fail(Code::bad_value, printable_utf8(folder.string()) + " is not empty", "Name a folder that is not there yet");
  }
  std::size_t written = 0;
  for (const auto& file : files) {
    const std::filesystem::path name(file.file);
    const bool leads_out = name.is_absolute() || std::ranges::find(name, "..") != name.end() || file.file.contains('\0');
    const bool script = file.file.starts_with("game/") && (file.file.ends_with(".rpy") || file.file.ends_with(".rpym"));
    if (!file.text || !script || leads_out) continue;
    std::filesystem::create_directories((folder / name).parent_path(), error);
    if (const auto ok = io::write_atomically(folder / name, *file.text, 0644); !ok) return std::unexpected(ok.error());
    ++written;
  }
  return written;
}

int export_one(const Common& common, Store& store, const HistoryOptions& options) {
  const auto row = store.find(options.what);
  if (!row) return report(common, row.error());
  auto files = store.files_of(*row);
  if (!files) return report(common, files.error());
  if (!options.to.empty()) {
    const auto written = write_scripts(*files, options.to);
    if (!written) return report(common, written.error());
    std::cout << *written << " scripts of snapshot " << row->id << " written to " << options.to << "\n";
    return kExitOk;
  }
  analysis::Analyzer analyzer;
  const auto story = history::story_of(*std::move(files), analyzer);
  if (!story) return report(common, story.error());
  std::cout << analysis::stats2_to_json((*story)->stats);
  return kExitOk;
}

int export_all(const Common& common, Store& store) {
  auto rows = rows_of(store, INT64_MAX);
  if (!rows) return report(common, rows.error());
  std::ranges::reverse(*rows);
  if (!common.json) {
    print_csv(*rows);
    return kExitOk;
  }
  for (const auto& row : *rows) std::cout << to_json_text(view_of(row)) << "\n";
  return kExitOk;
}

}  // namespace

int history_of(const Common& common, const HistoryOptions& options) {
  std::error_code error;
  auto root = std::filesystem::canonical(options.root, error);
  auto store = Store::open_to_read(error ? std::filesystem::path(options.root) : root);
  if (!store) return report(common, store.error());
  switch (options.action) {
    case HistoryOptions::Action::list: return list(common, **store, options);
    case HistoryOptions::Action::show: return show(common, **store, options);
    case HistoryOptions::Action::diff: return compare(common, **store, options);
    case HistoryOptions::Action::write_out: break;
  }
  return options.what.empty() ? export_all(common, **store) : export_one(common, **store, options);
}

}  // namespace bpyd::app::cli
