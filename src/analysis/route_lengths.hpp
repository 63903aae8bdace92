// SPDX-License-Identifier: MIT
// How many words the routes of a cover have, without telling them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks.hpp"

namespace bpyd::analysis {

/// Keeps which stretches each route goes over while the plan stays, so that a save adds numbers up
/// instead of walking. Thread: one at a time.
class RouteLengths {
 public:
  /// `heads`: of the plan's routes, in order.
  void check(const StoryBook& book, const PathList::Heads& heads, Findings& findings);

 private:
  struct Walker;
  struct Ending {
    std::string label;
    std::vector<std::size_t> routes;  // indices into routes_
  };
  using Steps = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // index into stretches_, how often

  void follow(const StoryBook& book, const std::vector<PathHead>& heads);
  [[nodiscard]] std::vector<std::int64_t> words(const StoryBook& book) const;

  std::shared_ptr<const Plan> plan_;
  PathList::Heads heads_;
  /// Where a stretch begins: a way, a call, what follows a call, an entry; the same numbers in every
  /// story of the plan, whatever is said on the way.
  enum class From : std::uint8_t { way, call, back, entry };
  std::vector<std::pair<From, std::uint32_t>> stretches_;
  std::vector<Steps> routes_;
  std::vector<Ending> endings_;
};

}  // namespace bpyd::analysis
