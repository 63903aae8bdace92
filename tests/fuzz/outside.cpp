// SPDX-License-Identifier: MIT
// What comes from outside besides scripts: request targets, messages, configuration, reports. The
// first byte chooses; whatever follows must end in a value or an Error, never in a crash.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "bpyd/analysis/stats2.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/config.hpp"
#include "bpyd/hub/doors.hpp"
#include "bpyd/protocol/http.hpp"

namespace {

using namespace bpyd;

struct NoSink final : hub::Sink {
  void wake() override {}
  void ping() override {}
  void close(protocol::CloseCode, std::string_view) override {}
};

void message(std::string_view text) {
  static runtime::Loop loop;
  static hub::Hub hub(loop, {});
  static NoSink sink;
  hub::Door door;
  door.messages.emplace("sub", hub::Message{"sub", "", nullptr, [](hub::Client& client, const nlohmann::json& json) {
    return hub.subscribe(client, json.value("channel", nlohmann::json("x")).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }});
  hub::Client& client = hub.attach(sink, "/ws");
  client.open();
  hub::dispatch(door, hub, client, text);
  hub.detach(client);
}

void configuration(std::string_view text) {
  const auto json = parse_json_object(text);
  if (!json) return;
  const auto merged = daemon::merge_config({{"fuzz", std::make_shared<const nlohmann::json>(*json)}});
  if (merged) (void)dump_json(daemon::config_report(*merged));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: (void)protocol::parse_target(text); break;
    case 1: message(text); break;
    case 2: configuration(text); break;
    default: (void)analysis::stats2_from_json(text);
  }
  (void)escape_html(printable_utf8(text));
  return 0;
}
