// SPDX-License-Identifier: MIT
// The event bus: what happened, told in one total order.
#pragma once

#include <deque>
#include <functional>
#include <typeindex>
#include <unordered_map>
#include <vector>

namespace bpyd::runtime {

/// Events are values of any type; listeners register for a type. What a listener publishes is
/// queued behind the event in hand, so that everybody sees the same order.
///
/// Thread: loop thread only. Listeners live as long as the bus.
class Bus {
 public:
  template <class E>
  void listen(std::function<void(const E&)> listener) {
    listeners_[typeid(E)].push_back([listener = std::move(listener)](const void* event) {
      listener(*static_cast<const E*>(event));
    });
  }

  template <class E>
  void publish(E event) {
    queue_.push_back([this, event = std::move(event)] { tell(typeid(E), &event); });
    if (!telling_) drain();
  }

 private:
  void tell(std::type_index type, const void* event) {
    const auto found = listeners_.find(type);
    if (found == listeners_.end()) return;
    for (const auto& listener : found->second) listener(event);
  }

  void drain() {
    telling_ = true;
    while (!queue_.empty()) {
      const auto next = std::move(queue_.front());
      queue_.pop_front();
      next();
    }
    telling_ = false;
  }

  std::unordered_map<std::type_index, std::vector<std::function<void(const void*)>>> listeners_;
  std::deque<std::function<void()>> queue_;
  bool telling_ = false;
};

}  // namespace bpyd::runtime
