// SPDX-License-Identifier: MIT
// Messages of a WebSocket client, dispatched through the daemon's own doors. The first line is the door's
// path and query, then letters: d durable channels, l a limited token, z compressed. Each further line is a
// message; "@" leaves and comes back. Whatever is sent, every answer is a whole frame with an object in it,
// in the door's spelling, what is no object is told so, and nobody hears what is not for him.
#include <nlohmann/json.hpp>

#include "../../src/capabilities/channels/channels.hpp"
#include "../support/drain.hpp"
#include "../support/temp_dir.hpp"
#include "bpyd/core/json_scan.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/services.hpp"
#include "bpyd/protocol/deflate.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

constexpr std::string_view kPrivate = "private-news-7431", kHidden = "hidden-news-7431";
constexpr std::size_t kMostMessages = 64;

struct QuietSink final : hub::Sink {
  void wake() override {}
  void ping() override {}
  void close(protocol::CloseCode code, std::string_view reason) override { demand(static_cast<int>(code) >= 1000 && reason.size() <= 123); }
};

struct World {
  explicit World(bool durable) : clients(loop, {}, metrics) {
    if (durable) {
      log = *runtime::EventLog::open(loop, workers, {.folder = folder / "events"});
      clients.keep(*log, {{"*"}, {}});
      services.event_log = log.get();
    }
    capability = channels::make();
    daemon::Binder binder(tables, capability->name());
    capability->install(binder);
    capability->start(services);
  }
  ~World() { capability->stop(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  test::TempDir folder;
  runtime::Loop loop;
  runtime::Workers workers{loop, 1};
  runtime::Metrics metrics;
  std::unique_ptr<runtime::EventLog> log;
  hub::Hub clients;
  runtime::Bus bus;
  daemon::Publisher publisher{bus, clients};
  io::WatchService watching{loop, workers};
  io::ProcessRunner processes{loop};
  daemon::DaemonState state{clients, daemon::Subscribers(loop, workers, folder / "daemon_subs.json"), {}, daemon::Projects(loop)};
  daemon::Tables tables;
  daemon::Config config;
  daemon::Identity identity;
  daemon::Services services{loop, workers, publisher, state, watching, processes, tables, config, identity, {}, nullptr,
                            [](const std::string& target, const protocol::Grant&) { return target; }, [](const std::string&) {}, [](const std::filesystem::path&) { return daemon::Config{}; }};
  std::unique_ptr<daemon::Capability> capability;
  QuietSink sink;
};

/// What a frame of ours says, and where it ends.
std::string payload_of(std::string_view& bytes, bool may_be_deflated) {
  demand(bytes.size() >= 2);
  const auto head = static_cast<unsigned char>(bytes[0]);
  const bool deflated = (head & 0x40) != 0;
  demand((head & 0xBF) == 0x81 && (!deflated || may_be_deflated));
  std::uint64_t size = static_cast<unsigned char>(bytes[1]);
  std::size_t at = 2;
  if (size >= 126) {
    const std::size_t digits = size == 126 ? 2 : 8;
    demand(size < 128 && bytes.size() >= at + digits);
    size = 0;
    for (; at < 2 + digits; ++at) size = size << 8 | static_cast<unsigned char>(bytes[at]);
  }
  demand(bytes.size() - at >= size);
  const auto payload = bytes.substr(at, size);
  bytes.remove_prefix(at + size);
  return deflated ? protocol::inflate_message(payload, 1u << 24).value() : std::string(payload);
}

void check_message(const std::string& text, hub::Spelling spelling) {
  demand(is_utf8(text) && !text.contains('\n'));
  const auto members = JsonMembers::scan(text);
  demand(members.has_value());
  const auto type = members->text("type");
  demand(type.has_value());
  if (spelling == hub::Spelling::envelope) demand((*type == "event" || *type == "response") && members->text("event") && members->raw("data") && members->text("timestamp"));
}

struct Asked {
  bool durable = false, limited = false, deflated = false;
  protocol::Request request;
  const hub::Door* door = nullptr;
};

class Visit {
 public:
  Visit(World& world, const Asked& asked) : world_(world), asked_(asked) { arrive(); }
  ~Visit() { leave(); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  void say(std::string_view message) {
    if (message == "@") {
      leave();
      return arrive();
    }
    hub::dispatch(*asked_.door, world_.clients, *client_, message);
    const auto said = hear();
    const bool understood = JsonMembers::scan(message).has_value();
    if (!understood && !client_->closing()) demand(said.contains("\"error\""));
    (void)world_.clients.publish("user:victim", {"news", "\"" + std::string(kPrivate) + "\""});
    (void)world_.clients.publish("hidden", {"news", "\"" + std::string(kHidden) + "\""});
    world_.clients.turn_written();
    (void)hear();
  }

 private:
  void arrive() {
    protocol::Grant grant;
    if (asked_.limited) grant = {false, "mallory", {"missions", "a*"}, true};
    client_ = &world_.clients.attach(world_.sink, {asked_.door->path, {asked_.door->spelling, asked_.deflated}, asked_.door->json_ping, grant, {}});
    client_->open();
    if (asked_.door->on_open) asked_.door->on_open(*client_, asked_.request);
    (void)hear();
  }
  void leave() {
    if (asked_.door->on_close) asked_.door->on_close(*client_);
    world_.clients.detach(*client_);
    demand(world_.clients.clients() == 0);
  }

  std::string hear() {
    std::string all;
    const auto bytes = hub::drain(*client_);
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto text = payload_of(rest, asked_.deflated);
      check_message(text, asked_.door->spelling);
      if (client_->user != "victim") demand(!text.contains(kPrivate));
      if (asked_.limited) demand(!text.contains(kHidden) && !text.contains(kPrivate));
      all += text;
    }
    return all;
  }

  World& world_;
  const Asked& asked_;
  hub::Client* client_ = nullptr;
};

bool find_door(World& world, std::string_view line, Asked& asked) {
  const auto target = protocol::parse_target(line.substr(0, line.find(' ')));
  if (!target) return false;
  asked.request.path = target->path;
  asked.request.query = target->query;
  asked.door = world.tables.doors.find(target->path, &asked.request.params);
  if (asked.limited) asked.request.grant = {false, "mallory", {"missions", "a*"}, true};
  return asked.door != nullptr && (!asked.door->judge || asked.door->judge(asked.request));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  if (text.contains("7431")) return 0;  // who knows the words may say them
  const auto first = fuzz::take_line(text);
  const auto letters = first.substr(std::min(first.find(' '), first.size()));
  Asked asked;
  asked.durable = letters.contains('d');
  asked.limited = letters.contains('l');
  asked.deflated = letters.contains('z');
  World world(asked.durable);
  if (!find_door(world, first, asked)) return 0;
  Visit visit(world, asked);
  for (std::size_t count = 0; !text.empty() && count < kMostMessages; ++count) visit.say(fuzz::take_line(text));
  return 0;
}
