// SPDX-License-Identifier: MIT
// The watcher of one root. Three tables: the folders that are looked at and their watches, what was
// told (told.hpp), and what may differ from that (suspects.hpp). Kernel events and crawls only ever make
// suspects; a suspect is looked at when it is due, and what differs is told.
//
// At most one job of a root is on a worker. During a crawl its events are kept and worked off after
// the crawl's result was taken in: they are about the tree that the crawl saw, or newer.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "crawl.hpp"
#include "inotify.hpp"
#include "mounts.hpp"
#include "suspects.hpp"
#include "told.hpp"

namespace bpyd::io {

class TreeWatcher final : public Watcher, public InotifyClient {
 public:
  struct Outside {
    runtime::Loop& loop;
    runtime::Workers& workers;
    std::shared_ptr<WatchService::Inotify> inotify;
    std::shared_ptr<WatchService::Mounts> mounts;
  };
  TreeWatcher(Outside outside, std::filesystem::path root, WatchOptions options, WatchListener listener);
  ~TreeWatcher() override { stop(); }

  // Watcher
  [[nodiscard]] WatcherStatus status() const override;
  [[nodiscard]] std::string clock() const override;
  [[nodiscard]] Result<Since> since(std::string_view clock, std::size_t offset, std::size_t limit) const override;
  void sync(std::function<void()> done) override;
  void stop() override;

  // InotifyClient
  void on_event(const InotifyEvent& event) override;
  void on_overflow() override;
  void on_drained() override;

 private:
  using Time = Suspects::Time;
  static constexpr std::size_t kMostLinks = 1000;  ///< links that are followed
  enum class Job : std::uint8_t { none, crawl, examine };
  struct Folder {
    FolderId id;
    int watch = -1;
  };
  struct Held {
    int watch;
    std::uint32_t mask;
    std::string name;
  };
  struct Waiter {
    Time moment;       ///< satisfied when nothing suspect since then is left; moves on with each look
    bool needs_look;   ///< a poll that starts after the call has to end first
    bool links_seen;   ///< links were looked at since the call
    std::function<void()> done;
  };

  // tree_watcher.cpp: events, settling, telling
  void process(int watch, std::uint32_t mask, const std::string& name);
  void process_self(const std::string& folder, std::uint32_t mask);
  void process_own_attributes(const std::string& folder, std::uint32_t mask);
  void process_folder(const std::string& folder, std::uint32_t mask);
  void process_file(const std::string& file, std::uint32_t mask);
  void go_on();
  void look_at_todo();
  [[nodiscard]] bool followed(const std::string& file) const;
  void settle_when_due();
  void examine();
  void judge(const std::vector<Suspects::Due>& due, const std::vector<Look>& looks);
  [[nodiscard]] Tick recently();
  bool tell(ChangeSet changes);
  void answer_waiters();
  void note_status();
  [[nodiscard]] bool repository_busy() const;
  void log_status(const WatcherStatus& now) const;

  // tree_looks.cpp: looking at folders
  void look(std::vector<std::string> folders, bool deep);
  void look_on_worker(CrawlTask task);
  void take_in(Crawl crawl);
  void take_in_folder(CrawledFolder& found, bool deep);
  void suspect_found(const std::string& file, Hint hint);
  void compare_files(const CrawledFolder& found);
  void compare_folders(const CrawledFolder& found, bool deep);
  void take_links(const CrawledFolder& found);
  void look_at_links();
  void look_at_link(const std::string& link);
  void folder_gone(const std::string& folder);
  void folder_came(const std::string& folder);
  void set_watch(const std::string& path, Folder& folder, int watch);
  void look_done();
  void suspect_doubtful();
  void rescan();
  void rescan_now();
  void poll();
  void poll_when_due();
  void release_waiters();
  void start_polling();
  void note_refusals(const CrawledFolder& found);
  void watch_above();
  void check_root();
  void lose_root();
  void look_for_root();
  void look_for_root_later();
  [[nodiscard]] bool polls() const { return polls_all() || !network_.empty() || !unwatched_.empty() || !broken_.empty() || !unseen_.empty(); }
  [[nodiscard]] bool polls_all() const { return options_.force_polling || outside_.inotify->descriptor() < 0; }

  Outside outside_;
  std::filesystem::path root_, repository_lock_;
  WatchOptions options_;
  WatchListener listener_;
  std::shared_ptr<const IgnoreRules> ignore_;
  std::string instance_, network_;

  std::map<std::string, Folder> folders_;
  std::unordered_map<int, std::set<std::string>> paths_of_;  ///< by watch; several when a link leads there too
  std::set<int> above_;                                      ///< watches of the folders above the root
  std::set<std::string> links_, unwatched_;                  ///< links; folders that the kernel would not watch: polled
  std::map<std::string, int> unseen_;                        ///< files that could not be looked at, and why
  std::map<std::string, int> broken_;                        ///< folders that cannot be listed, and why: polled too
  ToldFiles told_;
  Suspects suspects_;
  Tick tick_ = 1;
  std::deque<std::pair<Time, Tick>> recent_;  ///< when the last change sets were told
  Time drained_{};                            ///< up to here nothing was lost
  Tick doubtful_after_ = 0;                   ///< events were lost: what was told since then may have been met otherwise; 0: none

  Job job_ = Job::none;
  std::vector<Held> held_;
  std::vector<std::string> deep_todo_, flat_todo_;  ///< folders to look at when the job is done
  std::vector<Waiter> waiters_;
  std::unique_ptr<runtime::Timer> settle_timer_, poll_timer_, root_timer_, rescan_timer_;
  Time settle_at_{}, rescan_ended_{}, look_began_{}, look_ended_{};
  std::chrono::milliseconds rescan_pause_{0}, root_pause_{0};
  std::int64_t rescans_ = 0;
  bool ready_ = false, lost_ = false, stopped_ = false, whole_look_ = false;
  bool rescan_due_ = false, rescanned_ = false, poll_due_ = false, links_due_ = false, root_due_ = false;
  WatcherStatus noted_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bpyd::io
