// SPDX-License-Identifier: MIT
// Typed handlers: described struct in, described struct out; JSON only at the rim.
//
// Four forms of member function fit, told apart by their types:
//   Result<R> f(const Q&)                      quick, on the loop
//   Result<R> f(const Q&, const Request&)      the same, needing headers or the correlation id
//   Task<Result<R>> f(Q)                       waits; takes its query by value
//   Task<Result<R>> f(Q, Request)
// R is a described struct (answered as JSON) or a Response (answered as it is).
#pragma once

#include <string>
#include <utility>

#include "bpyd/protocol/error_envelope.hpp"
#include "bpyd/protocol/http.hpp"
#include "bpyd/protocol/routes.hpp"

namespace bpyd::protocol {

/// The input of a handler that takes none.
struct NoQuery {
  static void describe(auto&, auto&) {}
};

namespace detail {

/// Query parameters of GET and DELETE, else the JSON body; path parameters are laid over both.
Result<void> read_input(const Request& request, ObjectRef into);

template <class Q>
Result<Q> input_of(const Request& request) {
  Q query{};
  if (auto ok = read_input(request, Fields::object(query)); !ok) return std::unexpected(std::move(ok.error()));
  return query;
}

inline Response reply_of(Response response, int) { return response; }
template <class R>
Response reply_of(const R& reply, int success) {
  return text_response(success, "application/json", to_json_text(reply) + "\n");
}

template <class R>
Response settle(Result<R> result, const Request& request, ErrorForm errors, int success) {
  if (!result) return error_response(result.error(), request, errors);
  return reply_of(*std::move(result), success);
}

template <class Q, class R>
void document(Route& route) {
  const bool in_query = route.method == Method::get || route.method == Method::del;
  (in_query ? route.query : route.body) = schema_fn<Q>;
  if constexpr (!std::is_same_v<R, Response>) route.reply = schema_fn<R>;
}

template <class Q, class R, class F>
void set_plain(Route& route, F call) {
  document<Q, R>(route);
  route.handler = PlainHandler([call, errors = route.errors, success = route.success](const Request& request) {
    auto query = input_of<Q>(request);
    if (!query) return error_response(query.error(), request, errors);
    return settle<R>(call(*query, request), request, errors, success);
  });
}

template <class Q, class R, class F>
runtime::Task<Response> call_waiting(F call, Request request, ErrorForm errors, int success) {
  auto query = input_of<Q>(request);
  if (!query) co_return error_response(query.error(), request, errors);
  auto task = call(*std::move(query), request);
  Result<R> result = co_await std::move(task);
  co_return settle<R>(std::move(result), request, errors, success);
}

template <class Q, class R, class F>
void set_waiting(Route& route, F call) {
  document<Q, R>(route);
  route.handler = WaitingHandler([call, errors = route.errors, success = route.success](Request request) {
    return call_waiting<Q, R, F>(call, std::move(request), errors, success);
  });
}

}  // namespace detail

// `self` outlives the route table's use (capabilities live as long as the daemon serves).
template <class C, class Q, class R>
void set_handler(Route& route, C* self, Result<R> (C::*f)(const Q&)) {
  detail::set_plain<Q, R>(route, [self, f](const Q& query, const Request&) { return (self->*f)(query); });
}
template <class C, class Q, class R>
void set_handler(Route& route, C* self, Result<R> (C::*f)(const Q&, const Request&)) {
  detail::set_plain<Q, R>(route, [self, f](const Q& query, const Request& request) { return (self->*f)(query, request); });
}
template <class C, class Q, class R>
void set_handler(Route& route, C* self, runtime::Task<Result<R>> (C::*f)(Q)) {
  detail::set_waiting<Q, R>(route, [self, f](Q query, const Request&) { return (self->*f)(std::move(query)); });
}
template <class C, class Q, class R>
void set_handler(Route& route, C* self, runtime::Task<Result<R>> (C::*f)(Q, Request)) {
  detail::set_waiting<Q, R>(route, [self, f](Q query, Request request) { return (self->*f)(std::move(query), std::move(request)); });
}

}  // namespace bpyd::protocol
