// SPDX-License-Identifier: MIT
// The one coroutine type. Rule (GCC 12 miscompiles the others): a co_await line is naked, the
// value is built on the line above and moved in. tests/lint/coroutines.py holds it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>

#include "bpyd/runtime/loop.hpp"

namespace bpyd::runtime {

template <class T>
using Task = boost::asio::awaitable<T>;

/// Starts `task` on the loop; `failed` hears of an exception that left it (R30). Loop thread only.
void spawn(Loop& loop, Task<void> task, std::function<void(const char*)> failed);

}  // namespace bpyd::runtime
