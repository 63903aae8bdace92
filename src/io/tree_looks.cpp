// SPDX-License-Identifier: MIT
// Looking at folders, and what follows from what is found.
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "inotify_mask.hpp"
#include "links.hpp"
#include "tree_watcher.hpp"

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kInlineBudget = 1000;     // names looked at on the loop: about a millisecond
constexpr milliseconds kRootFirst{20}, kRootLongest{500};  // between looks for a lost root: it may be exchanged just now
constexpr milliseconds kFirstPause{50}, kLongestPause{5000};  // between rescans
constexpr std::chrono::seconds kCalm{10};       // without lost events, and the pauses are forgotten

}  // namespace

void TreeWatcher::look(std::vector<std::string> folders, bool deep) {
  if (folders.empty() || stopped_) return;
  if (job_ != Job::none) {
    auto& todo = deep ? deep_todo_ : flat_todo_;
    todo.insert(todo.end(), std::make_move_iterator(folders.begin()), std::make_move_iterator(folders.end()));
    return;
  }
  look_began_ = steady_clock::now();
  CrawlTask task{root_, ignore_, polls_all() ? -1 : outside_.inotify->descriptor(), std::move(folders), deep};
  auto found = crawl(task, kInlineBudget, {});
  task.todo = std::move(found.todo);
  take_in(std::move(found));
  if (task.todo.empty()) return look_done();
  look_on_worker(std::move(task));
}

void TreeWatcher::look_on_worker(CrawlTask task) {
  job_ = Job::crawl;
  outside_.inotify->await(*this, true);
  outside_.workers.then<std::shared_ptr<Crawl>>(
      [task = std::move(task)](const std::stop_token& stop) { return std::make_shared<Crawl>(crawl(task, SIZE_MAX, stop)); },
      [this, alive = alive_, inotify = outside_.inotify](const std::shared_ptr<Crawl>& found) {
        if (!*alive) {
          for (const auto& folder : found->folders) inotify->drop(folder.watch);
          return;
        }
        take_in(std::move(*found));
        job_ = Job::none;
        outside_.inotify->await(*this, false);
        look_done();
        for (auto held = std::exchange(held_, {}); const auto& event : held) {
          if (job_ == Job::crawl) held_.push_back(event);
          else process(event.watch, event.mask, event.name);
        }
        for (auto& waiter : waiters_) {
          if (!waiter.needs_look) waiter.moment = steady_clock::now();  // those came before its call
        }
        go_on();
      });
}

void TreeWatcher::take_in(Crawl found) {
  for (auto& folder : found.folders) take_in_folder(folder, found.deep);
}

void TreeWatcher::take_in_folder(CrawledFolder& found, bool deep) {
  if (found.error != 0 && says_gone(found.error)) {
    if (found.path.empty()) lose_root();
    else folder_gone(found.path);
    return;
  }
  Folder& folder = folders_[found.path];
  if (!polls_all()) set_watch(found.path, folder, found.watch);
  note_refusals(found);
  folder.id = found.id;
  if (found.error != 0) return;  // what was told of it stands
  take_links(found);
  if (ready_) compare_files(found);
  compare_folders(found, deep);
  if (!ready_) {
    for (auto& file : found.files) file.tick = file.created = 1;
    told_.fill(found.path, std::move(found.files));
  }
}

void TreeWatcher::note_refusals(const CrawledFolder& found) {
  if (found.error != 0) broken_[found.path] = found.error;
  else broken_.erase(found.path);
  // Without permission or when gone meanwhile nothing runs out: the parent's watch tells of a change.
  const bool refused = found.watch < 0 && (found.watch_error == ENOSPC || found.watch_error == ENOMEM);
  if (refused) unwatched_.insert(found.path);
  else unwatched_.erase(found.path);
  if (refused || found.error != 0) start_polling();
}

/// What is gone may come back at once, but not when the whole tree is looked at after lost events.
void TreeWatcher::suspect_found(const std::string& file, Hint hint) {
  if (whole_look_ && rescanned_) suspects_.add(file, Hint::whole, steady_clock::now());
  else suspects_.find(file, hint, steady_clock::now());
}

void TreeWatcher::compare_files(const CrawledFolder& found) {
  const auto& told = told_.in(found.path);
  auto before = told.begin();
  const auto suspect = [&](const std::string& name, Hint hint) { suspect_found(beneath(found.path, name), hint); };
  for (const auto& file : found.files) {
    for (; before != told.end() && before->name < file.name; ++before) suspect(before->name, Hint::gone);
    const bool known = before != told.end() && before->name == file.name;
    if (!known || before->print != file.print) suspect(file.name, Hint::whole);
    if (known) ++before;
  }
  for (; before != told.end(); ++before) suspect(before->name, Hint::gone);
}

/// What was looked at or told of within this folder and is not in it any more is gone; new ones are entered.
void TreeWatcher::compare_folders(const CrawledFolder& found, bool deep) {
  const std::set<std::string> there(found.folders.begin(), found.folders.end());
  for (const auto& name : names_in(folders_, found.path)) {
    if (!there.contains(name)) folder_gone(beneath(found.path, name));
  }
  if (!ready_) return;
  for (const auto& name : told_.folders_in(found.path)) {
    if (!there.contains(name)) folder_gone(beneath(found.path, name));
  }
  if (deep) return;  // they follow
  for (const auto& name : found.folders) {
    if (folders_.contains(beneath(found.path, name))) continue;
    folder_came(beneath(found.path, name));
    deep_todo_.push_back(beneath(found.path, name));
  }
}

void TreeWatcher::take_links(const CrawledFolder& found) {
  const auto [first, last] = range_beneath(links_, found.path);
  std::vector<std::string> before;
  for (auto it = first; it != last; ++it) {
    if (it->rfind('/') == (found.path.empty() ? std::string::npos : found.path.size())) before.push_back(*it);
  }
  for (const auto& link : before) links_.erase(link);
  for (const auto& name : found.links) {
    if (links_.size() < kMostLinks) links_.insert(beneath(found.path, name));
  }
}

/// A link's target may have changed anywhere below the root.
void TreeWatcher::look_at_links() {
  links_due_ = false;
  const auto links = links_;
  for (const auto& link : links) look_at_link(link);
  // What was written before a sync's call is seen through links only now; once, since a target may change for ever.
  for (auto& waiter : waiters_) {
    if (!std::exchange(waiter.links_seen, true) && !waiter.needs_look) waiter.moment = steady_clock::now();
  }
}

void TreeWatcher::look_at_link(const std::string& link) {
  struct stat info{};
  const auto target = open_link(root_, link, 0);
  const bool there = target && ::fstat(target.get(), &info) == 0;
  if (!there && ::lstat((root_ / link).c_str(), &info) < 0) links_.erase(link);
  const bool folder = there && S_ISDIR(info.st_mode) && !ignore_->ignored(link, true) && may_enter_link(root_, link);
  const auto entered = folders_.find(link);
  if (entered != folders_.end() && (!folder || entered->second.id != FolderId{info.st_dev, info.st_ino})) folder_gone(link);
  if (folder && !folders_.contains(link)) {
    folder_came(link);
    look({link}, true);
  }
  if (ignore_->ignored(link, false)) return;
  const auto* told = told_.find(link);
  const bool file = there && S_ISREG(info.st_mode);
  if (file ? told == nullptr || told->print != print_of(info) : told != nullptr) suspect_found(link, Hint::whole);
}

void TreeWatcher::folder_gone(const std::string& folder) {
  if (folder.empty()) return;
  const auto leave = [this](const std::string& path, Folder& one) {
    set_watch(path, one, -1);
    unwatched_.erase(path);
    broken_.erase(path);
  };
  if (const auto own = folders_.find(folder); own != folders_.end()) {
    leave(folder, own->second);
    folders_.erase(own);
  }
  const auto [first, last] = range_beneath(folders_, folder);
  for (auto it = first; it != last; ++it) leave(it->first, it->second);
  folders_.erase(first, last);
  const auto [first_link, last_link] = range_beneath(links_, folder);
  links_.erase(first_link, last_link);
  told_.each_beneath(folder, [&](const std::string& file) { suspect_found(file, Hint::gone); });
  links_due_ = links_due_ || !links_.empty();
}

/// Until it is watched, files in it may go unheard: who was told lately that one went may have met it there again.
void TreeWatcher::folder_came(const std::string& folder) {
  told_.each_gone_beneath(folder, recently(), [&](const std::string& file) { suspects_.add(file, Hint::gone, steady_clock::now()); });
}

/// -1: none. The kernel's watch is given back with its last path.
void TreeWatcher::set_watch(const std::string& path, Folder& folder, int watch) {
  if (folder.watch == watch) return;
  if (const auto before = paths_of_.find(folder.watch); before != paths_of_.end()) {
    before->second.erase(path);
    if (before->second.empty()) {
      paths_of_.erase(before);
      if (!above_.contains(folder.watch)) outside_.inotify->release(folder.watch, *this);
    }
  }
  folder.watch = watch;
  if (watch < 0) return;
  paths_of_[watch].insert(path);
  outside_.inotify->hold(watch, *this);
}

void TreeWatcher::look_done() {
  look_ended_ = steady_clock::now();
  links_due_ = links_due_ || !links_.empty();
  for (auto& waiter : waiters_) {
    if (waiter.needs_look && look_began_ >= waiter.moment) waiter.needs_look = false;
    if (!waiter.needs_look) waiter.moment = steady_clock::now();
  }
  if (!whole_look_) return;
  if (rescanned_) suspect_doubtful();
  whole_look_ = false;
  if (ready_) ++rescans_;
  ready_ = true;
  if (!rescan_due_) doubtful_after_ = 0;
  rescan_ended_ = steady_clock::now();
}

void TreeWatcher::suspect_doubtful() {
  if (doubtful_after_ == 0) return;
  told_.each_told_after(doubtful_after_, [&](const std::string& file) {
    suspects_.add(file, Hint::gone, steady_clock::now());
    suspect_found(file, Hint::whole);
  });
}

void TreeWatcher::rescan() {
  if (std::exchange(rescan_due_, true)) return;
  const auto now = steady_clock::now();
  const bool calm = now - rescan_ended_ > kCalm;
  rescan_pause_ = calm || rescans_ == 0 ? milliseconds(0) : std::clamp(rescan_pause_ * 2, kFirstPause, kLongestPause);
  const auto wait = std::chrono::ceil<milliseconds>(rescan_ended_ + rescan_pause_ - now);
  if (wait.count() <= 0) return;  // go_on() begins it
  rescan_timer_ = outside_.loop.after(wait, [this] {
    rescan_timer_.reset();
    go_on();
  });
}

void TreeWatcher::rescan_now() {
  rescan_timer_.reset();
  if (job_ != Job::none) return;  // go_on() comes back to it
  rescan_due_ = false;
  rescan_pause_ = std::max(rescan_pause_, kFirstPause / 2);
  whole_look_ = true;
  look({""}, true);
}

void TreeWatcher::start_polling() {
  if (poll_timer_ || stopped_) return;
  poll_timer_ = outside_.loop.every(options_.poll_interval, [this] { poll_when_due(); });
}

/// A look that takes long is followed by a pause of twice its time.
void TreeWatcher::poll_when_due() {
  const auto took = look_ended_ - look_began_;
  if (job_ == Job::none && steady_clock::now() - look_ended_ >= took * 2) poll();
}

/// There is nothing left that they wait to be looked at.
void TreeWatcher::release_waiters() {
  poll_due_ = false;
  for (auto& waiter : waiters_) {
    if (std::exchange(waiter.needs_look, false)) waiter.moment = steady_clock::now();
  }
}

/// Looks at what the kernel does not watch.
void TreeWatcher::poll() {
  poll_due_ = job_ != Job::none;
  if (poll_due_) return;
  if (lost_ || !polls()) {
    if (!lost_) poll_timer_.reset();
    release_waiters();
    return go_on();
  }
  for (const auto& [file, error] : unseen_) suspects_.find(file, Hint::whole, steady_clock::now());
  std::vector<std::string> folders(unwatched_.begin(), unwatched_.end());
  for (const auto& [folder, error] : broken_) folders.push_back(folder);
  if (polls_all() || !network_.empty()) folders = {""};
  look_began_ = steady_clock::now();
  if (folders.empty()) look_done();
  else look(std::move(folders), polls_all() || !network_.empty());
  if (job_ == Job::none) go_on();
}

/// inotify says nothing of a folder whose parent is moved or removed: so those are watched too.
void TreeWatcher::watch_above() {
  if (polls_all()) return;
  for (const auto watch : std::exchange(above_, {})) {
    if (!paths_of_.contains(watch)) outside_.inotify->release(watch, *this);
  }
  for (auto at = root_.parent_path(); !at.empty(); at = at.parent_path()) {
    const int watch = ::inotify_add_watch(outside_.inotify->descriptor(), at.c_str(), kAboveMask);
    if (watch >= 0) {
      above_.insert(watch);
      outside_.inotify->hold(watch, *this);
    }
    if (at == at.parent_path()) break;
  }
}

/// Is the root still the folder that is watched?
void TreeWatcher::check_root() {
  root_due_ = false;
  struct stat info{};
  if (::stat(root_.c_str(), &info) < 0) return says_gone(errno) ? lose_root() : void();
  const auto known = folders_.find("");
  if (known != folders_.end() && known->second.id == FolderId{info.st_dev, info.st_ino} && known->second.watch >= 0) return watch_above();
  watch_above();
  rescan();
}

void TreeWatcher::lose_root() {
  if (lost_) return;
  lost_ = true;
  release_waiters();
  for (const auto& name : names_in(folders_, "")) folder_gone(name);
  if (const auto own = folders_.find(""); own != folders_.end()) {
    set_watch("", own->second, -1);
    folders_.erase(own);
  }
  told_.each_beneath("", [&](const std::string& file) { suspect_found(file, Hint::gone); });
  root_pause_ = kRootFirst;
  look_for_root_later();
}

void TreeWatcher::look_for_root_later() {
  root_timer_ = outside_.loop.after(root_pause_, [this] {
    root_pause_ = std::min(root_pause_ * 2, kRootLongest);
    look_for_root();
  });
}

void TreeWatcher::look_for_root() {
  std::error_code error;
  if (!std::filesystem::is_directory(root_, error)) return look_for_root_later();
  root_timer_.reset();
  lost_ = false;
  network_ = network_file_system(root_);
  if (!network_.empty()) start_polling();
  watch_above();
  folder_came("");
  whole_look_ = true;
  look({""}, true);
  go_on();
}

}  // namespace bpyd::io
