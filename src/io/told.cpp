// SPDX-License-Identifier: MIT
// The table of what was told.
#include "told.hpp"

#include <algorithm>

#include "bpyd/core/strings.hpp"

namespace bpyd::io {

ToldFiles::Place ToldFiles::place_of(const std::string& file) {
  const auto slash = file.rfind('/');
  if (slash == std::string::npos) return {"", file};
  return {file.substr(0, slash), file.substr(slash + 1)};
}

void ToldFiles::fill(const std::string& folder, std::vector<ToldFile> files) {
  if (files.empty()) return;
  size_ += files.size();
  folders_[folder] = std::move(files);
}

const ToldFile* ToldFiles::find(const std::string& file) const {
  const auto [folder, name] = place_of(file);
  const auto& files = in(folder);
  const auto at = std::ranges::lower_bound(files, name, {}, &ToldFile::name);
  return at != files.end() && at->name == name ? &*at : nullptr;
}

const std::vector<ToldFile>& ToldFiles::in(const std::string& folder) const {
  static const std::vector<ToldFile> none;
  const auto found = folders_.find(folder);
  return found == folders_.end() ? none : found->second;
}

std::optional<ChangeKind> ToldFiles::update(const std::string& file, std::optional<FileKey> seen, Happened happened, Tick tick, Tick recently) {
  auto place = place_of(file);
  auto folder = folders_.find(place.first);
  const bool known = folder != folders_.end();
  auto at = known ? std::ranges::lower_bound(folder->second, place.second, {}, &ToldFile::name) : std::vector<ToldFile>::iterator();
  const bool there = known && at != folder->second.end() && at->name == place.second;
  if (!seen && !there) {
    const auto gone = gone_.find(place);
    if (!happened.written || gone == gone_.end() || gone->second <= recently) return std::nullopt;
    remember_gone(std::move(place), tick);
    return ChangeKind::removed;
  }
  if (!seen) {
    at->dead = 1;
    shrunk_.insert(place.first);
    --size_;
    remember_gone(std::move(place), tick);
    return ChangeKind::removed;
  }
  if (there) {
    const bool doubtful = (happened.written && at->racy) || (happened.went && at->tick > recently);
    if (at->print == seen->print && !doubtful) return std::nullopt;
    at->print = seen->print;
    at->racy = seen->racy;
    at->tick = tick;
    return ChangeKind::modified;
  }
  ToldFile row;
  row.name = place.second;
  row.print = seen->print;
  row.tick = tick;
  row.created = tick & 0x3fffffffu;
  row.racy = seen->racy;
  fresh_[place.first].push_back(std::move(row));
  ++size_;
  gone_.erase(place);
  return ChangeKind::created;
}

void ToldFiles::finish() {
  for (const auto& name : std::exchange(shrunk_, {})) {
    const auto folder = folders_.find(name);
    if (folder == folders_.end()) continue;
    std::erase_if(folder->second, [](const ToldFile& file) { return file.dead != 0; });
    if (folder->second.empty()) folders_.erase(folder);
  }
  for (auto& [name, fresh] : std::exchange(fresh_, {})) {
    auto& files = folders_[name];
    std::ranges::sort(fresh, {}, &ToldFile::name);
    std::vector<ToldFile> all;
    all.reserve(files.size() + fresh.size());
    std::ranges::merge(std::make_move_iterator(files.begin()), std::make_move_iterator(files.end()), std::make_move_iterator(fresh.begin()),
                       std::make_move_iterator(fresh.end()), std::back_inserter(all), {}, &ToldFile::name, &ToldFile::name);
    files = std::move(all);
  }
}

void ToldFiles::remember_gone(Place place, Tick tick) {
  gone_order_.emplace_back(tick, place);
  gone_[std::move(place)] = tick;
  while (gone_order_.size() > kMostGone) {
    const auto& [when, oldest] = gone_order_.front();
    if (const auto found = gone_.find(oldest); found != gone_.end() && found->second == when) gone_.erase(found);
    forgotten_ = std::max(forgotten_, when);
    gone_order_.pop_front();
  }
}

void ToldFiles::each_beneath(const std::string& folder, const std::function<void(std::string)>& visit) const {
  for (const auto& file : in(folder)) visit(beneath(folder, file.name));
  const auto [first, last] = range_beneath(folders_, folder);
  for (auto it = first; it != last; ++it) {
    for (const auto& file : it->second) visit(beneath(it->first, file.name));
  }
}

void ToldFiles::each_gone_beneath(const std::string& folder, Tick tick, const std::function<void(std::string)>& visit) const {
  const auto visit_in = [&](auto first, const std::string& last) {
    for (; first != gone_.end() && (last.empty() || first->first.first < last); ++first) {
      if (first->second > tick) visit(beneath(first->first.first, first->first.second));
    }
  };
  if (folder.empty()) return visit_in(gone_.begin(), "");
  visit_in(gone_.lower_bound({folder, ""}), folder + '\0');
  visit_in(gone_.lower_bound({folder + "/", ""}), folder + "0");  // '0' follows '/'
}

void ToldFiles::each_told_after(Tick tick, const std::function<void(std::string)>& visit) const {
  for (auto it = gone_order_.rbegin(); it != gone_order_.rend() && it->first > tick; ++it) {
    const auto gone = gone_.find(it->second);
    if (gone != gone_.end() && gone->second == it->first) visit(beneath(it->second.first, it->second.second));
  }
  for (const auto& [folder, files] : folders_) {
    for (const auto& file : files) {
      if (file.tick > tick) visit(beneath(folder, file.name));
    }
  }
}

std::int64_t ToldFiles::since(std::optional<Tick> asked, std::size_t offset, std::size_t limit, std::vector<FileChange>& changes) const {
  const Tick tick = asked.value_or(0);
  std::size_t count = 0;
  const auto take = [&](const std::string& folder, const std::string& name, ChangeKind kind) {
    if (count++ < offset || changes.size() >= limit) return;
    changes.push_back({printable_utf8(beneath(folder, name)), kind});
  };
  auto gone = asked ? gone_.begin() : gone_.end();
  const auto gone_before = [&](const std::string& folder, const std::string* name) {
    for (; gone != gone_.end() && (gone->first.first < folder || (name != nullptr && gone->first.first == folder && gone->first.second < *name)); ++gone) {
      if (gone->second > tick) take(gone->first.first, gone->first.second, ChangeKind::removed);
    }
  };
  for (const auto& [folder, files] : folders_) {
    gone_before(folder, nullptr);
    for (const auto& file : files) {
      gone_before(folder, &file.name);
      if (file.tick > tick) take(folder, file.name, file.created > tick ? ChangeKind::created : ChangeKind::modified);
    }
  }
  for (; gone != gone_.end(); ++gone) {
    if (gone->second > tick) take(gone->first.first, gone->first.second, ChangeKind::removed);
  }
  return static_cast<std::int64_t>(count);
}

}  // namespace bpyd::io
