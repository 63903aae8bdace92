// SPDX-License-Identifier: MIT
// The story's paths: listed, searched, told and drawn; what a line needs.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "messages.hpp"
#include "path_messages.hpp"
#include "stories.hpp"

namespace bpyd::pilot {

/// ok, empty, missing or invalid.
std::string_view schema_status(const Project& project);

/// By id or key. path_not_found names some that there are.
Result<analysis::Path> path_of(const Told& story, const std::string& id, bool closely = false);

/// Loop thread only.
class Paths {
 public:
  void install(daemon::Binder& binder);
  void start(Stories& stories) { stories_ = &stories; }
  void forget(const Project& project) { lists_.erase(project.root.string()); }

 private:
  runtime::Task<Result<protocol::Response>> list(PathsQuery query);
  runtime::Task<Result<protocol::Response>> path(GraphQuery query);
  runtime::Task<Result<protocol::Response>> graph(GraphQuery query);
  runtime::Task<Result<RequirementsReply>> requirements(RequirementsQuery query);
  /// The path that a query names, in whichever of its ways, as an answer.
  using Answering = std::function<protocol::Response(const Told&, const std::string& root, const analysis::Path&)>;
  runtime::Task<Result<protocol::Response>> named(GraphQuery query, bool closely, Answering answer);
  protocol::Response cached(const Project& project, const PathsQuery& query);

  Stories* stories_ = nullptr;
  std::map<std::string, std::pair<std::string, protocol::Response>> lists_;  ///< by root: the last page asked for
};

}  // namespace bpyd::pilot
