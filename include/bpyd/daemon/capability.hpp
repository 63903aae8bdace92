// SPDX-License-Identifier: MIT
// What every feature of the daemon is.
#pragma once

#include <string_view>

namespace bpyd::daemon {

class Binder;
class Services;

/// A capability's life, in order:
///  1. constructed by the roster, unless the configuration disables it;
///  2. install(): declares its routes, doors and events. Pure declaration: no port is open,
///     no file is touched, nothing is kept but the binder's copies;
///  3. start(): ports are known, nothing is accepted yet. It may register listeners, start
///     watchers and timers. Services outlive the capability;
///  4. its handlers and listeners are called, one at a time;
///  5. stop(): it starts nothing new and lets go of timers and watchers. Idempotent, does not
///     block. Handlers may still be called until the sockets are closed;
///  6. destroyed after the loop has ended, in reverse order of construction.
///
/// Loop thread only, all of it. Work longer than a millisecond goes to Services::workers().
class Capability {
 public:
  virtual ~Capability() = default;
  /// What the handshake advertises, and the prefix of its events.
  [[nodiscard]] virtual std::string_view name() const = 0;
  virtual void install(Binder& binder) = 0;
  virtual void start(Services& services) { (void)services; }
  virtual void stop() {}
  /// Nothing in flight? Tests wait for it.
  [[nodiscard]] virtual bool idle() const { return true; }
};

}  // namespace bpyd::daemon
