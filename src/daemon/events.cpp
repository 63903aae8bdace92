// SPDX-License-Identifier: MIT
// An event's way out: one log line, one frame per channel.
#include "bpyd/daemon/events.hpp"

#include <algorithm>

namespace bpyd::daemon {

bool Publisher::declared(void (*tag)()) {
  if (std::ranges::find(declared_, tag) != declared_.end()) return true;
  declared_.push_back(tag);
  return false;
}

void Publisher::broadcast(const EventInfo& info, ObjectRef event, const std::vector<std::string>& channels) {
  const std::string members = detail::object_text(event, -1);
  log::write_members(info.level, "daemon", info.type, info.summary, std::string_view(members).substr(1, members.size() - 2));
  for (const auto& channel : channels) hub_.announce(channel, {info.type, members, true});
}

}  // namespace bpyd::daemon
