// SPDX-License-Identifier: MIT
// Looking at a tree: watches on its folders, what files they hold, in which state.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "file_key.hpp"
#include "ignore.hpp"
#include "told.hpp"

namespace bpyd::io {

struct CrawlTask {
  std::filesystem::path root;
  std::shared_ptr<const IgnoreRules> ignore;
  int inotify = -1;                ///< descriptor to add watches to; -1: none
  std::vector<std::string> todo;   ///< folders relative to the root; "" is the root
  bool deep = true;                ///< enter folders that are found
};

/// A folder as found. Nothing but `path` and `error` counts when it could not be opened.
struct CrawledFolder {
  std::string path;
  FolderId id;
  int watch = -1;                  ///< of the kernel's; -1: none
  int watch_error = 0, error = 0;  ///< errno
  std::vector<ToldFile> files;     ///< in order of name; ticks are not set
  std::vector<std::string> links;  ///< names of links in it, to whatever
  std::vector<std::string> folders;  ///< names of the folders in it, links that may be entered among them
};

struct Crawl {
  std::vector<CrawledFolder> folders;  ///< each before those in it
  std::vector<std::string> todo;       ///< not looked at: the budget was spent
  bool deep = true;                    ///< as in the task
};

/// Any thread; no state. Each folder is watched before it is listed, so that nothing falls between.
/// Stops after `budget` names; a folder that is longer than what is left of it is not begun.
Crawl crawl(CrawlTask task, std::size_t budget, const std::stop_token& stop);

}  // namespace bpyd::io
