// SPDX-License-Identifier: MIT
// rev-parse, ls-tree, cat-file: plumbing that reads objects and nothing else.
#include "bpyd/io/git.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "bpyd/core/strings.hpp"
#include "bpyd/io/process.hpp"
#include "scripts.hpp"

namespace bpyd::io {
namespace {

constexpr std::size_t kListLimit = 64u << 20;
constexpr std::size_t kHeadLimit = 128;  // "<object> blob <size>\n" and the newline behind the bytes
constexpr int kMostLinks = 8;

std::string shown(std::string_view text) { return "'" + printable_utf8(text.substr(0, 80)) + "'"; }

/// One script of the listing.
struct Entry {
  std::string object;
  bool link = false;
  std::optional<std::size_t> size;  ///< nothing: the repository has not got it
};
using Listing = std::map<std::string, Entry>;  ///< by path relative to the project

/// Takes what comes before `end` off the front; all of it when there is no such byte.
std::string_view take(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

bool is_object(std::string_view name) {
  return (name.size() == 40 || name.size() == 64) && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool counts(std::string_view path) {
  std::string_view rest = path;
  while (rest.contains('/')) {
    if (skipped_folder(take(rest, '/'))) return false;
  }
  return is_script(rest);
}

/// Runs git in one folder, one command after the other.
class Git {
 public:
  Git(const std::filesystem::path& folder, const GitLimits& limits) : folder_(folder), limits_(limits) {}

  /// Whatever the exit code is; child_process when it did not come to an end by itself.
  Result<ProcessResult> run(std::vector<std::string> command, std::size_t output_limit, std::string input = {}) {
    ProcessSpec spec;
    spec.argv = {"git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"};
    spec.argv.insert(spec.argv.end(), command.begin(), command.end());
    spec.cwd = folder_;
    // The runner hands on no GIT_* of ours. An object that is not there is missing, not to be fetched.
    spec.extra_env = {"GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0"};
    spec.input = std::move(input);
    spec.time_limit = limits_.time;
    spec.output_limit = output_limit;
    std::optional<Result<ProcessResult>> ended;
    runner_.run(std::move(spec), [&ended](Result<ProcessResult> result) { ended = std::move(result); });
    const std::stop_callback wake(limits_.stop, [this] { loop_.post([] {}); });
    loop_.run_until([&] { return ended.has_value() || limits_.stop.stop_requested(); }, limits_.time + std::chrono::seconds(10));
    if (limits_.stop.stop_requested()) {
      runner_.kill_all();
      return fail(Code::child_process, "git " + command.front() + " was ended: nobody waits for it any more");
    }
    if (!ended || (*ended && (*ended)->timed_out)) {
      return fail(Code::child_process, "git " + command.front() + " took longer than " + std::to_string(limits_.time.count()) + " s in " + name());
    }
    if (!*ended) return fail(ended->error().code, ended->error().message, "Install git, or name two folders");
    return *std::move(ended);
  }

  /// `code`: bad_value where git says that what it was asked for is not there, a repository to begin with.
  [[nodiscard]] std::unexpected<Error> refused(const ProcessResult& ended, const std::string& what, Code code = Code::child_process) const {
    auto words = printable_utf8(trim(std::string_view(ended.err).substr(0, 500)));
    if (words.empty()) words = "exit code " + std::to_string(ended.exit_code);
    return fail(code, "git cannot " + what + " in " + name() + ": " + words,
                "Name folders that exist, or a project that lies in a git repository of your own");
  }
  [[nodiscard]] std::string name() const { return printable_utf8(folder_.string()); }

 private:
  const std::filesystem::path& folder_;
  const GitLimits& limits_;
  runtime::Loop loop_;
  ProcessRunner runner_{loop_};
};

/// The commit's object name.
Result<std::string> commit_of(Git& git, const std::string& revision) {
  const auto none = [&] {
    const auto dots = revision.find("..");
    return fail(Code::bad_value, shown(revision) + " is no revision that git knows in " + git.name(),
                dots == std::string::npos ? "`git log --oneline` and `git tag` list revisions; what is no folder counts as one"
                                          : "Name the two revisions apart, without the dots between them");
  };
  if (revision.empty() || revision.starts_with('-')) return none();
  const auto found = git.run({"rev-parse", "--verify", "--quiet", revision + "^{commit}"}, kListLimit);
  if (!found) return std::unexpected(found.error());
  if (found->exit_code > 1) return git.refused(*found, "look up " + shown(revision), Code::bad_value);
  const std::string object(trim(found->out));
  if (found->exit_code != 0 || !is_object(object)) return none();
  return object;
}

/// "<mode> <type> <object> <size>\t<path>\0" for each file below game/.
Result<Listing> list(Git& git, const std::string& revision, const std::string& commit) {
  const auto ended = git.run({"ls-tree", "-r", "-l", "-z", commit, "game/"}, kListLimit);
  if (!ended) return std::unexpected(ended.error());
  if (ended->exit_code != 0) return git.refused(*ended, "list " + shown(revision));
  if (ended->truncated) return fail(Code::too_large, shown(revision) + " has too many files in " + git.name());
  if (ended->out.empty()) {
    return fail(Code::project_not_found, shown(revision) + " has no game/ folder in " + git.name(), "Name the folder of a Ren'Py project, the one that held game/ then");
  }
  Listing listing;
  for (std::string_view rest = ended->out; !rest.empty();) {
    auto row = take(rest, '\0');
    auto head = take(row, '\t');
    const auto mode = take(head, ' ');
    const auto type = take(head, ' ');
    const auto object = take(head, ' ');
    if (type == "blob" && counts(row)) listing[std::string(row)] = {std::string(object), mode == "120000", number(trim(head))};
  }
  return listing;
}

using Texts = std::map<std::string, std::shared_ptr<const std::string>, std::less<>>;  ///< by object

/// "<object> blob <size>\n<bytes>\n", or "<object> missing\n".
Result<Texts> read(Git& git, const std::string& revision, const Listing& listing, const GitLimits& limits) {
  Texts texts;
  std::string wanted;
  std::size_t total = 0, heads = 0;
  for (const auto& [path, entry] : listing) {
    if (!entry.size || *entry.size > limits.file || !texts.emplace(entry.object, nullptr).second) continue;
    wanted += entry.object + "\n";
    total += *entry.size;
    heads += kHeadLimit;
  }
  if (total > limits.total) {
    return fail(Code::too_large, "The scripts of " + shown(revision) + " are larger than " + std::to_string(limits.total) + " bytes together", "Compare folders of fewer scripts");
  }
  if (wanted.empty()) return texts;
  const auto ended = git.run({"cat-file", "--batch", "--buffer"}, total + heads, std::move(wanted));
  if (!ended) return std::unexpected(ended.error());
  if (ended->exit_code != 0 || ended->truncated) return git.refused(*ended, "read " + shown(revision));
  for (std::string_view rest = ended->out; !rest.empty();) {
    auto head = take(rest, '\n');
    const auto found = texts.find(take(head, ' '));
    if (take(head, ' ') != "blob") continue;
    const auto size = number(head);
    if (found == texts.end() || !size || *size >= rest.size()) return git.refused(*ended, "read " + shown(revision));
    found->second = std::make_shared<const std::string>(rest.substr(0, *size));
    rest.remove_prefix(*size + 1);
  }
  return texts;
}

/// The entry that `path` stands for: links followed from script to script.
Listing::const_iterator followed(const Listing& listing, const Texts& texts, Listing::const_iterator at) {
  for (int links = 0; at != listing.end() && at->second.link; ++links) {
    const auto target = texts.find(at->second.object);
    if (links == kMostLinks || target == texts.end() || !target->second) return listing.end();
    at = listing.find((std::filesystem::path(at->first).parent_path() / *target->second).lexically_normal().generic_string());
  }
  return at;
}

ScannedFile row_of(const Listing& listing, const Texts& texts, Listing::const_iterator at, const GitLimits& limits) {
  ScannedFile row;
  row.file = printable_utf8(at->first);
  const auto file = followed(listing, texts, at);
  if (file == listing.end()) {
    row.problem = row.file + " is a link to no script below game/";
  } else if (file->second.size && *file->second.size > limits.file) {
    row.problem = row.file + " is larger than " + std::to_string(limits.file) + " bytes";
  } else if (const auto text = texts.find(file->second.object); text != texts.end() && text->second) {
    row.text = text->second;
  } else {
    row.problem = row.file + " is missing from the repository";
  }
  return row;
}

}  // namespace

Result<std::vector<ScannedFile>> scripts_at(const std::filesystem::path& project, const std::string& revision, const GitLimits& limits) {
  const auto root = ProjectRoot::open(project);
  if (!root) return std::unexpected(root.error());
  Git git(root->path(), limits);
  const auto commit = commit_of(git, revision);
  if (!commit) return std::unexpected(commit.error());
  const auto listing = list(git, revision, *commit);
  if (!listing) return std::unexpected(listing.error());
  const auto texts = read(git, revision, *listing, limits);
  if (!texts) return std::unexpected(texts.error());
  std::vector<ScannedFile> files;
  files.reserve(listing->size());
  for (auto at = listing->begin(); at != listing->end(); ++at) files.push_back(row_of(*listing, *texts, at, limits));
  return files;
}

Result<std::string> commit_at(const std::filesystem::path& project, const std::string& revision, const GitLimits& limits) {
  const auto root = ProjectRoot::open(project);
  if (!root) return std::unexpected(root.error());
  Git git(root->path(), limits);
  return commit_of(git, revision);
}

Result<std::vector<Commit>> commits(const std::filesystem::path& project, std::size_t most, const GitLimits& limits) {
  const auto root = ProjectRoot::open(project);
  if (!root) return std::unexpected(root.error());
  Git git(root->path(), limits);
  // A repository in which nothing was committed yet has no HEAD to start from.
  const auto head = git.run({"rev-parse", "--verify", "--quiet", "HEAD^{commit}"}, kListLimit);
  if (!head) return std::unexpected(head.error());
  if (head->exit_code > 1) return git.refused(*head, "look up the commits", Code::bad_value);
  std::vector<Commit> rows;
  if (head->exit_code != 0) return rows;
  const auto ended = git.run({"log", "-z", "-n", std::to_string(most), "--no-show-signature", "--format=%H%n%cI%n%an%n%s", "HEAD", "--", "game/"}, kListLimit);
  if (!ended) return std::unexpected(ended.error());
  if (ended->exit_code != 0) return git.refused(*ended, "list the commits");
  for (std::string_view rest = ended->out; !rest.empty();) {
    auto row = take(rest, '\0');
    Commit commit;
    commit.id = take(row, '\n');
    commit.date = take(row, '\n');
    commit.author = printable_utf8(take(row, '\n').substr(0, 200));
    commit.subject = printable_utf8(take(row, '\n').substr(0, 500));
    if (is_object(commit.id)) rows.push_back(std::move(commit));
  }
  return rows;
}

}  // namespace bpyd::io
