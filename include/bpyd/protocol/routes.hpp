// SPDX-License-Identifier: MIT
// The route table: it dispatches, and it answers OpenAPI, /docs and `bpyd routes`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "bpyd/protocol/http.hpp"
#include "bpyd/runtime/task.hpp"

namespace bpyd::protocol {

/// Who may call. Routes, doors and messages are constructed with one: what names none does not compile.
enum class Scope : std::uint8_t {
  open,   ///< answers without a token under every --auth, and names no project
  read,   ///< changes nothing
  admin,  ///< changes state
};

enum class ErrorForm : std::uint8_t { json, html_page, html_fragment };

using PlainHandler = std::function<Response(const Request&)>;
using WaitingHandler = std::function<runtime::Task<Response>(Request)>;
/// Decides for each request: most answers are at hand, some have to wait.
using EitherHandler = std::function<std::variant<Response, runtime::Task<Response>>(const Request&)>;

struct Route {
  Route(Method the_method, std::string the_pattern, Scope the_scope)
      : method(the_method), pattern(std::move(the_pattern)), scope(the_scope) {}

  Method method;
  std::string pattern;  ///< "/api/projects/{alias}"
  Scope scope;
  std::string summary;
  std::string owner;  ///< the capability
  std::variant<PlainHandler, WaitingHandler, EitherHandler> handler;
  bool publishes = false;  ///< its callers wait while readers are behind
  bool any_body = false;   ///< takes bodies that are no JSON, since it changes nothing
  ErrorForm errors = ErrorForm::json;
  std::string content_type = "application/json";  ///< several: with commas between
  SchemaFn query = nullptr;
  SchemaFn body = nullptr;
  SchemaFn reply = nullptr;
  int success = 200;
};

/// Loop thread only; filled before the ports open, then constant.
class RouteTable {
 public:
  /// Refuses a second route of the same method and pattern, naming both owners.
  Result<void> add(Route route);

  struct Match {
    const Route* route = nullptr;
    QueryPairs params;
    std::string allow;  ///< set when the path exists under other methods only
  };
  /// HEAD finds GET's route.
  [[nodiscard]] Match find(Method method, std::string_view path) const;

  /// Whatever is asked for below `prefix` and has no route belongs to `owner`, which is switched off.
  void switch_off(std::string prefix, std::string owner);
  /// Who would answer there if it were on; empty: nobody.
  [[nodiscard]] std::string_view switched_off(std::string_view path) const;

  /// Is there a route that takes bodies other than JSON?
  [[nodiscard]] bool any_body() const { return any_body_; }

  [[nodiscard]] const std::vector<Route>& all() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::unordered_multimap<std::string, std::size_t> exact_;  ///< patterns without {…}
  std::vector<std::size_t> patterned_;
  std::vector<std::pair<std::string, std::string>> off_;  ///< prefix, owner
  bool any_body_ = false;
};

}  // namespace bpyd::protocol
