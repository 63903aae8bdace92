// SPDX-License-Identifier: MIT
// From a request to the response, and from the response to bytes. Loop thread only.
#pragma once

#include <string>
#include <variant>

#include "bpyd/protocol/http.hpp"
#include "core.hpp"

namespace bpyd::transport {

/// The answer, or the coroutine that will give it.
using Answer = std::variant<protocol::Response, runtime::Task<protocol::Response>>;
/// Fills the request's params and grant. `publishes` is set when the route is one that publishes.
Answer answer(const Core& core, protocol::Request& request, bool& publishes);

struct Wire {
  bool head = false;        ///< HEAD: no body
  bool keep_alive = true;
  unsigned version = 11;
  std::chrono::nanoseconds total{0};
  std::string_view embedders;  ///< who may hold a page of ours in a frame; empty: nobody
};

/// Appends the whole response (with the headers of R9) to `out`. Answers 304 where the request's
/// If-None-Match knows the response's ETag.
void write_response(std::string& out, const protocol::Request& request, protocol::Response response, const Wire& wire);

}  // namespace bpyd::transport
