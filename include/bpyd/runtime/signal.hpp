// SPDX-License-Identifier: MIT
// "Wake me when it happened": many coroutines wait, one fire() wakes them all.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "bpyd/runtime/task.hpp"

namespace bpyd::runtime {

/// Loop thread only. wait() resumes at the next fire(), or when the signal is destroyed.
class Signal {
 public:
  explicit Signal(Loop& loop);
  Task<void> wait();
  void fire();

 private:
  boost::asio::steady_timer never_;
};

}  // namespace bpyd::runtime
