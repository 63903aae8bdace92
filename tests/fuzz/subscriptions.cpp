// SPDX-License-Identifier: MIT
// daemon_subs.json as a start may find it: never fatal, set aside when it is nothing of ours (R22), bounded,
// and what is written of it is read as the same.
#include "../support/temp_dir.hpp"
#include "bpyd/daemon/state.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

struct NoSink final : hub::Sink {
  void wake() override {}
  void ping() override {}
  void close(protocol::CloseCode, std::string_view) override {}
};

using Named = std::map<std::string, daemon::Subscription>;

bool same(const Named& a, const Named& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.first == y.first && x.second.channels == y.second.channels && x.second.reports == y.second.reports; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::TempDir kFolder;
  static runtime::Loop loop;
  static runtime::Workers workers(loop, 1);
  static runtime::Metrics metrics;
  static hub::Hub hub(loop, {}, metrics);
  static NoSink sink;
  const auto file = kFolder / "daemon_subs.json", aside = kFolder / "daemon_subs.json.bad";
  std::filesystem::remove(aside);
  test::write_file(file, std::string(fuzz::text_of(data, size)));
  Named before;
  {
    daemon::Subscribers subscribers(loop, workers, file);
    subscribers.load();
    demand(std::filesystem::exists(file) != std::filesystem::exists(aside));
    if (std::filesystem::exists(aside)) demand(subscribers.all().empty() && test::slurp(aside) == fuzz::text_of(data, size));
    demand(subscribers.all().size() <= 1000);
    for (const auto& [id, entry] : subscribers.all()) {
      for (const auto& name : entry.channels) demand(hub::is_channel_name(name) && subscribers.remembered(id) != nullptr);
    }
    hub::Client& client = hub.attach(sink, {"/ws"});
    client.client_id = "panel";
    demand(hub.identify(client, "somebody") && hub.subscribe(client, "watch") && client.channels.size() == 2);
    subscribers.subscribe_report(client, "analyze");
    subscribers.remember(client);
    demand(subscribers.all().size() <= 1000 && subscribers.remembered("panel")->channels == std::set<std::string>{"watch"});
    hub.detach(client);
    subscribers.save_now();
    demand(loop.run_until([] { return workers.in_flight() == 0; }, std::chrono::seconds(60)));  // the file is written by a worker
    before = subscribers.all();
  }
  daemon::Subscribers again(loop, workers, file);
  again.load();
  demand(same(before, again.all()));
  loop.context().poll();  // timers that were let go of
  return 0;
}
