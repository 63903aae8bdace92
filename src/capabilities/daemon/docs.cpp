// SPDX-License-Identifier: MIT
// The tables as pages and as OpenAPI and AsyncAPI documents.
#include "docs.hpp"

#include "bpyd/core/strings.hpp"
#include "bpyd/daemon/describe.hpp"

namespace bpyd::daemon_info {
namespace {

void row(std::string& html, std::initializer_list<std::string> cells) {
  html += "<tr>";
  bool first = true;
  for (const auto& cell : cells) {
    html += first ? "<td><code>" + escape_html(cell) + "</code></td>" : "<td>" + escape_html(cell) + "</td>";
    first = false;
  }
  html += "</tr>\n";
}

void head(std::string& html, const std::string& title, std::initializer_list<std::string> columns) {
  html += "<h2>" + title + "</h2>\n<table><thead><tr>";
  for (const auto& column : columns) html += "<th scope='col'>" + column + "</th>";
  html += "</tr></thead><tbody>\n";
}

std::string docs_html(const daemon::Tables& tables, const runtime::Metrics& metrics) {
  std::string html =
      "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
      "<meta name='viewport' content='width=device-width, initial-scale=1'><title>bpyd · reference</title>"
      "<link rel='icon' href='/favicon.svg'><link rel='stylesheet' href='/static/page.css'></head>\n<body><main class='docs'><nav><a href='/'>Home</a></nav><h1>bpyd reference</h1>\n"
      "<p>Every route and door answers on both ports. For programs: <a href='/openapi.json'>openapi.json</a>, "
      "<a href='/asyncapi.json'>asyncapi.json</a>.</p>\n";
  head(html, "Routes", {"Route", "What it does"});
  for (const auto& route : tables.routes.all()) row(html, {std::string(method_text(route.method)) + " " + route.pattern, route.summary});
  html += "</tbody></table>\n";
  head(html, "WebSocket doors", {"Message", "What it does"});
  for (const auto& [path, door] : tables.doors.all()) {
    row(html, {path, door.summary});
    for (const auto& [type, message] : door.messages) row(html, {"→ " + type, message.summary});
    for (const auto& answer : door.answers) row(html, {"← " + answer.type, answer.summary});
  }
  html += "</tbody></table>\n";
  head(html, "Metrics", {"Family", "Type", "What it counts"});
  for (const auto& family : metrics.describe()) row(html, {family.name, family.type, family.help});
  html += "</tbody></table>\n";
  head(html, "Events", {"Event", "Channel", "What happened"});
  for (const auto& event : tables.events) row(html, {event.type, event.channel, event.summary});
  html += "</tbody></table>\n";
  head(html, "Error codes", {"Code", "Status", "Meaning", "What to do"});
  for (const auto& code : code_table()) {
    row(html, {code_text(code.code), std::to_string(code.http_status), std::string(code.title), std::string(code.suggestion)});
  }
  html += "</tbody></table>\n</main></body></html>\n";
  return html;
}

}  // namespace

void Docs::install(daemon::Binder& binder) {
  using daemon::Method;
  using daemon::Scope;
  binder.route(Method::get, "/openapi.json", Scope::read, "This reference as OpenAPI 3.1", this, &Docs::openapi);
  binder.route(Method::get, "/asyncapi.json", Scope::read, "The sockets' messages as AsyncAPI 3.0", this, &Docs::asyncapi);
  binder.page("/docs", Scope::read, "This reference as a page", this, &Docs::docs);
  binder.page("/", Scope::read, "The dashboard: projects, clients, channels and the log, live", this, &Docs::start_page);
}

/// The tables do not change while serving.
protocol::Response Docs::made_once(protocol::SharedText& text, std::string (*make)(const daemon::Tables&)) {
  if (!text) text = std::make_shared<const std::string>(make(services_->tables));
  protocol::Response response;
  response.body = text;
  return response;
}

Result<protocol::Response> Docs::openapi(const protocol::NoQuery&) {
  return made_once(openapi_, daemon::openapi_text);
}

Result<protocol::Response> Docs::asyncapi(const protocol::NoQuery&) {
  return made_once(asyncapi_, daemon::asyncapi_text);
}

Result<protocol::Response> Docs::docs(const protocol::NoQuery&) {
  return protocol::text_response(200, "text/html; charset=utf-8", docs_html(services_->tables, services_->state.clients.metrics()));
}

Result<protocol::Response> Docs::start_page(const protocol::NoQuery&) {
  const auto* page = protocol::find_asset(services_->assets, "/start.html");
  if (page == nullptr) return fail(Code::route_not_found, "This bpyd was built without its pages", "Build with -DBPYD_WEB=ON; the API answers all the same, see /docs");
  return protocol::text_response(200, "text/html; charset=utf-8", std::string(page->identity));
}

}  // namespace bpyd::daemon_info
