// SPDX-License-Identifier: MIT
// The watcher of one root: a table of what was told, a set of what may have changed, and a timer.
// The table decides what is told; kernel events only say where to look.
#include "bpyd/io/watcher.hpp"

#include <sys/inotify.h>

#include <algorithm>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "inotify.hpp"

namespace bpyd::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLongestWait{250};   // a storm is told in pieces, not at its end
constexpr milliseconds kRootReturns{500};   // how often a lost root is looked for

class TreeWatcher final : public Watcher, public InotifyClient {
 public:
  TreeWatcher(runtime::Loop& loop, std::shared_ptr<WatchService::Inotify> inotify, std::filesystem::path root, WatchOptions options, OnChange on_change)
      : loop_(loop), inotify_(std::move(inotify)), root_(std::move(root)), options_(std::move(options)), ignore_(options_.ignore),
        on_change_(std::move(on_change)) {
    if (options_.force_polling) degrade("polling", false, "polling was asked for");
    else if (!inotify_->works()) degrade("polling", true, "the kernel gives no inotify instance (fs.inotify.max_user_instances): polling");
    crawl_from("", told_);
  }
  ~TreeWatcher() override { stop(); }

  [[nodiscard]] WatcherStatus status() const override {
    return {stopped_ ? "off" : mode_, degraded_, reason_, static_cast<std::int64_t>(entered_.size()), static_cast<std::int64_t>(told_.size())};
  }

  void stop() override {
    if (stopped_) return;
    stopped_ = true;
    settle_.reset();
    poll_.reset();
    inotify_->remove_all(*this);
  }

  // InotifyClient
  void on_event(const std::string& folder, std::uint32_t mask, const std::string& name) override {
    if (stopped_) return;
    if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0) return on_folder_gone(folder);
    if ((mask & IN_ISDIR) != 0) return on_folder_event(beneath(folder, name), mask, name);
    if (ignore_.file(name)) return;
    const bool whole = (mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
    suspect(beneath(folder, name), whole, (mask & IN_ATTRIB) != 0);
  }
  void on_overflow() override {
    if (!stopped_) rescan(true);
  }

 private:
  struct Suspect {
    steady_clock::time_point due;
    bool whole = false;
  };

  void degrade(std::string mode, bool degraded, std::string reason) {
    mode_ = std::move(mode);
    degraded_ = degraded;
    reason_ = std::move(reason);
    if (mode_ == "polling" && !poll_) poll_ = loop_.every(options_.poll_interval, [this] { rescan(false); });
  }

  /// Watches and lists a subtree; the watch comes first, so that nothing falls between.
  void crawl_from(const std::string& folder, FileTable& files) {
    crawl(root_, folder, ignore_, files, entered_, [this](const std::string& at) {
      if (mode_ != "inotify") return true;
      if (const auto error = inotify_->add(*this, root_, at); !error.empty()) {
        degrade("polling", true, error);
        log::write(log::Level::warn, "watch", "watch.degraded", error, {{"root", root_.string()}, {"code", "BPY-2005"}});
      }
      return true;
    });
    if (folder.empty() && entered_.empty()) lose_root();
  }

  void suspect(const std::string& file, bool whole, bool attributes_only) {
    const auto now = steady_clock::now();
    auto [it, fresh] = suspects_.try_emplace(file);
    if (fresh || !attributes_only) {
      it->second.whole = whole;
      it->second.due = now + (whole ? options_.settle : options_.settle_incomplete);
    }
    arm();
  }

  void on_folder_event(const std::string& folder, std::uint32_t mask, const std::string& name) {
    if (ignore_.folder(name)) return;
    if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
      FileTable found;
      forget_entered();
      crawl_from(folder, found);
      for (const auto& [file, identity] : found) suspect(file, (mask & IN_MOVED_TO) != 0, false);
    } else if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
      inotify_->remove_beneath(*this, folder);
      suspect_beneath(folder);
    }
  }

  /// Folders are told apart by inode, and inodes are reused: what is gone must be forgotten.
  void forget_entered() {
    entered_.clear();
    for (const auto& folder : inotify_->folders(*this)) {
      if (const auto id = folder_identity(root_, folder)) entered_.insert(*id);
    }
  }

  void suspect_beneath(const std::string& folder) {
    const auto prefix = folder.empty() ? std::string() : folder + "/";
    for (auto it = told_.lower_bound(prefix); it != told_.end() && it->first.starts_with(prefix); ++it) suspect(it->first, false, false);
  }

  void on_folder_gone(const std::string& folder) {
    inotify_->remove_beneath(*this, folder);
    suspect_beneath(folder);
    if (folder.empty()) lose_root();
  }

  void lose_root() {
    if (lost_) return;
    lost_ = true;
    degrade("polling", true, "the folder is not there; it is looked for");
    poll_ = loop_.every(kRootReturns, [this] { look_for_root(); });
    arm();
  }

  void look_for_root() {
    std::error_code error;
    if (!std::filesystem::is_directory(root_, error)) return rescan(false);
    lost_ = false;
    poll_.reset();
    degraded_ = false;
    reason_.clear();
    if (inotify_->works() && !options_.force_polling) mode_ = "inotify";
    else degrade("polling", false, "");
    rescan(false);
  }

  /// Looks at everything and tells exactly the difference.
  void rescan(bool lost_events) {
    FileTable now;
    inotify_->remove_all(*this);
    entered_.clear();
    crawl_from("", now);
    ChangeSet changes;
    changes.rescanned = lost_events;
    for (const auto& [file, identity] : now) {
      const auto before = told_.find(file);
      if (before == told_.end()) changes.changes.push_back({printable_utf8(file), ChangeKind::created});
      else if (before->second != identity) changes.changes.push_back({printable_utf8(file), ChangeKind::modified});
    }
    for (const auto& [file, identity] : told_) {
      if (!now.contains(file)) changes.changes.push_back({printable_utf8(file), ChangeKind::removed});
    }
    told_ = std::move(now);
    suspects_.clear();
    tell(std::move(changes));
  }

  void arm() {
    if (suspects_.empty()) return;
    const auto now = steady_clock::now();
    last_event_ = now;
    if (!settle_) {
      first_event_ = now;
      wait_until_due();
    }
  }

  void wait_until_due() {
    const auto now = steady_clock::now();
    auto due = steady_clock::time_point::max();
    for (const auto& [file, one] : suspects_) due = std::min(due, one.due);
    const auto wait = std::chrono::ceil<milliseconds>(std::max(due - now, steady_clock::duration::zero()));
    settle_ = loop_.after(wait, [this] { on_settled(); });
  }

  void on_settled() {
    const auto now = steady_clock::now();
    const bool quiet = now - last_event_ >= options_.settle || now - first_event_ >= kLongestWait;
    if (!quiet) {
      settle_ = loop_.after(options_.settle, [this] { on_settled(); });
      return;
    }
    settle_.reset();
    ChangeSet changes = examine(now);
    if (!suspects_.empty()) {
      first_event_ = now;
      wait_until_due();
    }
    tell(std::move(changes));
  }

  /// Compares what is due with what was told. A suspect that turns out unchanged is dropped.
  ChangeSet examine(steady_clock::time_point now) {
    ChangeSet changes;
    for (auto it = suspects_.begin(); it != suspects_.end();) {
      if (it->second.due > now) {
        ++it;
        continue;
      }
      const auto identity = identify(root_ / it->first);
      const auto before = told_.find(it->first);
      if (identity && before == told_.end()) changes.changes.push_back({printable_utf8(it->first), ChangeKind::created});
      else if (identity && before->second != *identity) changes.changes.push_back({printable_utf8(it->first), ChangeKind::modified});
      else if (!identity && before != told_.end()) changes.changes.push_back({printable_utf8(it->first), ChangeKind::removed});
      if (identity) told_[it->first] = *identity;
      else if (before != told_.end()) told_.erase(before);
      it = suspects_.erase(it);
    }
    return changes;
  }

  void tell(ChangeSet changes) {
    if (changes.changes.empty() && !changes.rescanned) return;
    std::ranges::sort(changes.changes, {}, &FileChange::file);
    const auto told = on_change_;  // it may destroy this watcher
    told(changes);
  }

  runtime::Loop& loop_;
  std::shared_ptr<WatchService::Inotify> inotify_;
  std::filesystem::path root_;
  WatchOptions options_;
  IgnoreList ignore_;
  OnChange on_change_;
  FileTable told_;                            ///< what the listener believes
  std::map<std::string, Suspect> suspects_;   ///< what may differ from that
  std::set<std::pair<std::uint64_t, std::uint64_t>> entered_;
  std::unique_ptr<runtime::Timer> settle_, poll_;
  steady_clock::time_point first_event_, last_event_;
  std::string mode_ = "inotify", reason_;
  bool degraded_ = false, lost_ = false, stopped_ = false;
};

}  // namespace

WatchService::WatchService(runtime::Loop& loop) : loop_(loop), inotify_(std::make_shared<Inotify>(loop)) {}
WatchService::~WatchService() { inotify_->close(); }

std::unique_ptr<Watcher> WatchService::watch(std::filesystem::path root, WatchOptions options, Watcher::OnChange on_change) {
  return std::make_unique<TreeWatcher>(loop_, inotify_, std::move(root), std::move(options), std::move(on_change));
}

void WatchService::simulate_overflow() { inotify_->overflow(); }

}  // namespace bpyd::io
