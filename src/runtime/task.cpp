// SPDX-License-Identifier: MIT
// Starting coroutines, with the last net under them.
#include "bpyd/runtime/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace bpyd::runtime {

void spawn(Loop& loop, Task<void> task, std::function<void(const char*)> failed) {
  auto done = [failed = std::move(failed)](const std::exception_ptr& error) {
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& exception) {
      failed(exception.what());
    } catch (...) {
      failed("an exception of an unknown kind");
    }
  };
  boost::asio::co_spawn(loop.context(), std::move(task), std::move(done));
}

}  // namespace bpyd::runtime
