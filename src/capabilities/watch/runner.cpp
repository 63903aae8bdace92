// SPDX-License-Identifier: MIT
// From sources (or an external analyzer's output) to a snapshot.
#include "runner.hpp"

#include <unordered_map>

#include "bpyd/analysis/analyzer.hpp"
#include "bpyd/analysis/diff.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/io/files.hpp"
#include "bpyd/io/source_tree.hpp"
#include "bpyd/runtime/failure.hpp"

namespace bpyd::watch {
namespace {

using daemon::Snapshot;
using SnapshotPtr = std::shared_ptr<const Snapshot>;
using Outcome = Result<std::shared_ptr<Snapshot>>;

constexpr std::size_t kReportLimit = 256u << 20;

/// What both together did to a file: created and then written is created, removed and made again is modified.
io::ChangeKind both(io::ChangeKind first, io::ChangeKind then) {
  using enum io::ChangeKind;
  if (first == created && then == modified) return created;
  if (first == removed && then == created) return modified;
  return then;
}

void merge(io::ChangeSet& into, const io::ChangeSet& from) {
  std::unordered_map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < into.changes.size(); ++i) at[into.changes[i].file] = i;
  for (const auto& change : from.changes) {
    const auto [same, fresh] = at.try_emplace(change.file, into.changes.size());
    if (fresh) into.changes.push_back(change);
    else into.changes[same->second].kind = both(into.changes[same->second].kind, change.kind);
  }
  into.rescanned = into.rescanned || from.rescanned;
  if (into.clock_before.empty()) into.clock_before = from.clock_before;
  if (!from.clock.empty()) into.clock = from.clock;
}

/// A project that cannot be written to is served all the same.
void say_unwritten(const Error& error) {
  log::write(log::Level::warn, "watch", "stats2.unwritten", error.message, {{"code", code_text(error.code)}});
}

/// The first report of a project: who finds it analysed finds the file too. Later ones come after the news.
void write_first(const std::filesystem::path& root, const analysis::Stats2& stats) {
  if (const auto ok = io::write_in_project(root, "stats2.json", analysis::stats2_to_json(stats)); !ok) say_unwritten(ok.error());
}

/// `before` is the snapshot this one will replace; null for the first.
Outcome snapshot_of(analysis::Stats2 stats, const SnapshotPtr& before) {
  auto snapshot = std::make_shared<Snapshot>();
  if (before) snapshot->changes = std::make_shared<const analysis::StoryDiff>(analysis::diff(before->stats, stats));
  snapshot->stats = std::move(stats);
  return snapshot;
}

Outcome read_report(const std::filesystem::path& root, const std::string& from_stdout, bool use_stdout, const SnapshotPtr& before) {
  auto opened = io::ProjectRoot::open(root);
  if (!opened) return std::unexpected(opened.error());
  auto text = use_stdout ? Result<std::string>(from_stdout) : opened->read(".branchpy/stats2.json", kReportLimit);
  if (!text) return std::unexpected(text.error());
  auto stats = analysis::stats2_from_json(*text);
  if (!stats) return std::unexpected(stats.error());
  return snapshot_of(*std::move(stats), before);
}

}  // namespace

/// What a worker job needs and keeps; never touched by two jobs at once.
struct Runner::Sources {
  std::filesystem::path root;
  std::unique_ptr<io::SourceTree> tree;
  analysis::Analyzer analyzer;

  Outcome analyse(const std::stop_token& stop, const SnapshotPtr& before) {
    if (tree && !tree->current()) tree.reset();
    if (!tree) {
      auto opened = io::ProjectRoot::open(root);
      if (!opened) return std::unexpected(opened.error());
      tree = std::make_unique<io::SourceTree>(*std::move(opened));
    }
    auto scanned = tree->scan(stop);
    if (!scanned) {
      tree.reset();  // the root may have been replaced: open it again next time
      return std::unexpected(scanned.error());
    }
    auto read = std::make_shared<daemon::StorySources>();
    for (auto& file : *scanned) read->files.push_back({std::move(file.file), std::move(file.text), std::move(file.problem)});
    read->resources = tree->resources();
    auto stats = analyzer.analyze(read->files, read->resources);
    if (!before) write_first(root, stats);
    auto snapshot = snapshot_of(std::move(stats), before);
    if (snapshot) (*snapshot)->sources = std::move(read);
    return snapshot;
  }
};

Runner::Runner(daemon::Services& services, std::shared_ptr<daemon::Project> project, Done done)
    : services_(services), project_(std::move(project)), done_(std::move(done)), sources_(std::make_shared<Sources>()) {
  sources_->root = project_->root;
  report_ = std::make_shared<io::StateFile>(services_.loop, services_.workers, [root = project_->root](std::string_view text) { return io::write_in_project(root, "stats2.json", text); }, say_unwritten);
}
Runner::~Runner() = default;

void Runner::stop() {
  stopped_ = true;
  report_->flush();
  for (const auto& then : std::exchange(rested_, {})) then();
}

void Runner::request(const io::ChangeSet& saved) {
  merge(pending_, saved);
  if (running_) {
    again_ = true;
    return;
  }
  run();
}

void Runner::run() {
  running_ = true;
  again_ = false;
  project_->analysing = true;
  services_.events.publish(daemon::WorkChanged{});
  saved_ = std::exchange(pending_, {});
  const auto analyzer = services_.config_for(project_->root).analyzer;
  if (analyzer.command.empty()) run_builtin();
  else run_external(analyzer);
}

void Runner::run_builtin() {
  services_.workers.then<Outcome>(
      [sources = sources_, before = project_->snapshot](const std::stop_token& stop) -> Outcome {
        try {
          return sources->analyse(stop, before);
        } catch (const std::exception& exception) {
          return std::unexpected(runtime::error_of(exception, "The analysis failed"));
        }
      },
      [self = shared_from_this()](Outcome result) {
        const bool first = self->project_->snapshot == nullptr;
        const std::shared_ptr<const Snapshot> told = result ? *result : nullptr;
        self->take(std::move(result));
        // Whoever waits for the news has it by now.
        if (told && !first && !self->stopped_) self->report_->write([told] { return analysis::stats2_to_json(told->stats); });
      });
}

void Runner::run_external(const daemon::AnalyzerConfig& config) {
  io::ProcessSpec spec;
  spec.argv = config.command;
  spec.cwd = project_->root;
  spec.time_limit = std::chrono::seconds(config.timeout_s);
  services_.processes.run(std::move(spec), [self = shared_from_this(), config](Result<io::ProcessResult> ended) {
    const auto& name = config.command.front();
    if (!ended) return self->take(std::unexpected(ended.error()));
    if (ended->timed_out) return self->take(fail(Code::child_process, name + " ran longer than " + std::to_string(config.timeout_s) + " s"));
    if (ended->exit_code != 0) {
      const auto words = printable_utf8(trim(std::string_view(ended->err).substr(0, 500)));
      return self->take(fail(Code::child_process, name + " ended with exit code " + std::to_string(ended->exit_code) + (words.empty() ? "" : ": " + words)));
    }
    self->services_.workers.then<Outcome>(
        [root = self->project_->root, out = std::move(ended->out), use_stdout = config.output == "stdout", before = self->project_->snapshot](const std::stop_token&) -> Outcome {
          try {
            return read_report(root, out, use_stdout, before);
          } catch (const std::exception& exception) {
            return std::unexpected(runtime::error_of(exception, "The report could not be read"));
          }
        },
        [self](Outcome result) { self->take(std::move(result)); });
  });
}

/// The last good story stays served; the failure is told beside it, once for each cause.
void Runner::note_failure(const Error& failure) {
  const bool known = project_->failure && project_->failure->message == failure.message;
  project_->failure = failure;
  if (known) return;
  log::write(log::Level::warn, "watch", "analysis.failed", failure.message, {{"project", project_->alias}, {"code", code_text(failure.code)}});
}

void Runner::take(Outcome result) {
  running_ = false;
  if (stopped_) return;
  auto before = project_->snapshot;
  project_->analysing = again_;
  ++project_->generation;
  if (result) {
    (*result)->generation = project_->generation;
    project_->snapshot = *std::move(result);
    project_->failure.reset();
  } else {
    note_failure(result.error());
  }
  if (!again_) project_->stale = false;
  std::vector<std::string> files;
  for (const auto& change : saved_.changes) files.push_back(change.file);
  done_(saved_);
  services_.events.publish(daemon::WorkChanged{});
  services_.events.publish(daemon::ProjectAnalysed{project_, std::move(before), result ? project_->snapshot : nullptr, std::move(files)});
  project_->changed.fire();
  if (again_) return run();
  for (const auto& then : std::exchange(rested_, {})) then();
}

}  // namespace bpyd::watch
