// SPDX-License-Identifier: MIT
// A timer that never expires, cancelled to wake its waiters.
#include "bpyd/runtime/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace bpyd::runtime {

Signal::Signal(Loop& loop) : never_(loop.context(), boost::asio::steady_timer::time_point::max()) {}

Task<void> Signal::wait() { co_await never_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)); }

void Signal::fire() { never_.cancel(); }

}  // namespace bpyd::runtime
