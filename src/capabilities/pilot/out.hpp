// SPDX-License-Identifier: MIT
// Exports, the editor, the game.
#pragma once

#include <set>
#include <string>

#include "maps.hpp"
#include "out_messages.hpp"
#include "stories.hpp"

namespace bpyd::pilot {

/// Loop thread only.
class Out {
 public:
  void install(daemon::Binder& binder);
  void start(daemon::Services& services, Stories& stories, Maps& maps);

 private:
  runtime::Task<Result<protocol::Response>> exported(ExportQuery query);
  runtime::Task<Result<OpenReply>> open(PlaceBody place);
  runtime::Task<Result<WarpReply>> warp(PlaceBody place);
  /// The project of a place, which must be a line of one of its scripts.
  runtime::Task<Result<ProjectPtr>> found(PlaceBody place);

  daemon::Services* services_ = nullptr;
  Stories* stories_ = nullptr;
  Maps* maps_ = nullptr;
  std::set<std::string> playing_;  ///< roots whose game was started and runs
};

}  // namespace bpyd::pilot
