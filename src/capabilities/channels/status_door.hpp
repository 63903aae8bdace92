// SPDX-License-Identifier: MIT
// /ws/status: what the daemon is doing, told at once and on each change.
#pragma once

#include <set>

#include "bpyd/daemon/services.hpp"
#include "messages.hpp"

namespace bpyd::channels {

/// Loop thread only.
class StatusDoor {
 public:
  void install(daemon::Binder& binder);
  void start(daemon::Services& services);

 private:
  [[nodiscard]] std::string text() const;
  Result<void> get_status(const hub::Call& call, const Nothing&);
  Result<void> ping(const hub::Call& call, const Nothing&);

  std::set<hub::Client*> clients_;
  std::string told_;
  daemon::Services* services_ = nullptr;
};

}  // namespace bpyd::channels
