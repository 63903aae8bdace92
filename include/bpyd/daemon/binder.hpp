// SPDX-License-Identifier: MIT
// Where a capability declares what a client can see. The same tables dispatch and document.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpyd/daemon/events.hpp"
#include "bpyd/hub/doors.hpp"
#include "bpyd/protocol/routes.hpp"
#include "bpyd/protocol/typed.hpp"

namespace bpyd::daemon {

/// Everything declared, after all capabilities were installed. Constant while serving.
struct Tables {
  protocol::RouteTable routes;
  hub::DoorTable doors;
  std::vector<EventDoc> events;
  std::vector<std::string> capabilities;
  std::optional<Error> conflict;  ///< the first duplicate; the daemon refuses to start on one
};

using protocol::Method;
using protocol::Scope;

class Binder {
 public:
  Binder(Tables& tables, std::string_view owner) : tables_(tables), owner_(owner) {}

  /// A JSON route. `f` is one of the four forms of typed.hpp; one that answers a Response names its
  /// schema here.
  template <class C, class F>
  void route(Method method, std::string pattern, Scope scope, std::string summary, C* self, F f, int success = 200, SchemaFn reply = nullptr) {
    protocol::Route route = blank(method, std::move(pattern), scope, std::move(summary));
    route.success = success;
    protocol::set_handler(route, self, f);
    if (reply != nullptr) route.reply = reply;
    add(std::move(route));
  }

  /// A GET route that answers HTML and shows its errors as the HTML box.
  template <class C, class F>
  void page(std::string pattern, Scope scope, std::string summary, C* self, F f,
            protocol::ErrorForm errors = protocol::ErrorForm::html_page) {
    protocol::Route route = blank(Method::get, std::move(pattern), scope, std::move(summary));
    route.errors = errors;
    route.content_type = "text/html; charset=utf-8";
    protocol::set_handler(route, self, f);
    add(std::move(route));
  }

  /// A GET route that answers something else than JSON or HTML.
  template <class C, class F>
  void text(std::string pattern, Scope scope, std::string content_type, std::string summary, C* self, F f) {
    protocol::Route route = blank(Method::get, std::move(pattern), scope, std::move(summary));
    route.content_type = std::move(content_type);
    protocol::set_handler(route, self, f);
    add(std::move(route));
  }

  /// A route that publishes: answered at once, or when the disk has it. Its callers are slowed
  /// down, never refused, when readers are behind.
  void publishing_route(std::string pattern, std::string summary, SchemaFn body, SchemaFn reply, protocol::EitherHandler handler) {
    protocol::Route route = blank(Method::post, std::move(pattern), Scope::admin, std::move(summary));
    route.body = body;
    route.reply = reply;
    route.success = 202;
    route.publishes = true;
    route.handler = std::move(handler);
    add(std::move(route));
  }

  /// A route that takes any body under `method`, Method::other for all but the usual ones.
  void any_body(Method method, std::string pattern, Scope scope, std::string summary, protocol::PlainHandler handler) {
    protocol::Route route = blank(method, std::move(pattern), scope, std::move(summary));
    route.any_body = true;
    route.content_type = "application/octet-stream";
    route.handler = std::move(handler);
    add(std::move(route));
  }

  void door(hub::Door door) {
    door.owner = owner_;
    keep(tables_.doors.add(std::move(door)));
  }

  /// Documents an event that this capability publishes. `channel` is its name as a reader sees it.
  template <class E>
  void event(std::string channel) {
    tables_.events.push_back({std::string(E::kInfo.type), std::string(E::kInfo.summary), std::move(channel), owner_, schema_fn<E>});
  }

 private:
  protocol::Route blank(Method method, std::string pattern, Scope scope, std::string summary) {
    protocol::Route route(method, std::move(pattern), scope);
    route.summary = std::move(summary);
    route.owner = owner_;
    return route;
  }
  void add(protocol::Route route) { keep(tables_.routes.add(std::move(route))); }
  void keep(Result<void> result) {
    if (!result && !tables_.conflict) tables_.conflict = result.error();
  }

  Tables& tables_;
  std::string owner_;
};

}  // namespace bpyd::daemon
