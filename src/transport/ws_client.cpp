// SPDX-License-Identifier: MIT
// A blocking WebSocket client for the command line.
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "client_stream.hpp"

namespace bpyd::transport {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

template <class Stream>
Result<void> talk(websocket::stream<Stream>& stream, const Endpoint& where, const std::string& target,
                  const std::vector<std::string>& first, const std::function<bool(const std::string&)>& on_message) {
  beast::error_code error;
  stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    if (!where.token.empty()) request.set("X-BranchPy-Token", where.token);
  }));
  stream.read_message_max(64u << 20);
  websocket::response_type response;
  stream.handshake(response, "127.0.0.1:" + std::to_string(where.port), target, error);
  if (error) return nobody(where, error.message() + (response.result_int() >= 400 ? " (" + std::to_string(response.result_int()) + ")" : ""));
  for (const auto& text : first) {
    stream.write(boost::asio::buffer(text), error);
    if (error) return nobody(where, error.message());
  }
  beast::flat_buffer buffer;
  for (;;) {
    stream.read(buffer, error);
    if (error) return fail(Code::unreadable, "The daemon closed the socket: " + (stream.reason().reason.empty() ? error.message() : std::string(stream.reason().reason.c_str())));
    const auto text = beast::buffers_to_string(buffer.data());
    buffer.consume(buffer.size());
    if (on_message(text)) continue;
    stream.close(websocket::close_code::normal, error);
    return {};
  }
}

}  // namespace

Result<void> ws_listen(const Endpoint& where, const std::string& target, const std::vector<std::string>& first,
                       const std::function<bool(const std::string&)>& on_message) {
  boost::asio::io_context context;
  boost::system::error_code error;
  const auto endpoint = endpoint_of(where, error);
  if (error) return nobody(where, error.message());
  if (!where.tls) {
    websocket::stream<boost::asio::ip::tcp::socket> stream(context);
    stream.next_layer().connect(endpoint, error);
    if (error) return nobody(where, error.message());
    return talk(stream, where, target, first, on_message);
  }
  boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
  if (const auto bad = trust(tls, where)) return nobody(where, where.certificate.string() + ": " + bad.message());
  websocket::stream<boost::asio::ssl::stream<boost::asio::ip::tcp::socket>> stream(context, tls);
  stream.next_layer().next_layer().connect(endpoint, error);
  if (!error) stream.next_layer().handshake(boost::asio::ssl::stream_base::client, error);
  if (error) return nobody(where, error.message());
  return talk(stream, where, target, first, on_message);
}

}  // namespace bpyd::transport
