// SPDX-License-Identifier: MIT
// What the listener of one root believes: each file it was told of, since when, and what is gone.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bpyd/io/watcher.hpp"
#include "file_key.hpp"

namespace bpyd::io {

/// [first, last) of the keys beneath `folder` in a map or set by path, `folder` itself left out.
template <class Sorted>
auto range_beneath(Sorted& sorted, const std::string& folder) {
  if (folder.empty()) return std::pair(sorted.upper_bound(folder), sorted.end());
  return std::pair(sorted.lower_bound(folder + "/"), sorted.lower_bound(folder + "0"));  // '0' follows '/'
}

/// The names directly in `folder` that keys of a map by path lead to, in order.
template <class Map>
std::vector<std::string> names_in(const Map& map, const std::string& folder) {
  std::set<std::string> names;
  const auto [first, last] = range_beneath(map, folder);
  const auto skip = folder.empty() ? 0 : folder.size() + 1;
  for (auto it = first; it != last;) {
    const auto slash = it->first.find('/', skip);
    names.insert(it->first.substr(skip, slash == std::string::npos ? slash : slash - skip));
    if (slash == std::string::npos) ++it;
    else it = map.lower_bound(it->first.substr(0, slash) + "0");  // behind all that is in it
  }
  return {names.begin(), names.end()};
}

/// Counts change sets: the first look is 1.
using Tick = std::uint32_t;

struct ToldFile {
  std::string name;
  std::uint64_t print = 0;
  Tick tick = 0;      ///< last told as created or modified
  Tick created : 30 = 0;  ///< told as created
  Tick racy : 1 = 0;      ///< see FileKey
  Tick dead : 1 = 0;      ///< removed in this batch
};

/// Loop thread only. Sorted by folder, then name. About 60 bytes for each file.
class ToldFiles {
 public:
  static constexpr std::size_t kMostGone = 10'000;  ///< removals that are remembered

  /// The content of one folder at the first look; in order of name.
  void fill(const std::string& folder, std::vector<ToldFile> files);
  /// What an event said of a file beside its state: its content was touched, so a racy fingerprint proves nothing;
  /// it was away for a while.
  struct Happened {
    bool written = false, went = false;
  };
  /// What has to be told now that `file` was seen so; nothing when it is as told. Who reads a file when it
  /// hears of it may meet a state in between: so what was told after `recently` and came or went since
  /// is told again, even as it was.
  /// Each file at most once in a batch; finish() ends it, and only then the rest may be asked.
  std::optional<ChangeKind> update(const std::string& file, std::optional<FileKey> seen, Happened happened, Tick tick, Tick recently);

  void finish();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const ToldFile* find(const std::string& file) const;
  /// Files directly in `folder`.
  [[nodiscard]] const std::vector<ToldFile>& in(const std::string& folder) const;
  /// Every file beneath `folder`, itself and its folders; "" is all.
  void each_beneath(const std::string& folder, const std::function<void(std::string file)>& visit) const;
  /// Names of the folders in `folder` with files in or beneath them.
  [[nodiscard]] std::vector<std::string> folders_in(const std::string& folder) const { return names_in(folders_, folder); }

  /// Every file beneath `folder` that was told as gone after `tick`.
  void each_gone_beneath(const std::string& folder, Tick tick, const std::function<void(std::string file)>& visit) const;

  /// Every file told after `tick`, as gone or not.
  void each_told_after(Tick tick, const std::function<void(std::string file)>& visit) const;

  /// False when removals after `tick` may be forgotten.
  [[nodiscard]] bool reaches_back_to(Tick tick) const { return tick >= forgotten_; }
  /// Counts all changes after `tick` and appends those from `offset` on, at most `limit`. Without a
  /// tick: all files there are, as created.
  std::int64_t since(std::optional<Tick> tick, std::size_t offset, std::size_t limit, std::vector<FileChange>& changes) const;

 private:
  using Place = std::pair<std::string, std::string>;  ///< folder, name
  static Place place_of(const std::string& file);
  void remember_gone(Place place, Tick tick);

  std::map<std::string, std::vector<ToldFile>> folders_;
  std::map<std::string, std::vector<ToldFile>> fresh_;  ///< created in this batch: a folder of many takes them at once
  std::set<std::string> shrunk_;                        ///< folders with dead files
  std::map<Place, Tick> gone_;
  std::deque<std::pair<Tick, Place>> gone_order_;
  Tick forgotten_ = 0;
  std::size_t size_ = 0;
};

}  // namespace bpyd::io
