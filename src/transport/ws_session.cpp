// SPDX-License-Identifier: MIT
// One WebSocket: waits until readable, takes what is there, hands whole messages to the door; the
// hub's frames go straight from the outbox to the socket, one gathered write a turn.
#include <boost/asio/ip/tcp.hpp>
#include <array>

#include "bpyd/core/log.hpp"
#include "core.hpp"
#include "stream.hpp"
#include "ws_reader.hpp"

namespace bpyd::transport {
namespace {

using protocol::CloseCode;
using protocol::Opcode;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kCloseTime{2};
constexpr std::size_t kUnsentMost = 1u << 20;  // above this a client that is answered in kind is not read from
constexpr std::chrono::microseconds kSlice{200};  // of one client's messages at a time
constexpr int kReadsInARow = 4;  // then others get their turn

class WsSession final : public Connection, public hub::Sink {
 public:
  WsSession(std::shared_ptr<Core> core, Stream stream, const hub::Door& door, const Upgrade& upgrade)
      : core_(std::move(core)), door_(door), stream_(std::move(stream)), reader_(door.message_limit > 0 ? door.message_limit : core_->options.message_limit, upgrade.inflate) {
    core_->enter(*this);
    hub::Introduction introduction{door.path, {upgrade.spelling, upgrade.deflate}, door.json_ping, upgrade.grant, {}};
    client_ = &core_->hub.attach(*this, std::move(introduction));
  }
  ~WsSession() override {
    if (client_ != nullptr) detach();
    core_->leave(*this);
  }

  void begin(const std::string& response, const protocol::Request& request, std::string early) {
    client_->send_control(core_->frames.raw(response));
    log::write(log::Level::info, "ws", "ws.client.connect", "Client connected at " + door_.path, {{"connection_id", client_->connection_id}});
    client_->open();
    if (door_.on_open) door_.on_open(*client_, request);
    if (!early.empty()) receive(std::span(early));
    read_when_ready();
  }

  // hub::Sink
  void wake() override { core_->mark_dirty(*this); }
  void ping() override {
    if (!closing_) client_->send_control(core_->frames.encode(Opcode::ping, {}));
  }
  void close(CloseCode code, std::string_view reason) override { say_goodbye(static_cast<std::uint16_t>(code), reason); }

  // Connection
  void flush() override {
    const auto alive = std::exchange(keep_, nullptr);
    if (client_ == nullptr || !stream_.socket().is_open()) return;
    client_->woken();
    auto& outbox = client_->outbox;
    while (!outbox.empty()) {
      std::array<iovec, 64> pieces;  // NOLINT: gather fills what is used
      const auto sent = stream_.write({pieces.data(), outbox.gather(pieces)});
      if (sent == Stream::kAgain) {
        core_->hub.drained(*client_);
        return write_when_ready();
      }
      if (sent < 0) return abort();
      core_->bytes_out += static_cast<std::uint64_t>(sent);
      outbox.consume(static_cast<std::size_t>(sent));
    }
    core_->hub.drained(*client_);
    if (const auto left = stream_.finish(); left < 0) return left == Stream::kAgain ? write_when_ready() : abort();
    if (closing_) return linger();
    if (std::exchange(behind_, false)) go_on();
  }
  void check_deadline(SteadyTime now) override {
    if (closing_ && now >= deadline_) abort();
  }
  void finish() override {}  // the hub closes its clients
  void abort() override {
    stream_.close();
    if (client_ != nullptr) detach();
  }

 private:
  std::shared_ptr<WsSession> self() { return std::static_pointer_cast<WsSession>(shared_from_this()); }

  void read_when_ready() {
    if (reading_ || !stream_.socket().is_open()) return;
    reading_ = true;
    const auto side = stream_.read_waits_for_writing() ? Socket::wait_write : Socket::wait_read;
    stream_.socket().async_wait(side, [self = self()](const boost::system::error_code& error) {
      self->reading_ = false;
      if (!error) self->on_readable();
    });
  }

  void on_readable() {
    for (int turn = 0; turn < kReadsInARow; ++turn) {
      if (paused_ && !closing_) return;
      const auto got = stream_.read(core_->scratch);
      if (got == Stream::kAgain) break;
      if (got <= 0) return on_end();
      core_->bytes_in += static_cast<std::uint64_t>(got);
      if (lingering_ || closing_) continue;  // what comes behind a goodbye is not read
      receive(std::span(core_->scratch).first(static_cast<std::size_t>(got)));
      if (static_cast<std::size_t>(got) < core_->scratch.size() && !stream_.encrypted()) break;
    }
    if (!paused_ || closing_) read_when_ready();
  }

  void on_end() {
    log::write(log::Level::info, "ws", "ws.client.disconnect", "The connection ended", {{"connection_id", client_ == nullptr ? "" : client_->connection_id}});
    abort();
  }

  void receive(std::span<char> bytes) {
    try {
      take(bytes);
    } catch (const std::exception& exception) {  // nothing a client sends ends more than its connection (R30)
      log::write(log::Level::error, "ws", "ws.exception", exception.what());
      abort();
    }
  }

  void take(std::span<char> bytes) {
    const auto until = steady_clock::now() + kSlice;
    while (!closing_ && client_ != nullptr) {
      if (!bytes.empty() && steady_clock::now() >= until) return let_others(bytes);
      if (publishes_ && core_->hub.congested()) return wait_for_readers(bytes);
      if (door_.on_message && client_->outbox.bytes() > kUnsentMost) return wait_for_own_reading(bytes);
      switch (reader_.next(bytes)) {
        case WsReader::Got::more: return;
        case WsReader::Got::text: on_message(Opcode::text); break;
        case WsReader::Got::binary: on_message(Opcode::binary); break;
        case WsReader::Got::ping:
          // Counted like a message: pongs for one that never reads would pile up without bound.
          if (!admit()) break;
          if (client_->outbox.bytes() > kUnsentMost) return client_->close(CloseCode::try_later, "reading too slowly: reconnect");
          client_->send_control(core_->frames.encode(Opcode::pong, reader_.payload()));
          break;
        case WsReader::Got::pong: core_->hub.heard(*client_); break;
        case WsReader::Got::close: on_close(); return;
        case WsReader::Got::broken: say_goodbye(reader_.close_code(), {}); return;
      }
    }
  }

  /// A door that takes messages as they are goes at its client's own reading pace, not at a rate.
  bool admit() {
    if (!door_.on_message) return core_->hub.admit(*client_);
    core_->hub.heard(*client_);
    return true;
  }

  void on_message(Opcode kind) {
    if (door_.on_message) {
      core_->hub.heard(*client_);
      return door_.on_message(*client_, kind, reader_.payload());
    }
    if (kind == Opcode::binary) {
      if (admit()) client_->send_error({Code::not_json, "A binary message is not understood here", "Send JSON as text messages"});
      return;
    }
    hub::dispatch(door_, core_->hub, *client_, reader_.payload());
    if (client_ != nullptr && client_->publishing) publishes_ = true;
  }

  void on_close() {
    const auto code = reader_.close_code();
    say_goodbye(code == 1005 ? static_cast<std::uint16_t>(CloseCode::normal) : code, {});
  }

  /// Publishers wait for readers that are behind; what has been received already waits here.
  void wait_for_readers(std::span<char> rest) {
    waiting_.append(rest.data(), rest.size());
    if (std::exchange(paused_, true)) return;
    core_->hub.when_clear([self = self()] { self->go_on(); });
  }

  /// Many small messages are taken in slices, so that nobody waits for all of them.
  void let_others(std::span<char> rest) {
    waiting_.append(rest.data(), rest.size());
    paused_ = true;
    core_->loop.post([self = self()] { self->go_on(); });
  }

  /// Until the client has taken what it is owed.
  void wait_for_own_reading(std::span<char> rest) {
    waiting_.append(rest.data(), rest.size());
    paused_ = behind_ = true;
    if (!writing_) keep_ = self();  // nothing else is waited for: it lives until the turn's end, which writes
  }

  void go_on() {
    paused_ = false;
    auto waiting = std::exchange(waiting_, {});
    receive(std::span(waiting));
    if (!paused_) read_when_ready();
  }

  /// The close frame behind all that is queued; then the socket lingers, so that no reset
  /// overtakes it.
  void say_goodbye(std::uint16_t code, std::string_view reason) {
    if (closing_) return;
    closing_ = true;
    deadline_ = steady_clock::now() + kCloseTime;
    core_->watch_deadline(*this);
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    payload += reason.substr(0, 120);
    // A client's own code comes back to it: only those we know are counted by name.
    const auto known = code >= 1000 && code <= 1013 ? std::to_string(code) : std::string("other");
    ++core_->metrics.counter("bpyd_ws_closes_total", "Close frames sent, by code", "code=\"" + known + "\"");
    client_->close(static_cast<CloseCode>(code), reason);  // no further events; comes back here, harmlessly
    client_->send_control(core_->frames.encode(Opcode::close, payload));
  }

  void linger() {
    if (lingering_) return;
    lingering_ = true;
    deadline_ = steady_clock::now() + kCloseTime;
    stream_.shut_down_writing();
    read_when_ready();
  }

  void write_when_ready() {
    if (writing_) return;
    writing_ = true;
    stream_.socket().async_wait(Socket::wait_write, [self = self()](const boost::system::error_code& error) {
      self->writing_ = false;
      if (!error) self->flush();
    });
  }

  void detach() {
    hub::Client& client = *std::exchange(client_, nullptr);
    if (door_.on_close) door_.on_close(client);
    core_->hub.detach(client);
  }

  std::shared_ptr<Core> core_;
  const hub::Door& door_;
  Stream stream_;
  WsReader reader_;
  hub::Client* client_ = nullptr;
  std::shared_ptr<WsSession> keep_;
  std::string waiting_;    ///< received, but not taken while publishers are paused
  SteadyTime deadline_{};
  bool closing_ = false;   ///< a close frame is queued, or was
  bool lingering_ = false; ///< our half is shut; waiting for the client's end
  bool reading_ = false, writing_ = false;
  bool publishes_ = false, paused_ = false;
  bool behind_ = false;  ///< paused until its own outbox is empty
};

}  // namespace

void serve_websocket(const std::shared_ptr<Core>& core, Stream stream, const hub::Door& door, const Upgrade& upgrade,
                     const std::string& response, const protocol::Request& request, std::string early) {
  std::make_shared<WsSession>(core, std::move(stream), door, upgrade)->begin(response, request, std::move(early));
}

}  // namespace bpyd::transport
