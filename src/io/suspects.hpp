// SPDX-License-Identifier: MIT
// What may differ from what was told, and when to look: so that one logical save is one change set.
//
// A file closed after writing or moved into place is whole: it is due after the settle time. One that
// went, or is still open, is due later: an editor may be about to put it back. All that is due is told
// together once the root is quiet, or after a longest wait. Many files at once (a checkout, a build, an
// unpacked archive) are a burst: it ends with a longer quiet.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bpyd/io/watcher.hpp"

namespace bpyd::io {

enum class Hint : std::uint8_t {
  whole,       ///< closed after writing, moved into place, or found by looking
  incomplete,  ///< being written
  gone,        ///< its name went, or its folder did; it may come back
  attributes   ///< no content was touched
};

/// Pure: time comes in as values. Loop thread only.
class Suspects {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Due {
    std::string file;
    bool written = false;  ///< an event said so; not merely attributes
    bool went = false;     ///< it was away for a while, unless it still is
    Time first{};          ///< suspect since
  };

  Suspects(std::chrono::milliseconds settle, std::chrono::milliseconds settle_incomplete) : settle_(settle), incomplete_(settle_incomplete) {}

  void add(const std::string& file, Hint hint, Time now);
  /// Found by looking: as add(), but an older suspicion stands, so that looking again puts nothing off.
  void find(const std::string& file, Hint hint, Time now) {
    if (!suspects_.contains(file)) add(file, hint, now);
  }
  /// Makes one that was taken suspect again, since when it was; not when an event did so meanwhile.
  void put_back(const Due& due, Time when);
  [[nodiscard]] bool empty() const { return suspects_.empty(); }
  [[nodiscard]] std::size_t size() const { return suspects_.size(); }
  /// When take() may give something; never too late. Nothing when there is no suspect. `busy`: a
  /// version-control operation is under way.
  [[nodiscard]] std::optional<Time> next(bool busy) const;
  /// What is due and quiet, in order of path; it is no suspect any more.
  std::vector<Due> take(Time now, bool busy);
  /// Is anything left that was suspect at that time?
  [[nodiscard]] bool any_from(Time moment) const;

 private:
  struct Suspect {
    Time first, due;
    bool whole = false, written = false, went = false;
  };
  [[nodiscard]] bool burst() const;
  [[nodiscard]] std::chrono::milliseconds quiet(bool busy) const;
  [[nodiscard]] std::chrono::milliseconds longest(bool busy) const;

  std::chrono::milliseconds settle_, incomplete_;
  std::map<std::string, Suspect> suspects_;
  Time last_{}, earliest_ = Time::max(), batch_{};
  bool new_batch_ = true;  ///< nothing was added since the last take()
};

}  // namespace bpyd::io
