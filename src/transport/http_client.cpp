// SPDX-License-Identifier: MIT
// A blocking HTTP client for the command line.
#include "bpyd/transport/http_client.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "client_stream.hpp"

namespace bpyd::transport {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

/// Each step runs the context dry: straight-line code with one deadline over all of it.
class Steps {
 public:
  explicit Steps(boost::asio::io_context& context) : context_(context) {}
  auto note() {
    return [this](const beast::error_code& error, auto&&...) { error_ = error; };
  }
  bool run() {
    context_.restart();
    context_.run();
    return !error_;
  }
  [[nodiscard]] std::string why() const { return error_.message(); }

 private:
  boost::asio::io_context& context_;
  beast::error_code error_;
};

template <class Stream>
Result<ClientReply> exchange(Stream& stream, Steps& steps, http::request<http::string_body>& request, const Endpoint& where) {
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(256u << 20);
  http::async_write(stream, request, steps.note());
  if (!steps.run()) return nobody(where, steps.why());
  http::async_read(stream, buffer, parser, steps.note());
  if (!steps.run()) return nobody(where, steps.why());
  return ClientReply{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

}  // namespace

Result<ClientReply> http_call(const Endpoint& where, const std::string& method, const std::string& target,
                              const std::string& body, std::chrono::milliseconds limit) {
  boost::asio::io_context context;
  Steps steps(context);
  http::request<http::string_body> request(http::string_to_verb(method), target, 11);
  request.set(http::field::host, "127.0.0.1:" + std::to_string(where.port));
  request.set(http::field::connection, "close");
  if (!where.token.empty()) request.set("X-BranchPy-Token", where.token);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  boost::system::error_code error;
  const auto endpoint = endpoint_of(where, error);
  if (error) return nobody(where, error.message());
  beast::tcp_stream plain(context);
  plain.expires_after(limit);
  plain.async_connect(endpoint, steps.note());
  if (!steps.run()) return nobody(where, steps.why());
  if (!where.tls) return exchange(plain, steps, request, where);
  boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
  if (const auto bad = trust(tls, where)) return nobody(where, where.certificate.string() + ": " + bad.message());
  boost::asio::ssl::stream<beast::tcp_stream> stream(std::move(plain), tls);
  stream.async_handshake(boost::asio::ssl::stream_base::client, steps.note());
  if (!steps.run()) return nobody(where, steps.why());
  return exchange(stream, steps, request, where);
}

}  // namespace bpyd::transport
