// SPDX-License-Identifier: MIT
// The story as a map, its problems, and both compared with a revision.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "map_messages.hpp"
#include "stories.hpp"

namespace bpyd::pilot {

/// Loop thread only.
class Maps {
 public:
  void install(daemon::Binder& binder);
  void start(Stories& stories) { stories_ = &stories; }
  void forget(const Project& project);

  using MapPtr = std::shared_ptr<const analysis::StoryMap>;
  /// Laid out once for each analysis, near where it was before.
  runtime::Task<MapPtr> map_of(Story story, analysis::MapLevel level);

 private:
  /// The map of the newest analysis, and what differs from the one before.
  struct Kept {
    std::int64_t generation = 0, previous = 0;
    MapPtr map;
    std::vector<std::string> changed;
  };

  runtime::Task<Result<protocol::Response>> map(MapQuery query);
  runtime::Task<Result<ProblemsReply>> problems(ProblemsQuery query);
  runtime::Task<Result<RevisionsReply>> revisions(RevisionsQuery query);
  runtime::Task<Result<CompareReply>> compare(CompareQuery query);

  Stories* stories_ = nullptr;
  std::map<std::string, Kept> kept_;  ///< by root and level
};

}  // namespace bpyd::pilot
