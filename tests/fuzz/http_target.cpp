// SPDX-License-Identifier: MIT
// The target of a request and its query, against the daemon's own routes: a path that is let in is clean,
// decoded once, and gives the same when it is written anew; a route that is found is the path's own; what a
// query is read as can be asked for again.
#include "../../src/capabilities/channels/messages.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/binder.hpp"
#include "bpyd/daemon/capability.hpp"
#include "bpyd/protocol/http.hpp"
#include "roster.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

const daemon::Tables& tables() {
  static std::vector<std::unique_ptr<daemon::Capability>> capabilities;
  static const daemon::Tables kTables = [] {
    daemon::Tables made;
    for (const auto& row : app::roster()) {
      capabilities.push_back(row.make());
      daemon::Binder binder(made, row.name);
      capabilities.back()->install(binder);
    }
    demand(!made.conflict);
    return made;
  }();
  return kTables;
}

std::string written(const protocol::Target& target) {
  std::string text = percent_encode(target.path);
  for (std::size_t i = 0; i < target.query.size(); ++i) {
    text += (i == 0 ? '?' : '&') + percent_encode(target.query[i].first) + '=' + percent_encode(target.query[i].second);
  }
  return text;
}

/// The pattern with the params in their places is the path.
void fits(std::string pattern, const QueryPairs& params, const std::string& path) {
  std::size_t behind = 0;
  for (const auto& [name, value] : params) {
    const auto at = pattern.find("{" + name + "}", behind);
    demand(at != std::string::npos && !value.empty() && !value.contains('/'));
    pattern.replace(at, name.size() + 2, value);
    behind = at + value.size();
  }
  demand(pattern == path);
}

template <class T>
void query(const QueryPairs& pairs) {
  const auto read = from_query<T>(pairs);
  if (!read) {
    demand(!read.error().message.empty());
    return;
  }
  const auto text = to_json_text(*read);
  const auto again = from_json_text<T>(text);
  demand(again && to_json_text(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto target = protocol::parse_target(fuzz::text_of(data, size));
  if (!target) return 0;
  const auto& path = target->path;
  demand(path.starts_with('/') && is_utf8(path) && path.find_first_of(std::string_view("\\\0\x7f\r\n", 5)) == std::string::npos);
  const auto again = protocol::parse_target(written(*target));
  demand(again && again->path == path && again->query == target->query);
  for (const auto method : {protocol::Method::get, protocol::Method::post, protocol::Method::del}) {
    const auto match = tables().routes.find(method, path);
    if (match.route != nullptr) fits(match.route->pattern, match.params, path);
  }
  QueryPairs params;
  if (const auto* door = tables().doors.find(path, &params)) fits(door->path, params, path);
  query<channels::EventsQuery>(target->query);
  query<channels::ListQuery>(target->query);
  return 0;
}
