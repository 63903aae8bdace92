// SPDX-License-Identifier: MIT
// Echoes: /__test/echo under WebSocket and under every method of HTTP.
#include "test_echo.hpp"

#include "bpyd/daemon/binder.hpp"

namespace bpyd::test_echo {
namespace {

constexpr const char* kPath = "/__test/echo";
constexpr std::size_t kMessageLimit = 16u << 20;

class TestEcho final : public daemon::Capability {
 public:
  [[nodiscard]] std::string_view name() const override { return "test_echo"; }

  void install(daemon::Binder& binder) override {
    hub::Door door(kPath, protocol::Scope::read);
    door.summary = "each message comes back as it was";
    door.message_limit = kMessageLimit;
    door.deflate = true;
    door.on_message = [](hub::Client& client, protocol::Opcode kind, std::string_view payload) { client.send_raw(kind, payload); };
    binder.door(std::move(door));
    using enum protocol::Method;
    for (const auto method : {get, post, put, patch, del, other}) {
      binder.any_body(method, kPath, protocol::Scope::read, "the body comes back as it was", [](const protocol::Request& request) {
        return protocol::text_response(200, "application/octet-stream", std::string(request.body));
      });
    }
  }
};

}  // namespace

std::unique_ptr<daemon::Capability> make() { return std::make_unique<TestEcho>(); }

}  // namespace bpyd::test_echo
