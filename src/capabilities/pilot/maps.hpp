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
  /// The map of a project's newest analysis, what differs from the one before, and both as text.
  struct Kept {
    std::weak_ptr<Project> project;  ///< a folder that is registered again is another project
    std::int64_t generation = 0, previous = 0;
    MapPtr map;
    std::vector<std::string> changed;
    std::shared_ptr<runtime::Signal> making;  ///< while the next one is laid out: who asks too, waits
    std::string alias;                        ///< that the text names
    std::optional<protocol::Response> text;
  };

  /// Of this very project; null: nothing is kept of it.
  Kept* kept(const Story& story, analysis::MapLevel level);
  runtime::Task<MapPtr> laid_out(Story story, analysis::MapLevel level, MapPtr before, std::shared_ptr<runtime::Signal> making);
  runtime::Task<Result<protocol::Response>> map(MapQuery query);
  runtime::Task<Result<protocol::Response>> problems(ProblemsQuery query);
  runtime::Task<Result<RevisionsReply>> revisions(RevisionsQuery query);
  runtime::Task<Result<protocol::Response>> compare(CompareQuery query);

  Stories* stories_ = nullptr;
  std::map<std::string, Kept> kept_;  ///< by root and level
};

}  // namespace bpyd::pilot
