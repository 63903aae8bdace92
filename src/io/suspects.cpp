// SPDX-License-Identifier: MIT
// When a save is over.
#include "suspects.hpp"

#include <algorithm>

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBurst = 16;             // files at once that no person saves
constexpr milliseconds kBurstQuiet{50}, kBusyQuiet{100};
constexpr milliseconds kLongest{250}, kLongestBurst{1500}, kLongestBusy{5000};
constexpr milliseconds kLongestOpen{1000};     // a file that stays open for writing is told all the same

}  // namespace

bool Suspects::burst() const { return suspects_.size() > kBurst && settle_.count() > 0; }

milliseconds Suspects::quiet(bool busy) const {
  if (settle_.count() == 0) return settle_;
  return busy ? std::max(settle_, kBusyQuiet) : burst() ? std::max(settle_, kBurstQuiet) : settle_;
}

milliseconds Suspects::longest(bool busy) const {
  return std::max(settle_ * 2, busy ? kLongestBusy : burst() ? kLongestBurst : kLongest);
}

void Suspects::add(const std::string& file, Hint hint, Time now) {
  if (new_batch_) batch_ = now;
  new_batch_ = false;
  last_ = now;
  auto [it, fresh] = suspects_.try_emplace(file);
  Suspect& one = it->second;
  if (fresh) one.first = now;
  if (hint != Hint::attributes) one.written = true;
  if (hint == Hint::gone) one.went = true;
  if (fresh || hint != Hint::attributes) {
    one.whole = hint != Hint::incomplete && hint != Hint::gone;
    one.due = one.whole ? std::min(now + settle_, one.first + std::max(settle_ * 2, kLongestOpen)) : std::min(now + incomplete_, one.first + kLongestOpen);
    earliest_ = std::min(earliest_, one.due);
  }
}

void Suspects::put_back(const Due& due, Time when) {
  const auto [it, fresh] = suspects_.try_emplace(due.file);
  it->second.first = std::min(fresh ? due.first : it->second.first, due.first);
  if (!fresh) return;
  it->second.due = when;
  it->second.whole = true;
  it->second.written = due.written;
  it->second.went = due.went;
  earliest_ = std::min(earliest_, when);
}

std::optional<Suspects::Time> Suspects::next(bool busy) const {
  if (suspects_.empty()) return std::nullopt;
  const auto quiet_at = std::min(last_ + quiet(busy), batch_ + longest(busy));
  return std::max(earliest_, quiet_at);
}

std::vector<Suspects::Due> Suspects::take(Time now, bool busy) {
  std::vector<Due> due;
  if (now < last_ + quiet(busy) && now < batch_ + longest(busy)) return due;
  const bool all = burst() && now >= last_ + quiet(busy);  // after a burst's quiet, what is gone is gone
  earliest_ = Time::max();
  for (auto it = suspects_.begin(); it != suspects_.end();) {
    if (it->second.due <= now || all) {
      due.push_back({it->first, it->second.written, it->second.went, it->second.first});
      it = suspects_.erase(it);
    } else {
      earliest_ = std::min(earliest_, it->second.due);
      ++it;
    }
  }
  new_batch_ = true;
  return due;
}

bool Suspects::any_from(Time moment) const {
  return std::ranges::any_of(suspects_, [&](const auto& entry) { return entry.second.first <= moment; });
}

}  // namespace bpyd::io
