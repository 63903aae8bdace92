// SPDX-License-Identifier: MIT
// A blocking HTTP client for the command line.
#include "bpyd/transport/http_client.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace bpyd::transport {
namespace {
namespace beast = boost::beast;
namespace http = beast::http;
}  // namespace

Result<ClientReply> http_call(const std::string& host, std::uint16_t port, const std::string& method,
                              const std::string& target, const std::string& body, std::chrono::milliseconds limit) {
  boost::asio::io_context context;
  beast::tcp_stream stream(context);
  stream.expires_after(limit);
  beast::error_code error;
  http::request<http::string_body> request(http::string_to_verb(method), target, 11);
  request.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  request.set(http::field::connection, "close");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(256u << 20);
  const auto note = [&](const beast::error_code& result) { error = result; };
  // Each step runs the context dry: straight-line code with one deadline over all of it.
  const auto run = [&] {
    context.restart();
    context.run();
    return !error;
  };
  const auto address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (!error) {
    stream.async_connect({address, port}, note);
    if (run()) {
      http::async_write(stream, request, [&](const beast::error_code& result, std::size_t) { note(result); });
      if (run()) {
        http::async_read(stream, buffer, parser, [&](const beast::error_code& result, std::size_t) { note(result); });
        run();
      }
    }
  }
  if (error) return fail(Code::unreadable, "Nothing answers at " + host + ":" + std::to_string(port) + ": " + error.message(), "Start it: bpyd");
  return ClientReply{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

}  // namespace bpyd::transport
