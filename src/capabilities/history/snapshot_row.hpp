// SPDX-License-Identifier: MIT
// What is kept of a story at one moment, beside its scripts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpyd/analysis/stats2.hpp"

namespace bpyd::history {

/// What is counted, and can be followed over time.
struct Measures {
  std::int64_t words = 0, seconds = 0, labels = 0, reachable_labels = 0, menus = 0, choices = 0, paths = 0, endings = 0, errors = 0, warnings = 0,
               files = 0, lines = 0;
  static void describe(auto& fields, auto& self) {
    fields.required("words", self.words, "of dialogue");
    fields.required("seconds", self.seconds, "to read them");
    fields.required("labels", self.labels, "how many");
    fields.required("reachable_labels", self.reachable_labels, "that somebody can get to");
    fields.required("menus", self.menus, "how many");
    fields.required("choices", self.choices, "in menus");
    fields.required("paths", self.paths, "listed");
    fields.required("endings", self.endings, "labels that paths end in");
    fields.required("errors", self.errors, "that the checks found");
    fields.required("warnings", self.warnings, "likewise");
    fields.required("files", self.files, "scripts");
    fields.required("lines", self.lines, "in them");
  }
  friend bool operator==(const Measures&, const Measures&) = default;
};

/// Columns of the database, and metrics of a trend, by the names they have in messages.
inline constexpr std::array<std::pair<std::string_view, std::int64_t Measures::*>, 12> kMeasures = {{
    {"words", &Measures::words}, {"seconds", &Measures::seconds}, {"labels", &Measures::labels}, {"reachable_labels", &Measures::reachable_labels},
    {"menus", &Measures::menus}, {"choices", &Measures::choices}, {"paths", &Measures::paths}, {"endings", &Measures::endings},
    {"errors", &Measures::errors}, {"warnings", &Measures::warnings}, {"files", &Measures::files}, {"lines", &Measures::lines},
}};

inline Measures measures_of(const analysis::Counts& counts) {
  return {counts.words, counts.seconds, counts.labels, counts.reachable_labels, counts.menus, counts.choices, counts.paths, counts.endings,
          counts.errors, counts.warnings, counts.files, counts.lines};
}

struct SnapshotRow : Measures {
  std::int64_t id = 0;
  std::int64_t taken = 0;  ///< milliseconds since 1970
  std::string name;        ///< empty: none; no two have the same
  bool pinned = false;
  std::string origin = "analysis";  ///< or "request"
  std::string commit;               ///< git's HEAD then; empty: no repository
  bool clean = false;               ///< the scripts were exactly the commit's
  std::string generator;
  std::vector<std::string> summary;  ///< what changed since the one before
  std::string story;                 ///< print of what the scripts say; comments and empty lines are not part of it
  std::string print;                 ///< of their bytes
};

}  // namespace bpyd::history
