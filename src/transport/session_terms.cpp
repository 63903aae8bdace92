// SPDX-License-Identifier: MIT
// Tokens meet scopes; offers meet what this daemon speaks.
#include "session_terms.hpp"

#include <algorithm>

#include "bpyd/core/log.hpp"
#include "bpyd/core/strings.hpp"
#include "bpyd/protocol/error_envelope.hpp"

namespace bpyd::transport {
namespace {

using protocol::Request;

constexpr std::string_view kEnvelope = "bpyd.envelope.v1";

std::string_view query_value(const Request& request, std::string_view name) {
  const auto found = std::ranges::find(request.query, name, &QueryPairs::value_type::first);
  return found == request.query.end() ? std::string_view{} : std::string_view(found->second);
}

bool is_on(std::string_view value) { return value == "1" || value == "true"; }

std::string cookie_name(const Core& core) { return "bpyd_" + std::to_string(core.ports.http); }

std::string_view cookie(const Request& request, std::string_view name) {
  std::string_view rest = request.header("Cookie");
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto pair = trim(rest.substr(0, end));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::string_view presented_token(const Request& request) {
  if (const auto own = request.header("X-BranchPy-Token"); !own.empty()) return own;
  const auto bearer = request.header("Authorization");
  if (bearer.size() > 7 && (bearer.starts_with("Bearer ") || bearer.starts_with("bearer "))) return trim(bearer.substr(7));
  return {};
}

}  // namespace

Result<protocol::Grant> admit(const Core& core, const Request& request, protocol::Scope scope, bool upgrade) {
  if (!core.access->required()) return protocol::Grant{};
  const auto now = std::chrono::steady_clock::now();
  const auto seconds = epoch_millis_now() / 1000;
  auto token = presented_token(request);
  // In an address only for upgrades, where a browser cannot send a header.
  if (token.empty() && upgrade) token = query_value(request, "token");
  if (token.empty()) {
    if (scope == protocol::Scope::open) return protocol::Grant{false, {}, {}, false};
    if (const auto page = cookie(request, cookie_name(core)); !page.empty() && scope == protocol::Scope::read) {
      return core.access->judge(page, Access::Way::cookie, now, seconds);
    }
  }
  auto grant = core.access->judge(token, Access::Way::header, now, seconds);
  if (!grant) {
    if (scope == protocol::Scope::open) return protocol::Grant{false, {}, {}, false};
    log::write(log::Level::warn, "transport", "access.refused", grant.error().message, {{"path", log::without_secrets(request.path)}, {"correlation_id", request.correlation_id}});
    return grant;
  }
  if (scope == protocol::Scope::admin && !grant->admin) {
    return fail(Code::scope_too_small, std::string(method_text(request.method)) + " " + request.path + " needs the admin scope");
  }
  return grant;
}

std::optional<protocol::Response> redeem_link(const Core& core, const Request& request) {
  const auto code = query_value(request, "k");
  if (code.empty() || !core.access->required()) return std::nullopt;
  const auto keys = core.access->redeem(code, std::chrono::steady_clock::now());
  if (!keys) {
    return protocol::error_response({Code::token_required, "This link has been used, or is older than 30 seconds", "Ask for a new one: bpyd open"},
                                    request, protocol::ErrorForm::html_page);
  }
  // One slash in front: "//elsewhere/" would lead there.
  std::string target = "/" + request.path.substr(std::min(request.path.find_first_not_of('/'), request.path.size()));
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    if (name == "k") continue;
    target += std::exchange(separator, '&') + percent_encode(name) + "=" + percent_encode(value);
  }
  target += "#page-token=" + keys->token;  // never sent to a server: the page takes it out of its address
  auto response = protocol::text_response(303, "text/plain; charset=utf-8", "");
  response.headers.emplace_back("Location", target);
  response.headers.emplace_back("Set-Cookie", cookie_name(core) + "=" + keys->cookie + "; HttpOnly; SameSite=Strict; Path=/" + (core.tls ? "; Secure" : ""));
  return response;
}

Agreement agree(const Core& core, const Request& request, const hub::Door& door, std::string_view offers) {
  Agreement agreed{door.spelling, {}, {}};
  const auto offered = split(std::string(request.header("Sec-WebSocket-Protocol")), ',');
  const bool by_protocol = std::ranges::any_of(offered, [](const std::string& name) { return trim(name) == kEnvelope; });
  if (by_protocol) agreed.protocol = kEnvelope;
  if (by_protocol || is_on(query_value(request, "envelope"))) agreed.spelling = hub::Spelling::envelope;
  if (core.options.compression || door.deflate || is_on(query_value(request, "compress"))) {
    agreed.deflate = protocol::accept_deflate(offers);
  }
  return agreed;
}

}  // namespace bpyd::transport
