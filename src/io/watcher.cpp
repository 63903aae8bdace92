// SPDX-License-Identifier: MIT
// The service: what all watchers share.
#include "bpyd/io/watcher.hpp"

#include "bpyd/core/strings.hpp"
#include "tree_watcher.hpp"

namespace bpyd::io {

WatchService::WatchService(runtime::Loop& loop, runtime::Workers& workers)
    : loop_(loop), workers_(workers), inotify_(std::make_shared<Inotify>(loop)), mounts_(std::make_shared<Mounts>(loop)) {}

WatchService::~WatchService() {
  inotify_->close();
  mounts_->close();
}

std::unique_ptr<Watcher> WatchService::watch(std::filesystem::path root, WatchOptions options, WatchListener listener) {
  return std::make_unique<TreeWatcher>(TreeWatcher::Outside{loop_, workers_, inotify_, mounts_}, std::move(root), std::move(options), std::move(listener));
}

void WatchService::simulate_overflow() {
  inotify_->overflow();
  inotify_->drain();
}

const std::vector<std::string>& default_ignores() { return IgnoreRules::defaults(); }

Result<void> check_ignores(const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    if (const auto why = IgnoreRules::problem(line); !why.empty()) {
      return fail(Code::bad_value, "The ignore '" + printable_utf8(line.substr(0, 100)) + "' can never match: " + why, "Write it as a line of a .gitignore");
    }
  }
  return {};
}

}  // namespace bpyd::io
