// SPDX-License-Identifier: MIT
// /openapi.json, /asyncapi.json, /docs and the start page, all from the tables that dispatch.
#pragma once

#include "bpyd/daemon/services.hpp"

namespace bpyd::daemon_info {

/// Loop thread only.
class Docs {
 public:
  void install(daemon::Binder& binder);
  void start(daemon::Services& services) { services_ = &services; }

 private:
  Result<protocol::Response> openapi(const protocol::NoQuery&);
  Result<protocol::Response> asyncapi(const protocol::NoQuery&);
  Result<protocol::Response> docs(const protocol::NoQuery&);
  Result<protocol::Response> start_page(const protocol::NoQuery&);

  protocol::Response made_once(protocol::SharedText& text, std::string (*make)(const daemon::Tables&));

  daemon::Services* services_ = nullptr;
  protocol::SharedText openapi_, asyncapi_;
};

}  // namespace bpyd::daemon_info
