// SPDX-License-Identifier: MIT
// What a watcher does not look at: rules as a .gitignore has them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bpyd::io {

/// What a watcher does not look at: rules in gitignore syntax, the later ones win. Names are bytes, case
/// counts. Pure, immutable, any thread; a copy shares the rules and costs nothing.
///
/// A path is relative to the root: '/' between names, none at either end, no "." or "..". A question takes
/// at most the cube of the path's length for each rule, however long and hostile the rule is.
class IgnoreRules {
 public:
  /// The defaults (version control, saves, caches, compiled scripts, editors' temporaries), then `more`,
  /// which may take defaults back with "!saves/". A line with a problem() is passed over.
  explicit IgnoreRules(const std::vector<std::string>& more = {});
  /// These lines without the defaults.
  [[nodiscard]] static IgnoreRules only(const std::vector<std::string>& lines);

  /// Is this path ignored by a rule of its own? Its parents are taken as not ignored: whoever walks
  /// asks for each folder first. The root itself ("") never is.
  [[nodiscard]] bool ignored(std::string_view path, bool folder) const;
  /// The same, and true also when a folder above it is ignored: nothing takes a path back from there.
  [[nodiscard]] bool ignored_within(std::string_view path, bool folder) const;

  /// Why a line can never match anything as git reads it (empty: it can): for configuration errors.
  /// Comments and blank lines are fine.
  [[nodiscard]] static std::string problem(std::string_view line);
  /// The default lines.
  [[nodiscard]] static const std::vector<std::string>& defaults();

 private:
  class Table;
  IgnoreRules(const std::vector<std::string>& lines, const std::vector<std::string>& more);

  std::shared_ptr<const Table> table_;
};

}  // namespace bpyd::io
