// SPDX-License-Identifier: MIT
// Finding a route: exact paths by hash, patterns one by one.
#include "bpyd/protocol/routes.hpp"

#include <algorithm>

namespace bpyd::protocol {
namespace {

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);  // the slash
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::optional<QueryPairs> match(std::string_view pattern, std::string_view path) {
  QueryPairs params;
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return std::nullopt;
      params.emplace_back(wanted.substr(1, wanted.size() - 2), given);
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return params;
}

void allow(std::string& text, Method method) {
  if (!text.empty()) text += ", ";
  text += method_text(method);
  if (method == Method::get) text += ", HEAD";
}

}  // namespace

Result<void> RouteTable::add(Route route) {
  const auto same = std::ranges::find_if(routes_, [&](const Route& other) {
    return other.method == route.method && other.pattern == route.pattern;
  });
  if (same != routes_.end()) {
    return fail(Code::internal, std::string(method_text(route.method)) + " " + route.pattern + " is declared by " +
                                    same->owner + " and by " + route.owner);
  }
  const auto index = routes_.size();
  if (route.pattern.contains('{')) patterned_.push_back(index);
  else exact_.emplace(route.pattern, index);
  any_body_ = any_body_ || route.any_body;
  routes_.push_back(std::move(route));
  return {};
}

RouteTable::Match RouteTable::find(Method method, std::string_view path) const {
  if (method == Method::head) method = Method::get;
  Match result;
  const auto [first, last] = exact_.equal_range(std::string(path));
  for (auto it = first; it != last; ++it) {
    const Route& route = routes_[it->second];
    if (route.method == method) return {&route, {}, {}};
    allow(result.allow, route.method);
  }
  for (const auto index : patterned_) {
    const Route& route = routes_[index];
    auto params = match(route.pattern, path);
    if (!params) continue;
    if (route.method == method) return {&route, *std::move(params), {}};
    allow(result.allow, route.method);
  }
  return result;
}

void RouteTable::switch_off(std::string prefix, std::string owner) { off_.emplace_back(std::move(prefix), std::move(owner)); }

std::string_view RouteTable::switched_off(std::string_view path) const {
  for (const auto& [prefix, owner] : off_) {
    if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) return owner;
  }
  return {};
}

}  // namespace bpyd::protocol
