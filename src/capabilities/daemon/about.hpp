// SPDX-License-Identifier: MIT
// Handshake, health, status, shutdown.
#pragma once

#include "bpyd/daemon/services.hpp"
#include "messages.hpp"

namespace bpyd::daemon_info {

/// Loop thread only.
class About {
 public:
  void install(daemon::Binder& binder);
  void start(daemon::Services& services);

 private:
  Result<Handshake> handshake(const HandshakeQuery& query);
  Result<protocol::Response> health(const protocol::NoQuery&);
  Result<Status> status(const protocol::NoQuery&);
  Result<protocol::Response> metrics(const protocol::NoQuery&);
  Result<PageLink> link(const LinkQuery& query, const protocol::Request& request);
  Result<Said> shutdown(const protocol::NoQuery&);

  std::vector<std::string> pilot_routes_;  ///< health is asked often
  Health health_;                      ///< as told last
  protocol::SharedText health_text_;
  daemon::Services* services_ = nullptr;
};

/// The seed's compatibility matrix: the same major version fits.
struct Compatibility {
  bool compatible = true;
  std::string upgrade;  ///< "daemon" or "extension" when it does not fit
  std::string action;
};
Result<Compatibility> compare_versions(std::string_view client, std::string_view server);

}  // namespace bpyd::daemon_info
