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

namespace {
constexpr std::size_t kLongestLogged = 16 * 1024;
}

void Publisher::broadcast(const EventInfo& info, ObjectRef event, const std::vector<std::string>& channels) {
  const std::string members = detail::object_text(event, -1);
  // The log is for people: of what fills pages it says how much it was. The channel has all of it.
  if (members.size() > kLongestLogged) log::write(info.level, "daemon", info.type, info.summary, {{"bytes", std::to_string(members.size())}});
  else log::write_members(info.level, "daemon", info.type, info.summary, std::string_view(members).substr(1, members.size() - 2));
  for (const auto& channel : channels) hub_.announce(channel, {info.type, members, true});
}

}  // namespace bpyd::daemon
