// SPDX-License-Identifier: MIT
// Images that are shown and that nothing defines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "checks.hpp"

namespace bpyd::analysis {

/// Keeps what each file's names came to while nothing else is defined, so that a save costs the names
/// of one file. Thread: one at a time.
class ImageCheck {
 public:
  /// The files beside the scripts that may define images (io::SourceTree::resources()); nothing: not
  /// known, and nothing is said.
  void see(std::optional<std::span<const std::string>> resources);
  /// `complete`: every script could be read.
  void run(const StoryBook& book, bool complete, Findings& findings);

 private:
  class Index;
  void index(const StoryBook& book);

  std::optional<std::vector<std::string>> resources_;
  std::uint64_t seen_ = 0, indexed_ = 0;
  std::shared_ptr<const Index> index_;
  struct Missing {
    std::shared_ptr<const Sheet> sheet;
    struct Name {
      std::uint32_t shown = 0;  // index into its images.shown
      std::string name, message, suggestion;
    };
    std::vector<Name> names;
  };
  [[nodiscard]] Missing missing_of(const std::shared_ptr<const Sheet>& sheet) const;
  std::unordered_map<const Sheet*, Missing> missing_;
};

}  // namespace bpyd::analysis
