// SPDX-License-Identifier: MIT
// The access gate against a second reading of the rules R2 to R5, on heads as Beast's parser takes them.
// The two must agree on who is let in.
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "bpyd/protocol/http.hpp"
#include "gate.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

namespace {

namespace http = boost::beast::http;

struct Head {
  std::string method, target;
  unsigned version = 11;
  std::vector<std::pair<std::string, std::string>> lines;  ///< names in small letters

  [[nodiscard]] std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count(lines, name, &std::pair<std::string, std::string>::first));
  }
  [[nodiscard]] std::string first(std::string_view name) const {
    const auto found = std::ranges::find(lines, name, &std::pair<std::string, std::string>::first);
    return found == lines.end() ? std::string() : found->second;
  }
};

std::string string_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string small(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string stripped(std::string text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f'; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  while (!text.empty() && blank(text.front())) text.erase(0, 1);
  return text;
}

Head head_of(const transport::RequestHeader& header) {
  Head head;
  head.method = string_of(header.method_string());
  head.target = string_of(header.target());
  head.version = header.version();
  for (const auto& field : header) head.lines.emplace_back(small(string_of(field.name_string())), string_of(field.value()));
  return head;
}

/// By listing what may be written, not by taking it apart.
bool own_host(std::string authority) {
  authority = small(std::move(authority));
  for (const std::string name : {"127.0.0.1", "localhost", "[::1]"}) {
    if (authority == name) return true;
    if (!authority.starts_with(name + ":")) continue;
    const auto port = authority.substr(name.size() + 1);
    return !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  }
  return false;
}

bool host_fits(const Head& head) {
  const auto hosts = head.count("host");
  if (hosts != 1 && !(hosts == 0 && head.version < 11)) return false;
  if (hosts == 1 && !own_host(stripped(head.first("host")))) return false;
  if (head.target.starts_with('/') || head.target == "*") return true;
  const auto target = small(head.target);
  for (const std::string scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) return own_host(target.substr(scheme.size(), target.find_first_of("/?#", scheme.size()) - scheme.size()));
  }
  return false;
}

bool own_origin(const Head& head, const transport::GateOptions& options) {
  return head.count("origin") == 1 && std::ranges::find(options.origins, head.first("origin")) != options.origins.end();
}

bool site_fits(const Head& head, const transport::GateOptions& options) {
  const auto site = small(head.first("sec-fetch-site")), mode = small(head.first("sec-fetch-mode")), dest = small(head.first("sec-fetch-dest"));
  if (head.count("sec-fetch-site") > 1) return false;
  if (site != "cross-site" && site != "same-site") return true;
  if (head.method == "GET" && mode == "navigate" && (dest == "document" || (dest == "iframe" && !options.embedders.empty()))) return true;
  return site == "same-site" && own_origin(head, options);
}

bool framing_fits(const Head& head) {
  if (head.count("expect") > 0 && small(head.first("expect")) != "100-continue") return false;
  if (head.count("transfer-encoding") == 0) return true;
  return head.count("transfer-encoding") == 1 && head.version >= 11 && small(stripped(head.first("transfer-encoding"))) == "chunked" &&
         head.count("content-length") == 0;
}

bool body_fits(const Head& head, bool has_body) {
  if (!has_body || head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS") return true;
  const auto type = head.first("content-type");
  return head.count("content-type") == 1 && small(stripped(type.substr(0, type.find(';')))) == "application/json";
}

bool welcome(const Head& head, bool has_body, const transport::GateOptions& options) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : head.lines) bytes += name.size() + value.size() + 4;
  return head.target.size() <= 8192 && head.lines.size() <= 100 && bytes <= 16 * 1024 && host_fits(head) && framing_fits(head) &&
         (head.count("origin") == 0 || own_origin(head, options)) && site_fits(head, options) && body_fits(head, has_body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<transport::GateOptions> kOptions = {
      {.origins = {"http://127.0.0.1:8766", "http://localhost:8766"}, .embedders = {}},
      {.origins = {"http://localhost:8765", "vscode-webview://abc"}, .embedders = "vscode-webview://abc"}};
  http::request_parser<http::empty_body> parser;
  parser.header_limit(24 * 1024);
  parser.eager(false);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(data, size), error);
  if (error || !parser.is_header_done()) return 0;
  const auto& header = parser.get().base();
  const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  const auto head = head_of(header);
  for (const auto& options : kOptions) {
    const auto refusal = transport::judge(header, has_body, options);
    demand(welcome(head, has_body, options) == !refusal);
    if (refusal) demand(!refusal->message.empty() && refusal->message.find_first_of("\r\n") == std::string::npos);
    else (void)protocol::parse_target(transport::origin_form(head.target));
  }
  return 0;
}
