// SPDX-License-Identifier: MIT
// What comes from outside besides scripts: request targets, messages, configuration, reports. The
// first byte chooses; whatever follows must end in a value or an Error, never in a crash.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "bpyd/analysis/stats2.hpp"
#include "bpyd/core/json_scan.hpp"
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
  static runtime::Metrics metrics;
  static hub::Hub hub(loop, {}, metrics);
  static NoSink sink;
  hub::Door door("/ws", protocol::Scope::read);
  hub::Message sub(protocol::Scope::read);
  sub.handler = [](const hub::Call& call) -> Result<void> {
    const auto done = hub.subscribe(call.client, call.members.text("channel").value_or("x"));
    if (!done) return std::unexpected(done.error());
    return {};
  };
  door.messages.emplace("sub", std::move(sub));
  hub::Client& client = hub.attach(sink, {"/ws"});
  client.open();
  hub::dispatch(door, hub, client, text);
  hub.detach(client);
}

/// The walker and the parser take the same texts (numbers beyond a double aside) and see the same
/// members.
void scan(std::string_view text) {
  const auto walked = JsonMembers::scan(text);
  const auto parsed = parse_json_object(text);
  if (walked && !parsed && !parsed.error().message.contains("out of range")) std::abort();
  if (!walked && parsed) std::abort();
  if (!walked || !parsed) return;
  for (const auto& name : walked->names()) {
    const auto value = nlohmann::json::parse(*walked->raw(name), nullptr, false);
    if (!parsed->contains(name) || (*parsed)[name] != value) std::abort();
  }
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
  switch (data[0] % 5) {
    case 0: (void)protocol::parse_target(text); break;
    case 1: message(text); break;
    case 2: configuration(text); break;
    case 4: scan(text); break;
    default: (void)analysis::stats2_from_json(text);
  }
  (void)escape_html(printable_utf8(text));
  return 0;
}
