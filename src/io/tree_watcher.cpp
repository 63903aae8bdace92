// SPDX-License-Identifier: MIT
// From the kernel's events to change sets.
#include "tree_watcher.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <random>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kInlineLooks = 500;   // more files than that are looked at on a worker
constexpr milliseconds kClockStep{20};      // see FileKey::racy
constexpr milliseconds kRacyPatience{1000};
constexpr std::chrono::seconds kRecently{10};
constexpr std::int64_t kStaleLock = 30;     // seconds after which nobody believes an index.lock

std::string random_instance() {
  std::random_device random;
  return hex64((std::uint64_t{random()} << 32) | random());
}

/// The lock of the git repository that `root` is in; empty when it is in none.
std::filesystem::path lock_of_repository(const std::filesystem::path& root) {
  std::error_code error;
  for (auto at = root; ; at = at.parent_path()) {
    if (std::filesystem::is_directory(at / ".git", error)) return at / ".git" / "index.lock";
    if (at == at.parent_path()) return {};
  }
}

Hint hint_of(std::uint32_t mask) {
  if ((mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) return Hint::whole;
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) return Hint::gone;
  return (mask & IN_ATTRIB) != 0 ? Hint::attributes : Hint::incomplete;
}

}  // namespace

TreeWatcher::TreeWatcher(Outside outside, std::filesystem::path root, WatchOptions options, WatchListener listener)
    : outside_(std::move(outside)), root_(std::move(root)), repository_lock_(lock_of_repository(root_)), options_(std::move(options)),
      listener_(std::move(listener)), ignore_(std::make_shared<const IgnoreRules>(options_.ignore)), instance_(random_instance()),
      network_(network_file_system(root_)), suspects_(options_.settle, options_.settle_incomplete), drained_(steady_clock::now()) {
  outside_.mounts->add(this, root_, [this] {
    network_ = network_file_system(root_);
    if (!network_.empty()) start_polling();
    rescan();
    go_on();
  });
  watch_above();
  if (polls_all() || !network_.empty()) start_polling();
  whole_look_ = true;
  look({""}, true);
  outside_.loop.post([this, alive = alive_] {
    if (*alive) note_status();
  });
}

void TreeWatcher::stop() {
  if (stopped_) return;
  stopped_ = true;
  *alive_ = false;
  settle_timer_.reset();
  poll_timer_.reset();
  root_timer_.reset();
  rescan_timer_.reset();
  outside_.mounts->remove(this);
  for (const auto& [watch, paths] : paths_of_) outside_.inotify->release(watch, *this);
  for (const auto watch : above_) outside_.inotify->release(watch, *this);
  outside_.inotify->forget(*this);
  for (auto& waiter : waiters_) outside_.loop.post(std::move(waiter.done));
}

std::string TreeWatcher::clock() const { return "c:" + instance_ + ":" + std::to_string(tick_); }

Result<Since> TreeWatcher::since(std::string_view clock, std::size_t offset, std::size_t limit) const {
  const auto colon = clock.rfind(':');
  Tick tick = 0;
  const bool shaped = clock.starts_with("c:") && colon == 18;
  const auto number = shaped ? clock.substr(colon + 1) : std::string_view();
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), tick);
  if (!shaped || error != std::errc() || end != number.data() + number.size()) {
    return fail(Code::bad_value, "'" + printable_utf8(std::string(clock.substr(0, 60))) + "' is no clock",
                "Take the clock of a watch.event, of /api/watch/status or of the last answer; without one all files are answered");
  }
  Since since;
  since.clock = this->clock();
  since.fresh = clock.substr(2, 16) != instance_ || tick == 0 || tick > tick_ || !told_.reaches_back_to(tick);
  since.total = told_.since(since.fresh ? std::nullopt : std::optional(tick), offset, limit, since.changes);
  return since;
}

void TreeWatcher::sync(std::function<void()> done) {
  auto& loop = outside_.loop;  // a listener may destroy this watcher on the way
  const auto alive = alive_;
  if (stopped_) return loop.post(std::move(done));
  if (!outside_.inotify->drain()) {  // called by a listener in the midst of one
    loop.post([this, alive, done = std::move(done)] {
      if (*alive) sync(done);
      else done();
    });
    return;
  }
  if (!*alive) return loop.post(std::move(done));
  waiters_.push_back({steady_clock::now(), !lost_ && polls(), false, std::move(done)});
  if (lost_) look_for_root();
  else if (waiters_.back().needs_look) poll();
  if (!*alive) return;
  if (rescan_due_) rescan_now();
  go_on();
}

void TreeWatcher::on_event(const InotifyEvent& event) {
  if (stopped_) return;
  if (job_ == Job::crawl) held_.push_back({event.watch, event.mask, std::string(event.name)});
  else process(event.watch, event.mask, std::string(event.name));
}

void TreeWatcher::on_drained() {
  drained_ = steady_clock::now();
  go_on();
}

void TreeWatcher::on_overflow() {
  if (stopped_) return;
  rescanned_ = true;
  if (doubtful_after_ == 0) doubtful_after_ = recently();
  rescan();
}

void TreeWatcher::process(int watch, std::uint32_t mask, const std::string& name) {
  constexpr std::uint32_t kSelf = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
  if (above_.contains(watch) && (mask & kSelf) != 0) root_due_ = true;
  const auto found = paths_of_.find(watch);
  if (found == paths_of_.end()) return;
  const auto paths = found->second;  // it changes on the way
  for (const auto& path : paths) {
    if ((mask & kSelf) != 0) process_self(path, mask);
    else if (name.empty()) process_own_attributes(path, mask);
    else if ((mask & IN_ISDIR) != 0) process_folder(beneath(path, name), mask);
    else process_file(beneath(path, name), mask);
  }
}

void TreeWatcher::process_self(const std::string& folder, std::uint32_t mask) {
  if (folder.empty()) {
    // The watch is dead even if the same folder is there again.
    const auto own = folders_.find("");
    if ((mask & (IN_IGNORED | IN_UNMOUNT)) != 0 && own != folders_.end()) set_watch("", own->second, -1);
    root_due_ = true;
    return;
  }
  const auto known = folders_.find(folder);
  if (known == folders_.end()) return;
  struct stat info{};
  const bool same = (mask & IN_IGNORED) == 0 && ::stat((root_ / folder).c_str(), &info) == 0 && FolderId{info.st_dev, info.st_ino} == known->second.id;
  if (same) return;
  folder_gone(folder);
  folder_came(folder);
  look({folder}, true);  // something else may be there by now
}

/// Of other folders the one above tells.
void TreeWatcher::process_own_attributes(const std::string& folder, std::uint32_t mask) {
  if (folder.empty() && (mask & IN_ATTRIB) != 0) look({folder}, false);
}

void TreeWatcher::process_folder(const std::string& folder, std::uint32_t mask) {
  if (ignore_->ignored(folder, true)) return;
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) folder_gone(folder);
  if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) folder_came(folder);
  // Gone or come: another may be there by now (two folders exchanged come before the first goes).
  if ((mask & (IN_DELETE | IN_MOVED_FROM | IN_CREATE | IN_MOVED_TO)) != 0) return look({folder}, true);
  if ((mask & IN_ATTRIB) != 0 && folders_.contains(folder)) look({folder}, false);  // permission lost or regained
}

void TreeWatcher::process_file(const std::string& file, std::uint32_t mask) {
  if (links_.contains(file)) look_at_link(file);
  else if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
    struct stat info{};
    if (links_.size() < kMostLinks && ::lstat((root_ / file).c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
      links_.insert(file);
      look_at_link(file);
    }
  }
  if (ignore_->ignored(file, false)) return;
  suspects_.add(file, hint_of(mask), steady_clock::now());
}

/// After anything happened: what is due, in order, as long as no job is under way.
void TreeWatcher::go_on() {
  if (stopped_) return;
  const auto alive = alive_;
  if (job_ == Job::none && root_due_) check_root();
  if (job_ == Job::none && rescan_due_ && !rescan_timer_) rescan_now();
  if (job_ == Job::none && poll_due_) return poll();  // which comes back here
  look_at_todo();
  if (job_ == Job::none && links_due_) look_at_links();
  look_at_todo();
  note_status();
  if (!*alive) return;
  if (job_ != Job::none) return;
  // Lost events are told of, even when nothing was missed.
  if (rescanned_ && !rescan_due_ && suspects_.empty() && !tell({})) return;
  settle_when_due();
}

/// Flat looks may find folders to enter; deep ones leave nothing.
void TreeWatcher::look_at_todo() {
  while (job_ == Job::none && (!deep_todo_.empty() || !flat_todo_.empty())) {
    look(std::exchange(deep_todo_, {}), true);
    look(std::exchange(flat_todo_, {}), false);
  }
}

void TreeWatcher::settle_when_due() {
  const auto next = suspects_.next(!suspects_.empty() && repository_busy());
  if (!next) return answer_waiters();
  const auto now = steady_clock::now();
  if (*next <= now) return examine();
  if (settle_timer_ && settle_at_ <= *next) return answer_waiters();  // it looks again then
  settle_at_ = *next;
  settle_timer_ = outside_.loop.after(std::chrono::ceil<milliseconds>(*next - now), [this] {
    settle_timer_.reset();
    const auto alive = alive_;
    outside_.inotify->drain();  // what is looked at now is as new as what is known of it
    if (*alive) on_drained();
  });
  answer_waiters();
}

void TreeWatcher::examine() {
  auto due = suspects_.take(steady_clock::now(), repository_busy());
  if (due.size() <= kInlineLooks) {
    std::vector<Look> looks;
    looks.reserve(due.size());
    for (const auto& one : due) looks.push_back(look_at(root_, one.file));
    return judge(due, looks);
  }
  job_ = Job::examine;
  auto paths = std::make_shared<const std::vector<Suspects::Due>>(std::move(due));
  outside_.workers.then<std::vector<Look>>(
      [root = root_, paths](const std::stop_token&) {
        std::vector<Look> looks;
        looks.reserve(paths->size());
        for (const auto& one : *paths) looks.push_back(look_at(root, one.file));
        return looks;
      },
      [this, alive = alive_, paths](const std::vector<Look>& looks) {
        if (!*alive) return;
        job_ = Job::none;
        judge(*paths, looks);
      });
}

/// What was told after this tick was told shortly before the kernel's queue was read last.
Tick TreeWatcher::recently() {
  while (!recent_.empty() && drained_ - recent_.front().first > kRecently) recent_.pop_front();
  return recent_.empty() ? tick_ : recent_.front().second - 1;
}

/// Compares what was seen with what was told. A suspect that turns out unchanged is dropped.
void TreeWatcher::judge(const std::vector<Suspects::Due>& due, const std::vector<Look>& looks) {
  const bool polled = polls_all() || poll_timer_ != nullptr;
  const auto now = steady_clock::now();
  const Tick recently = this->recently();
  ChangeSet set;
  for (std::size_t i = 0; i < due.size(); ++i) {
    const auto& [file, written, went, first] = due[i];
    if (const auto* unknown = std::get_if<Unknown>(&looks[i])) {  // what was told stands, until it can be seen
      unseen_[file] = unknown->error;
      start_polling();
      continue;
    }
    unseen_.erase(file);
    const auto* key = std::get_if<FileKey>(&looks[i]);
    if (key != nullptr && !followed(file)) {
      const bool not_yet = !deep_todo_.empty() || !flat_todo_.empty();
      if (not_yet) suspects_.put_back(due[i], now);
      if (not_yet) continue;
      key = nullptr;  // behind a link that is not followed: it is no file of this tree
    }
    // Without events a second write within the clock's step would never be seen: wait until it has moved.
    if (polled && key != nullptr && key->racy && now - first < kRacyPatience) {
      suspects_.put_back(due[i], now + kClockStep);
      continue;
    }
    const auto change = told_.update(file, key == nullptr ? std::nullopt : std::optional(*key), {written, went}, tick_ + 1, recently);
    if (change) set.changes.push_back({printable_utf8(file), *change});
  }
  told_.finish();
  const bool anything = !set.changes.empty();
  if (!tell(std::move(set))) return;
  if (!anything) return go_on();
  // By way of the loop: something that changes with every look must not hold it.
  outside_.loop.post([this, alive = alive_] {
    if (*alive) go_on();
  });
}

/// Is the file's folder one that is looked at?
bool TreeWatcher::followed(const std::string& file) const {
  const auto slash = file.rfind('/');
  return folders_.contains(slash == std::string::npos ? std::string() : file.substr(0, slash));
}

/// False when the listener destroyed this watcher.
bool TreeWatcher::tell(ChangeSet set) {
  const bool looked_again = rescanned_ && !rescan_due_;
  if (set.changes.empty() && !looked_again) return true;
  if (looked_again) rescanned_ = false;
  set.rescanned = looked_again;
  set.clock_before = clock();
  ++tick_;
  recent_.emplace_back(steady_clock::now(), tick_);
  set.clock = clock();
  links_due_ = links_due_ || (!links_.empty() && !std::ranges::all_of(set.changes, [this](const FileChange& change) { return links_.contains(change.file); }));
  const auto on_change = listener_.on_change;
  const auto alive = alive_;
  on_change(set);
  return *alive;
}

void TreeWatcher::answer_waiters() {
  if (job_ != Job::none || rescan_due_ || !deep_todo_.empty() || !flat_todo_.empty()) return;
  std::vector<std::function<void()>> satisfied;
  std::erase_if(waiters_, [&](Waiter& waiter) {
    if (waiter.needs_look || suspects_.any_from(waiter.moment)) return false;
    satisfied.push_back(std::move(waiter.done));
    return true;
  });
  const auto alive = alive_;
  for (const auto& done : satisfied) {
    if (*alive) done();
  }
}

bool TreeWatcher::repository_busy() const {
  if (repository_lock_.empty()) return false;
  struct stat info{};
  return ::stat(repository_lock_.c_str(), &info) == 0 && ::time(nullptr) - info.st_mtim.tv_sec < kStaleLock;
}

WatcherStatus TreeWatcher::status() const {
  WatcherStatus status;
  status.ready = ready_;
  status.files = static_cast<std::int64_t>(told_.size());
  status.folders = static_cast<std::int64_t>(folders_.size());
  status.watches = static_cast<std::int64_t>(paths_of_.size());
  status.rescans = rescans_;
  if (stopped_) return status;
  status.polled = polls_all() || !network_.empty() ? status.folders : static_cast<std::int64_t>(unwatched_.size() + broken_.size());
  status.mode = polls_all() ? "polling" : status.polled > 0 ? "mixed" : "inotify";
  const auto interval = " every " + std::to_string(options_.poll_interval.count()) + " ms";
  if (lost_) {
    status.reason = "the folder is not there; it is looked for";
  } else if (rescan_due_ || (whole_look_ && ready_)) {
    status.reason = "the kernel lost events; the tree is being looked at again";
  } else if (!broken_.empty()) {
    const auto& [folder, error] = *broken_.begin();
    status.reason = (folder.empty() ? "the folder" : printable_utf8(folder)) + " cannot be read: " + std::strerror(error);
  } else if (!unseen_.empty()) {
    status.reason = printable_utf8(unseen_.begin()->first) + " cannot be seen: " + std::strerror(unseen_.begin()->second);
  } else if (!unwatched_.empty()) {
    status.reason = "the system's watch limit is reached: " + std::to_string(unwatched_.size()) + " folders are looked at" + interval +
                    "; sudo sysctl fs.inotify.max_user_watches=524288 gives more";
  } else if (outside_.inotify->descriptor() < 0 && !options_.force_polling) {
    status.reason = outside_.inotify->refusal() + "; all is looked at" + interval;
  }
  status.degraded = !status.reason.empty();
  if (!status.degraded && options_.force_polling) status.reason = "polling was asked for";
  else if (!status.degraded && !network_.empty()) status.reason = "on a network file system (" + network_ + "): looked at" + interval + " too";
  return status;
}

void TreeWatcher::note_status() {
  auto now = status();
  const bool same = now.mode == noted_.mode && now.ready == noted_.ready && now.degraded == noted_.degraded && now.reason == noted_.reason;
  if (same) return;
  if (now.degraded && now.reason != noted_.reason) log_status(now);
  noted_ = std::move(now);
  const auto on_status = listener_.on_status;
  on_status();
}

void TreeWatcher::log_status(const WatcherStatus& now) const {
  log::write(log::Level::warn, "watch", "watch.degraded", now.reason, {{"root", printable_utf8(root_.string())}, {"code", code_text(Code::watch_limit)}});
}

}  // namespace bpyd::io
