// SPDX-License-Identifier: MIT
// An ordinary Beast broadcaster: a session per socket with a queue, one async_write per message.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdlib>
#include <deque>
#include <memory>
#include <unordered_set>

#include "wire.hpp"

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using tcp = boost::asio::ip::tcp;

class Session;
std::unordered_set<Session*> subscribers;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : stream_(std::move(socket)) {}
  ~Session() { subscribers.erase(this); }
  void start() {
    http::async_read(stream_.next_layer(), buffer_, request_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      self->stream_.async_accept(self->request_, [self](beast::error_code failed) {
        if (failed) return;
        self->publisher_ = self->request_.target() == "/publish";
        if (!self->publisher_) subscribers.insert(self.get());
        self->buffer_.clear();
        self->read();
      });
    });
  }
  void send(const std::shared_ptr<const std::string>& text) {
    queue_.push_back(text);
    if (queue_.size() == 1) write();
  }

 private:
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      if (self->publisher_) {
        const auto text = std::make_shared<const std::string>(beast::buffers_to_string(self->buffer_.data()));
        for (Session* each : subscribers) each->send(text);
      }
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }
  void write() {
    stream_.text(true);
    stream_.async_write(boost::asio::buffer(*queue_.front()), [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      self->queue_.pop_front();
      if (!self->queue_.empty()) self->write();
    });
  }

  websocket::stream<tcp::socket> stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  bool publisher_ = false;
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code error, tcp::socket socket) {
    if (!error) {
      socket.set_option(tcp::no_delay(true));
      std::make_shared<Session>(std::move(socket))->start();
    }
    accept(acceptor);
  });
}

int main(int, char** argv) {
  bench::raise_descriptors();
  boost::asio::io_context context{1};
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::atoi(argv[1]))});
  accept(acceptor);
  context.run();
}
