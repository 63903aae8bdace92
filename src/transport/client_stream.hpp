// SPDX-License-Identifier: MIT
// Connects for the blocking clients, plainly or under TLS.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>

#include "bpyd/transport/http_client.hpp"

namespace bpyd::transport {

inline std::unexpected<Error> nobody(const Endpoint& where, const std::string& why) {
  return fail(Code::unreadable, "Nothing answers at " + where.host + ":" + std::to_string(where.port) + ": " + why, "Start it: bpyd");
}

/// Trusts the daemon's own certificate and no other, whatever name it carries.
inline boost::system::error_code trust(boost::asio::ssl::context& context, const Endpoint& where) {
  boost::system::error_code error;
  context.set_verify_mode(boost::asio::ssl::verify_peer);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.native_handle()), X509_V_FLAG_PARTIAL_CHAIN);
  context.load_verify_file(where.certificate.string(), error);
  return error;
}

inline boost::asio::ip::tcp::endpoint endpoint_of(const Endpoint& where, boost::system::error_code& error) {
  return {boost::asio::ip::make_address(where.host == "localhost" ? "127.0.0.1" : where.host, error), where.port};
}

}  // namespace bpyd::transport
