// SPDX-License-Identifier: MIT
#include "bpyd/daemon/settle.hpp"

namespace bpyd::daemon {

runtime::Task<Result<std::shared_ptr<Project>>> settled(Services& services, std::string name) {
  auto found = services.state.projects.find(name);
  while (found && ((!(*found)->snapshot && !(*found)->failure) || (*found)->stale)) {
    if ((*found)->stale) services.events.publish(ReportWanted{*found});
    auto woken = (*found)->changed.wait();
    co_await std::move(woken);
  }
  co_return found;
}

}  // namespace bpyd::daemon
