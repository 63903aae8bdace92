// SPDX-License-Identifier: MIT
// Adding a capability is a folder and a row here.
#include "roster.hpp"

#include <array>

#include "../capabilities/channels/channels.hpp"
#include "../capabilities/daemon/daemon.hpp"
#include "../capabilities/governance/governance.hpp"
#include "../capabilities/history/history.hpp"
#include "../capabilities/pilot/pilot.hpp"
#include "../capabilities/test_echo/test_echo.hpp"
#include "../capabilities/watch/watch.hpp"

namespace bpyd::app {

std::span<const RosterRow> roster() {
  static constexpr std::array kRows = {
      RosterRow{"channels", channels::make},
      RosterRow{"history", history::make, "/api/v1/history"},
      RosterRow{"pilot", pilot::make, "/pilot"},
      RosterRow{"governance", governance::make, "/api/governance"},
      RosterRow{"watch", watch::make, "/api/watch"},
      RosterRow{"test_echo", test_echo::make, {}, true},
      RosterRow{"daemon", daemon_info::make},
  };
  return kRows;
}

}  // namespace bpyd::app
