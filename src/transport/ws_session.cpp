// SPDX-License-Identifier: MIT
// One WebSocket: Beast reads and keeps the protocol's own rules, the hub's frames go straight
// from the outbox to the socket, one gathered write a turn.
#include <sys/socket.h>

#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cerrno>

#include "bpyd/core/log.hpp"
#include "core.hpp"
#include "pipe.hpp"

namespace bpyd::transport {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kCloseTime{2};
constexpr std::chrono::seconds kAcceptTime{10};

class WsSession final : public Connection, public hub::Sink {
 public:
  WsSession(std::shared_ptr<Core> core, Socket socket, std::string early, const hub::Door& door)
      : core_(std::move(core)), door_(door),
        stream_(std::move(socket), std::move(early), [this](protocol::Frame frame) { control(std::move(frame)); }) {
    core_->enter(*this);
    stream_.auto_fragment(false);
    stream_.read_message_max(core_->options.message_limit);
    deadline_ = steady_clock::now() + kAcceptTime;
  }
  ~WsSession() override {
    if (client_ != nullptr) detach();
    core_->leave(*this);
  }

  void accept(http::request<http::string_body> request, const protocol::Request& seen) {
    request_ = std::move(request);
    seen_ = seen;
    seen_.headers = nullptr;  // the request's buffers do not live on
    client_ = &core_->hub.attach(*this, door_.path);
    stream_.async_accept(request_, [self = self()](const beast::error_code& error) { self->on_accept(error); });
  }

  // hub::Sink
  void wake() override { core_->mark_dirty(*this); }
  void ping() override {
    if (!open_ || pinging_ || closing_) return;
    pinging_ = true;
    stream_.async_ping({}, [self = self()](const beast::error_code&) { self->pinging_ = false; });
  }
  void close(protocol::CloseCode code, std::string_view reason) override {
    if (closing_) return;
    closing_ = true;
    deadline_ = steady_clock::now() + kCloseTime;
    if (!open_) return;  // on_accept looks again
    // Queued: the caller may be in the middle of a fan-out.
    core_->loop.post([self = self(), code, text = std::string(reason)] {
      const websocket::close_reason why(static_cast<websocket::close_code>(code), text);
      self->stream_.async_close(why, [self](const beast::error_code&) { self->end_when_written(); });
    });
  }

  // Connection
  void flush() override {
    while (client_ != nullptr && !client_->outbox.empty()) {
      std::array<iovec, 64> pieces{};
      msghdr message{};
      message.msg_iov = pieces.data();
      message.msg_iovlen = client_->outbox.gather(pieces);
      const auto sent = ::sendmsg(socket().native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return write_when_ready();
      if (sent < 0) return abort();
      client_->outbox.consume(static_cast<std::size_t>(sent));
    }
    if (ending_) linger();
  }
  void check_deadline(SteadyTime now) override {
    if ((open_ && !closing_) || now < deadline_) return;
    const bool unsent = client_ == nullptr || !client_->outbox.empty();
    if (!open_ || lingering_ || unsent) abort();
    else linger();
  }
  void finish() override {}  // the hub closes its clients
  void abort() override {
    beast::error_code ignored;
    socket().close(ignored);
  }

 private:
  std::shared_ptr<WsSession> self() { return std::static_pointer_cast<WsSession>(shared_from_this()); }
  Socket& socket() { return stream_.next_layer().socket(); }

  void control(protocol::Frame frame) {
    if (client_ == nullptr) return;
    client_->outbox.push_control(std::move(frame));
    wake();
  }

  void on_accept(const beast::error_code& error) {
    request_ = {};
    if (error) return abort();
    open_ = true;
    stream_.control_callback([this](websocket::frame_type, beast::string_view) {
      if (client_ != nullptr) core_->hub.heard(*client_);
    });
    log::write(log::Level::info, "ws", "ws.client.connect", "Client connected at " + door_.path,
               {{"connection_id", client_->connection_id}});
    if (closing_) {
      closing_ = false;
      return close(protocol::CloseCode::going_away, "shutting down");
    }
    client_->open();
    if (door_.on_open) door_.on_open(*client_, seen_);
    read();
  }

  void read() {
    stream_.async_read(buffer_, [self = self()](const beast::error_code& error, std::size_t) { self->on_read(error); });
  }

  void on_read(const beast::error_code& error) {
    if (lingering_) return;
    if (error) return on_read_end(error);
    if (client_ != nullptr && !closing_) receive();
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > 4096) buffer_ = beast::flat_buffer();  // a resting connection costs little
    read();
  }

  void receive() {
    if (!stream_.got_text()) {
      core_->hub.heard(*client_);
      return client_->send_error({Code::not_json, "A binary message is not understood here"});
    }
    const auto bytes = buffer_.data();
    hub::dispatch(door_, core_->hub, *client_, {static_cast<const char*>(bytes.data()), bytes.size()});
  }

  /// Beast has answered a protocol error or the client's close with a close frame by now.
  void on_read_end(const beast::error_code& error) {
    log::write(log::Level::info, "ws", "ws.client.disconnect", error.message(),
               {{"connection_id", client_ == nullptr ? "" : client_->connection_id}});
    closing_ = true;
    deadline_ = steady_clock::now() + kCloseTime;
    end_when_written();
  }

  void end_when_written() {
    ending_ = true;
    wake();
  }

  /// Our side is said; what the client still sends is dropped, so that no reset overtakes the
  /// close frame.
  void linger() {
    if (lingering_) return;
    lingering_ = true;
    deadline_ = steady_clock::now() + kCloseTime;
    beast::error_code ignored;
    socket().shutdown(Socket::shutdown_send, ignored);
    drain();
  }

  void drain() {
    socket().async_wait(Socket::wait_read, [self = self()](const beast::error_code& error) {
      if (error) return;
      const auto got = ::recv(self->socket().native_handle(), self->core_->scratch.data(), self->core_->scratch.size(), MSG_DONTWAIT);
      const bool more = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
      more ? self->drain() : self->abort();
    });
  }

  void write_when_ready() {
    if (writing_) return;
    writing_ = true;
    socket().async_wait(Socket::wait_write, [self = self()](const beast::error_code& error) {
      self->writing_ = false;
      if (!error) self->flush();
    });
  }

  void detach() {
    if (open_ && door_.on_close) door_.on_close(*client_);
    core_->hub.detach(*client_);
    client_ = nullptr;
  }

  std::shared_ptr<Core> core_;
  const hub::Door& door_;
  websocket::stream<Pipe> stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  protocol::Request seen_;
  hub::Client* client_ = nullptr;
  SteadyTime deadline_;
  bool open_ = false;      ///< the handshake is done
  bool closing_ = false;   ///< a close frame is on its way, or was
  bool ending_ = false;    ///< close the socket once the outbox is empty
  bool lingering_ = false; ///< our half is shut; waiting for the client's end
  bool pinging_ = false, writing_ = false;
};

}  // namespace

void serve_websocket(const std::shared_ptr<Core>& core, Socket socket, http::request<http::string_body> request,
                     protocol::Request seen, const hub::Door& door, std::string early) {
  std::make_shared<WsSession>(core, std::move(socket), std::move(early), door)->accept(std::move(request), seen);
}

}  // namespace bpyd::transport
