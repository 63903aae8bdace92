// SPDX-License-Identifier: MIT
#include "stories.hpp"

#include <algorithm>

#include "bpyd/daemon/settle.hpp"
#include "bpyd/daemon/story_at.hpp"

namespace bpyd::pilot {
namespace {

using runtime::Task;

constexpr std::size_t kMostRevisions = 4;  // a large story takes tens of megabytes

constexpr unsigned kMostWaiting = 64;

}  // namespace

Task<Result<ProjectPtr>> Stories::settled(std::string name) {
  if (waiting_ >= kMostWaiting) co_return fail(Code::too_often, "Too many questions about stories wait for an answer");
  auto waiting = daemon::settled(services_, std::move(name));
  auto found = co_await std::move(waiting);
  co_return found;
}

Task<Result<Story>> Stories::story(std::string name, std::string at) {
  auto waiting = settled(std::move(name));
  auto found = co_await std::move(waiting);
  if (!found) co_return std::unexpected(found.error());
  Story story;
  story.project = *found;
  story.alias = story.project->alias;
  if (at.empty()) {
    if (!story.project->snapshot) co_return std::unexpected(*story.project->failure);
    story.snapshot = story.project->snapshot;
    co_return story;
  }
  if (at.starts_with(daemon::kSnapshotPrefix)) {
    if (!services_.past) co_return fail(Code::switched_off, "No history is kept: there are no snapshots");
    auto recalling = services_.past(story.project, at.substr(daemon::kSnapshotPrefix.size()));
    auto recalled = co_await std::move(recalling);
    if (!recalled) co_return std::unexpected(recalled.error());
    story.snapshot = *recalled;
    story.commit = std::move(at);
    co_return story;
  }
  const std::string root = story.project->root.string();
  std::function<Result<std::string>(std::stop_token)> look = [root, at](const std::stop_token& stop) { return daemon::commit_of(root, at, stop); };
  auto looking = compute(std::move(look));
  auto commit = co_await std::move(looking);
  if (!commit) co_return std::unexpected(commit.error());
  story.commit = *commit;
  auto reading = revision(root, story.commit);
  auto snapshot = co_await std::move(reading);
  if (!snapshot) co_return std::unexpected(snapshot.error());
  story.snapshot = *snapshot;
  co_return story;
}

void Stories::forget(const Project& project) {
  const auto prefix = project.root.string() + "\n";
  std::erase_if(revisions_, [&](const std::shared_ptr<Kept>& one) { return one->result && one->key.starts_with(prefix); });
}

std::shared_ptr<Stories::Kept> Stories::kept(const std::string& key) {
  const auto found = std::ranges::find(revisions_, key, &Kept::key);
  if (found == revisions_.end()) return nullptr;
  auto one = *found;
  revisions_.erase(found);
  revisions_.push_front(one);
  return one;
}

/// Several lanes ask for the same revision at once: it is read once.
Task<Result<SnapshotPtr>> Stories::revision(std::string root, std::string commit) {
  const auto key = root + "\n" + commit;
  auto one = kept(key);
  if (one) {
    while (!one->result) {
      auto woken = one->made->wait();
      co_await std::move(woken);
    }
    co_return *one->result;
  }
  one = std::make_shared<Kept>();
  one->key = key;
  one->made = std::make_shared<runtime::Signal>(services_.loop);
  revisions_.push_front(one);
  std::function<Result<SnapshotPtr>(std::stop_token)> job = [root, commit](const std::stop_token& stop) { return daemon::story_at(root, commit, stop); };
  auto working = compute(std::move(job));
  auto result = co_await std::move(working);
  one->result = result;
  // Those still being read are few: compute() lets one after the other.
  for (auto last = revisions_.size(); last-- > kMostRevisions;) {
    if (revisions_[last]->result) revisions_.erase(revisions_.begin() + static_cast<std::ptrdiff_t>(last));
  }
  if (!result) std::erase(revisions_, one);  // what failed is tried again
  one->made->fire();
  co_return result;
}

}  // namespace bpyd::pilot
