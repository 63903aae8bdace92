// SPDX-License-Identifier: MIT
// One HTTP connection: wait until readable, take what is there, judge each header before its
// body, answer all pipelined requests in one write.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <array>
#include <optional>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/protocol/error_envelope.hpp"
#include "core.hpp"
#include "respond.hpp"
#include "session_terms.hpp"
#include "upgrade.hpp"

namespace bpyd::transport {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;
using std::chrono::steady_clock;

constexpr std::uint32_t kHeaderLimit = 8 * 1024 + 16 * 1024;  // target and headers together
constexpr std::size_t kUnsentLimit = 1u << 20;                // above this no more is read
constexpr std::size_t kLineLimit = 16 * 1024;                 // of a chunk's head or a trailer
constexpr std::size_t kAroundAByte = 16;                      // of framing for each byte of a body: a chunk of one has five
constexpr std::size_t kBodiesLimit = 64u << 20;               // half-received ones of all connections together
constexpr std::chrono::seconds kLinger{2};
constexpr std::chrono::microseconds kSlice{200};              // of one connection's pipeline at a time

protocol::Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return protocol::Method::get;
    case http::verb::head: return protocol::Method::head;
    case http::verb::post: return protocol::Method::post;
    case http::verb::put: return protocol::Method::put;
    case http::verb::patch: return protocol::Method::patch;
    case http::verb::delete_: return protocol::Method::del;
    default: return protocol::Method::other;
  }
}

class BeastHeaders final : public protocol::Headers {
 public:
  explicit BeastHeaders(const http::fields& fields) : fields_(fields) {}
  [[nodiscard]] std::string_view get(std::string_view name) const override {
    const auto value = fields_[boost::beast::string_view(name.data(), name.size())];
    return {value.data(), value.size()};
  }

 private:
  const http::fields& fields_;
};

/// The caller's id when it is short and plain, else a new one.
std::string correlation_of(std::string_view given) {
  const bool plain = !given.empty() && given.size() <= 128 &&
                     std::ranges::all_of(given, [](char c) { return c > 0x20 && c < 0x7F; });
  if (plain) return std::string(given);
  static std::uint64_t count = 0;
  static const std::uint64_t start = static_cast<std::uint64_t>(steady_clock::now().time_since_epoch().count());
  std::uint64_t mixed = (start + ++count) * 0x9E3779B97F4A7C15ULL;  // neighbours look different
  std::string id = "req-000000000000";
  for (auto digit = id.rbegin(); digit != id.rend() - 4; ++digit, mixed >>= 4U) *digit = "0123456789abcdef"[mixed >> 12U & 15U];
  return id;
}

class HttpConnection final : public Connection {
 public:
  HttpConnection(std::shared_ptr<Core> core, Socket socket) : core_(std::move(core)), stream_(std::move(socket), core_->tls.get()) {
    core_->enter(*this);
    core_->watch_deadline(*this);
    wait_for(core_->options.header_time);
  }
  ~HttpConnection() override { core_->leave(*this); }

  void read_when_ready() {
    if (reading_) return;
    reading_ = true;
    if (!stream_.encrypted()) return read_plain();
    const auto side = stream_.read_waits_for_writing() ? Socket::wait_write : Socket::wait_read;
    stream_.socket().async_wait(side, [self = self()](const boost::system::error_code& error) {
      self->reading_ = false;
      if (!error) self->on_readable();
    });
  }

  void flush() override {
    const auto alive = std::move(keep_);
    while (out_sent_ < out_.size()) {
      const iovec piece{out_.data() + out_sent_, out_.size() - out_sent_};
      const auto sent = stream_.write({&piece, 1});
      if (sent == Stream::kAgain) return write_when_ready();
      if (sent < 0) return abort();
      core_->bytes_out += static_cast<std::uint64_t>(sent);
      out_sent_ += static_cast<std::size_t>(sent);
    }
    if (const auto left = stream_.finish(); left < 0) return left == Stream::kAgain ? write_when_ready() : abort();
    out_.clear();
    out_sent_ = 0;
    if (out_.capacity() > core_->scratch.size()) out_.shrink_to_fit();
    if (closing_) return linger();
    if (paused_ && !waiting_for_readers_ && !yielding_) go_on();
  }

  void check_deadline(SteadyTime now) override {
    if (busy_ || now < deadline_) return;
    abort();
  }

  void finish() override {
    closing_ = true;
    if (!busy_ && out_.empty()) abort();
  }

  void abort() override { stream_.close(); }

 private:
  std::shared_ptr<HttpConnection> self() { return std::static_pointer_cast<HttpConnection>(shared_from_this()); }
  void wait_for(std::chrono::milliseconds time) { wait_for(time, steady_clock::now()); }
  void wait_for(std::chrono::milliseconds time, SteadyTime from) { deadline_ = from + time; }

  /// Until then it lives, though the client may have said its last and nothing be waited for.
  void write_at_turn_end() {
    keep_ = self();
    core_->mark_dirty(*this);
  }

  [[nodiscard]] bool is_open() { return stream_.socket().is_open(); }

  void go_on() {
    paused_ = false;
    process();
    if (!busy_ && !paused_) read_when_ready();
  }

  /// A publisher waits while readers are behind, but for each of them only so long.
  void wait_for_readers() {
    paused_ = waiting_for_readers_ = true;
    core_->hub.when_clear([self = self()] {
      self->waiting_for_readers_ = false;
      self->go_on();
    });
  }

  void on_readable() {
    if (stream_.speaks_plain_to_tls()) return refuse_plain();
    for (;;) {
      const auto got = stream_.read(core_->scratch);
      if (got == Stream::kAgain) break;
      if (got <= 0) return on_end();
      core_->bytes_in += static_cast<std::uint64_t>(got);
      if (lingering_) continue;
      in_.append(core_->scratch.data(), static_cast<std::size_t>(got));
      if (static_cast<std::size_t>(got) < core_->scratch.size() && !stream_.encrypted()) break;
      if (in_.size() > kHeaderLimit + core_->scratch.size()) break;  // process before reading on
    }
    if (!lingering_) process();
    if (is_open() && !busy_ && !paused_) read_when_ready();
  }

  /// A read that Asio makes as soon as it can: cheaper than waiting for readiness, which is told to
  /// the kernel anew each time.
  void read_plain() {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<Buffer>();
    stream_.socket().async_read_some(boost::asio::buffer(*buffer_), [self = self()](const boost::system::error_code& error, std::size_t got) {
      self->reading_ = false;
      if (error.value() == boost::asio::error::operation_aborted) return;
      if (got == 0) return self->on_end();
      self->core_->bytes_in += got;
      if (self->lingering_) return self->read_when_ready();
      self->in_.append(self->buffer_->data(), got);
      self->process();
      if (self->is_open() && !self->busy_ && !self->paused_) self->read_when_ready();
    });
  }

  void refuse_plain() {
    begin();
    refuse({Code::bad_request, "This port speaks TLS", "Use https:// and wss://"});
    read_when_ready();
  }

  /// The client's end: a half-closed one still gets the answers in hand.
  void on_end() {
    if (lingering_ || (!busy_ && out_.empty())) return abort();
    closing_ = true;
  }

  void process() {
    try {
      const auto until = steady_clock::now() + kSlice;
      while (!busy_ && !closing_ && !in_.empty() && is_open()) {
        if (steady_clock::now() >= until) return let_others();
        if (out_.size() - out_sent_ > kUnsentLimit) {
          paused_ = true;
          return;
        }
        if (publishes_ && core_->hub.congested()) return wait_for_readers();
        if (!step()) break;
      }
    } catch (const std::exception& exception) {  // nothing a client sends ends more than its connection (R30)
      log::write(log::Level::error, "transport", "http.exception", exception.what());
      abort();
    }
  }

  /// A long pipeline is answered in slices, so that nobody waits for all of it.
  void let_others() {
    paused_ = yielding_ = true;
    core_->loop.post([self = self()] {
      self->yielding_ = false;
      if (self->is_open()) self->go_on();
    });
  }

  /// One step of the parser; false when more bytes are needed or the connection is done.
  bool step() {
    if (!parser_) {
      // Empty lines before a request are passed over (RFC 9112 2.2).
      const auto empty = std::min(in_.find_first_not_of("\r\n"), in_.size());
      in_.erase(0, empty);
      passed_over_ += empty;
      if (in_.empty() && passed_over_ <= kLineLimit) return false;
      begin();
      if (std::exchange(passed_over_, 0) > kLineLimit) return refuse({Code::bad_request, "Empty lines came where a request was expected"});
    }
    boost::beast::error_code error;
    const auto had = parser_->get().body().size();
    const auto used = parser_->put(boost::asio::buffer(in_), error);
    const auto body = parser_->get().body().size();
    if (judged_) around_ += used - std::min(used, body - had);
    if (error == http::error::need_more) {
      in_.erase(0, used);
      // A line that does not end: Beast would wait for its end for as long as it takes.
      if (judged_ && in_.size() > kLineLimit) return refuse({Code::bad_request, "A chunk's head or a trailer is over 16 KiB"});
      if (!judged_ && used == 0 && no_request_line()) return refuse({Code::bad_request, "The request line does not end in HTTP/1.1"});
      return used > 0 && !in_.empty();
    }
    if (error) return refuse_parse(error);
    if (around_ > kLineLimit + kAroundAByte * body) return refuse({Code::bad_request, "The chunks' heads and trailers are far larger than the body in them"});
    in_.erase(0, used);
    if (parser_->is_header_done() && !judged_ && !judge_header()) return false;
    if (parser_->is_done()) return complete();
    return used > 0;
  }

  /// The first line is whole, but none: Beast would wait for the rest of its version.
  [[nodiscard]] bool no_request_line() const {
    const auto end = in_.find('\n');
    if (end == std::string::npos) return false;
    const auto line = trim(std::string_view(in_).substr(0, end));
    return !line.contains(':') && !line.ends_with(" HTTP/1.1") && !line.ends_with(" HTTP/1.0");
  }

  void begin() {
    parser_.emplace();
    parser_->eager(false);
    parser_->header_limit(kHeaderLimit);
    parser_->body_limit(core_->options.body_limit);
    judged_ = false;
    around_ = 0;
    started_ = steady_clock::now();
    wait_for(core_->options.header_time, started_);
  }

  bool judge_header() {
    judged_ = true;
    const auto& header = parser_->get();
    const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
    if (const auto refusal = judge(header.base(), has_body && !takes_any_body(), core_->gate)) return refuse(*refusal);
    if (has_body && parser_->content_length().value_or(0) > core_->options.body_limit) {
      return refuse({Code::too_large, "The request body is over " + std::to_string(core_->options.body_limit) + " bytes"});
    }
    kept_.reset();
    if (parser_->chunked()) kept_.emplace(header.base());  // what comes as a trailer was not judged, and is not looked at
    if (has_body) {
      body_ = core_->bodies.take(parser_->content_length().value_or(core_->options.body_limit));
      if (core_->bodies.held > kBodiesLimit) return refuse({Code::overloaded, "Too many requests are being received", "Try again in a moment"});
      wait_for(core_->options.body_time);
    }
    if (has_body && boost::beast::iequals(header[http::field::expect], "100-continue") && in_.empty()) {
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      write_at_turn_end();
    }
    return true;
  }

  /// Only where nothing is changed by it may a body be other than JSON.
  [[nodiscard]] bool takes_any_body() {
    if (!core_->routes.any_body()) return false;
    const auto target = parser_->get().target();
    const auto parsed = protocol::parse_target(origin_form({target.data(), target.size()}));
    if (!parsed) return false;
    const auto* route = core_->routes.find(method_of(parser_->get().method()), parsed->path).route;
    return route != nullptr && route->any_body;
  }

  bool refuse_parse(const boost::beast::error_code& error) {
    if (error == http::error::body_limit) {
      return refuse({Code::too_large, "The request body is over " + std::to_string(core_->options.body_limit) + " bytes"});
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      const bool long_line = parser_->get().target().empty();  // the request line itself never ended
      return refuse(long_line ? Error{Code::uri_too_long, "The request target is longer than 8 KiB"}
                              : Error{Code::headers_too_large, "The request headers are over 16 KiB"});
    }
    return refuse({Code::bad_request, "The request is not HTTP/1.1: " + error.message()});
  }

  /// Answers the error and closes: what follows on the wire cannot be trusted or is not wanted.
  bool refuse(const Error& error) {
    protocol::Request request;
    const BeastHeaders headers(parser_->get().base());
    request.headers = &headers;
    request.correlation_id = correlation_of(headers.get("X-Correlation-Id"));
    log::write(log::Level::warn, "transport", "http.refused", error.message,
               {{"code", code_text(error.code)}, {"correlation_id", request.correlation_id}});
    Wire wire;
    wire.keep_alive = false;
    wire.head = parser_->get().method() == http::verb::head;
    auto response = protocol::error_response(error, request, protocol::ErrorForm::json);
    count(response);
    wire.embedders = core_->gate.embedders;
    if (wants_websocket(parser_->get().base())) response.headers.emplace_back("Sec-WebSocket-Version", "13");
    write_response(out_, request, std::move(response), wire);
    closing_ = true;
    in_.clear();
    write_at_turn_end();
    return false;
  }

  bool complete() {
    const auto target = parser_->get().target();
    auto parsed = protocol::parse_target(origin_form({target.data(), target.size()}));
    if (!parsed) return refuse(parsed.error());
    request_ = {};
    request_.method = method_of(parser_->get().method());
    request_.path = std::move(parsed->path);
    request_.query = std::move(parsed->query);
    request_.body = parser_->get().body();
    headers_.emplace(kept_ ? *kept_ : parser_->get().base());
    request_.headers = &*headers_;
    request_.correlation_id = correlation_of(headers_->get("X-Correlation-Id"));
    ++core_->requests;
    // Where there is no door, an upgrade is not made, and the request is answered as any other (RFC 9110 7.8).
    if (!parser_->chunked() && wants_websocket(parser_->get().base())) {
      if (const auto* door = core_->doors.find(request_.path, &request_.params)) return upgrade(door);
    }
    auto result = answer(*core_, request_, publishes_);
    if (auto* ready = std::get_if<protocol::Response>(&result)) {
      respond(std::move(*ready));
      return true;
    }
    wait(std::move(std::get<runtime::Task<protocol::Response>>(result)));
    return false;
  }

  void wait(runtime::Task<protocol::Response> task) {
    busy_ = true;
    boost::asio::co_spawn(core_->loop.context(), std::move(task),
                          [self = self()](const std::exception_ptr& error, protocol::Response response) {
                            self->busy_ = false;
                            if (error) {
                              response = protocol::error_response({Code::internal, "Something went wrong inside bpyd"},
                                                                  self->request_, protocol::ErrorForm::json);
                            }
                            if (!self->is_open()) return;
                            self->respond(std::move(response));
                            self->process();
                            if (!self->busy_ && !self->paused_) self->read_when_ready();
                          });
  }

  void respond(protocol::Response response) {
    Wire wire;
    wire.head = request_.method == protocol::Method::head;
    wire.version = parser_->get().version();
    wire.keep_alive = parser_->get().keep_alive() && !closing_ && !core_->closing;
    const auto now = steady_clock::now();
    wire.total = now - started_;
    if (response.status >= 400) {
      log::write(log::Level::info, "transport", "http.error", log::without_secrets(request_.path),
                 {{"status", std::to_string(response.status)}, {"correlation_id", request_.correlation_id}});
    }
    count(response);
    wire.embedders = core_->gate.embedders;
    write_response(out_, request_, std::move(response), wire);
    closing_ = closing_ || !wire.keep_alive;
    headers_.reset();
    parser_.reset();
    body_ = {};
    wait_for(core_->options.idle_time, now);
    write_at_turn_end();
  }

  void count(const protocol::Response& response) {
    if (!response.error) return;
    ++core_->metrics.counter("bpyd_errors_total", "Errors told to clients, by code", "code=\"" + code_text(*response.error) + "\"");
  }

  bool upgrade(const hub::Door* door) {
    const auto& header = parser_->get().base();
    if (const auto error = judge_upgrade(header)) return refuse(*error);
    if (!core_->hub.has_room()) return refuse({Code::overloaded, "This daemon serves no more clients"});
    auto grant = admit(*core_, request_, door->scope, true);
    if (!grant) return refuse(grant.error());
    request_.grant = *grant;
    if (door->judge) {
      if (const auto ok = door->judge(request_); !ok) return refuse(ok.error());
    }
    flush();  // answers pipelined before the upgrade leave first
    if (!is_open()) return false;
    if (!out_.empty()) return refuse({Code::bad_request, "Read the answers to earlier requests before upgrading"});
    std::string offers;  // of all lines of that name (RFC 6455 9.1)
    for (auto [line, last] = header.equal_range(http::field::sec_websocket_extensions); line != last; ++line) {
      offers.append(offers.empty() ? "" : ",").append(line->value().data(), line->value().size());
    }
    const Agreement agreed = agree(*core_, request_, *door, offers);
    const auto key = header[http::field::sec_websocket_key];
    const auto response = upgrade_response({key.data(), key.size()}, agreed.protocol, agreed.deflate ? agreed.deflate->answer : "");
    const Upgrade upgrade{agreed.spelling, agreed.deflate.has_value(), agreed.deflate && agreed.deflate->compresses, *std::move(grant)};
    request_.body = {};
    serve_websocket(core_, std::move(stream_), *door, upgrade, response, request_, std::move(in_));
    in_.clear();
    return false;
  }

  void write_when_ready() {
    if (writing_) return;
    writing_ = true;
    stream_.socket().async_wait(Socket::wait_write, [self = self()](const boost::system::error_code& error) {
      self->writing_ = false;
      if (!error) self->flush();
    });
  }

  /// Waits for the client's end, so that a reset does not overtake the last answer.
  void linger() {
    if (lingering_) return;
    lingering_ = true;
    stream_.shut_down_writing();
    wait_for(kLinger);
    read_when_ready();
  }

  using Buffer = std::array<char, 16 * 1024>;

  std::shared_ptr<Core> core_;
  Stream stream_;
  std::unique_ptr<Buffer> buffer_;
  std::shared_ptr<HttpConnection> keep_;
  std::optional<Parser> parser_;
  std::optional<http::fields> kept_;  ///< the judged header of a chunked request
  std::optional<BeastHeaders> headers_;
  protocol::Request request_;
  std::string in_, out_;
  std::size_t out_sent_ = 0;
  Bodies::Share body_;
  SteadyTime deadline_, started_;
  std::size_t around_ = 0;       ///< bytes of chunks' heads and trailers in the request in hand
  std::size_t passed_over_ = 0;  ///< empty lines before a request
  bool judged_ = false;     ///< the header in hand was let in
  bool busy_ = false;       ///< a waiting handler has the request
  bool paused_ = false;     ///< too much is unsent to read on
  bool closing_ = false;    ///< close once everything is sent
  bool lingering_ = false;
  bool publishes_ = false;  ///< its requests wait while readers are behind
  bool waiting_for_readers_ = false;
  bool yielding_ = false;   ///< others have their turn first
  bool reading_ = false, writing_ = false;
};

}  // namespace

void serve_http(const std::shared_ptr<Core>& core, Socket socket) {
  std::make_shared<HttpConnection>(core, std::move(socket))->read_when_ready();
}

}  // namespace bpyd::transport
