// SPDX-License-Identifier: MIT
// Back-pressure: publishers wait for readers whose queues fill, but for each reader only so long.
// One that is slower than that no longer holds anybody: it is caught up from the log, or closed.
#include "channel.hpp"

namespace bpyd::hub {

void Hub::press(Client& client) {
  if (client.pressed_ || client.laggard_ || client.closing()) return;
  client.pressed_ = true;
  client.pressed_since_ = std::chrono::steady_clock::now();
  ++pressed_;
  if (!patience_) patience_ = loop_.after(limits_.publisher_patience, [this] { give_up_on_laggards(); });
}

void Hub::release(Client& client) {
  if (!client.pressed_) return;
  client.pressed_ = false;
  if (--pressed_ == 0) resume_publishers();
}

void Hub::after_drain(Client& client) {
  const auto low = limits_.outbox.messages / 4, low_bytes = limits_.outbox.bytes / 4;
  if (client.outbox.messages() > low || client.outbox.bytes() > low_bytes) return;
  client.laggard_ = false;
  release(client);
  if (client.catching_.empty() || std::ranges::find(reading_, &client) != reading_.end()) return;
  reading_.push_back(&client);
  pump_later();
}

void Hub::give_up_on_laggards() {
  patience_.reset();
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [key, client] : clients_) {
    if (!client->pressed_ || now - client->pressed_since_ < limits_.publisher_patience) continue;
    client->laggard_ = true;
    release(*client);
  }
  if (pressed_ > 0) patience_ = loop_.after(limits_.publisher_patience / 2, [this] { give_up_on_laggards(); });
}

/// Posted: whoever released the last reader may be in the middle of a fan-out.
void Hub::resume_publishers() {
  if (waiting_publishers_.empty()) return;
  loop_.post([this] {
    if (congested()) return;
    for (const auto& resume : std::exchange(waiting_publishers_, {})) resume();
  });
}

}  // namespace bpyd::hub
