// SPDX-License-Identifier: MIT
// The daemon about itself: handshake, health, status, shutdown; its parts are one file each.
#include "daemon.hpp"


#include "about.hpp"
#include "bpyd/daemon/services.hpp"
#include "docs.hpp"
#include "events.hpp"
#include "projects.hpp"

namespace bpyd::daemon_info {
namespace {

class Daemon final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "daemon"; }

  void install(daemon::Binder& binder) override {
    about_.install(binder);
    projects_.install(binder);
    docs_.install(binder);
    binder.event<Started>("daemon");
    binder.event<HttpReady>("daemon");
    binder.event<ShuttingDown>("daemon");
  }

  void start(daemon::Services& services) override {
    services_ = &services;
    about_.start(services);
    projects_.start(services);
    docs_.start(services);
    services.events.publish(Started{services.identity.pid, services.identity.server_version});
    services.events.publish(HttpReady{services.identity.ws_port, services.identity.http_port});
  }

  void stop() override {
    if (stopped_ || services_ == nullptr) return;
    stopped_ = true;
    services_->events.publish(ShuttingDown{});
  }
  [[nodiscard]] bool idle() const override { return projects_.idle(); }

 private:
  About about_;
  ProjectRoutes projects_;
  Docs docs_;
  daemon::Services* services_ = nullptr;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<Daemon>(); }

}  // namespace bpyd::daemon_info
