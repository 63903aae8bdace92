// SPDX-License-Identifier: MIT
#include "keeper.hpp"

#include "bpyd/core/clock.hpp"
#include "bpyd/core/strings.hpp"
#include "events.hpp"

namespace bpyd::history {
namespace {

using runtime::Task;

constexpr std::chrono::seconds kRest{120};

std::string list_of(const std::vector<std::int64_t>& ids) {
  std::string text = "[";
  for (const auto id : ids) text.append(text.size() > 1 ? "," : "").append(std::to_string(id));
  return text + "]";
}

}  // namespace

void Keeper::follow(const ProjectPtr& project) {
  if (stopped_ || !project->snapshot) return;
  auto& state = following_[project.get()];
  state.next = project->snapshot;
  if (state.running) return;
  state.running = true;
  runtime::spawn(services_.loop, following(project), [](const char* what) { log::write(log::Level::error, "history", "history.failed", what); });
}

Task<void> Keeper::following(ProjectPtr project) {
  for (;;) {
    auto found = following_.find(project.get());
    if (found == following_.end()) co_return;  // forgotten meanwhile
    if (!found->second.next || stopped_) {
      found->second.running = false;
      co_return;
    }
    TakeOrder order;
    order.snapshot = std::exchange(found->second.next, nullptr);
    auto taking = take(project, std::move(order));
    const auto taken = co_await std::move(taking);
    found = following_.find(project.get());
    if (found == following_.end()) co_return;
    auto& failure = found->second.failure;
    const auto words = taken ? std::string() : taken.error().message;
    if (!words.empty() && words != failure)
      log::write(log::Level::warn, "history", "history.unwritten", words, {{"project", project->alias}, {"code", code_text(taken.error().code)}});
    failure = words;
  }
}

Task<Result<Taken>> Keeper::take(ProjectPtr project, TakeOrder order) {
  const auto config = services_.config_for(project->root).history;
  order.keep = config.keep;
  order.keep_days = config.keep_days;
  order.taken = epoch_millis_now();
  const auto generation = order.snapshot->generation;
  std::function<Outcome<Taken>(Archive&, const std::filesystem::path&, const std::stop_token&)> job =
      [order = std::move(order)](Archive& archive, const std::filesystem::path& root, const std::stop_token& stop) { return archive.take(root, order, stop); };
  auto working = ask<Taken>(project, std::move(job));
  auto taken = co_await std::move(working);
  if (taken) told(project, *taken, generation);
  tidy(project);
  co_return taken;
}

void Keeper::told(const ProjectPtr& project, const Taken& taken, std::int64_t generation) {
  const auto root = printable_utf8(project->root.string());
  if (taken.created) {
    SnapshotTaken event;
    static_cast<SnapshotView&>(event) = view_of(taken.row);
    event.project = project->alias;
    event.root = root;
    event.generation = generation;
    event.milliseconds = taken.milliseconds;
    services_.events.publish(std::move(event));
  }
  if (taken.tied) services_.events.publish(HistoryChanged{project->alias, root, "committed", {list_of({taken.row.id})}});
  if (!taken.gone.empty()) services_.events.publish(HistoryChanged{project->alias, root, "retention", {list_of(taken.gone)}});
}

void Keeper::forget(const ProjectPtr& project) {
  following_.erase(project.get());
  auto done = [](bool) {};
  thread_.then<bool>(
      [archive = &archive_, root = project->root](const std::stop_token&) {
        archive->forget(root);
        return true;
      },
      done);
}

void Keeper::tidy(const ProjectPtr& project) {
  auto done = [](bool) {};
  thread_.then<bool>(
      [archive = &archive_, root = project->root](const std::stop_token&) {
        archive->tidy(root);
        return true;
      },
      done);
}

void Keeper::tell(const ProjectPtr& project, const Broken& broken) {
  log::write(log::Level::error, "history", "history.damaged", broken.message, {{"project", project->alias}, {"code", code_text(Code::database)}, {"set_aside", broken.set_aside}});
  services_.events.publish(HistoryBroken{project->alias, printable_utf8(project->root.string()), code_text(Code::database), broken.message, broken.set_aside, broken.rescued});
}

void Keeper::used() {
  rest_ = services_.loop.after(kRest, [this] {
    auto done = [](bool) {};
    thread_.then<bool>(
        [archive = &archive_](const std::stop_token&) {
          archive->rest();
          return true;
        },
        done);
  });
}

}  // namespace bpyd::history
