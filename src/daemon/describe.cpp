// SPDX-License-Identifier: MIT
// OpenAPI and AsyncAPI from the tables that dispatch.
#include "bpyd/daemon/describe.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bpyd/core/strings.hpp"

namespace bpyd::daemon {
namespace {

using nlohmann::ordered_json;

ordered_json schema_json(SchemaFn describe) {
  ordered_json schema;
  if (describe != nullptr) write_schema(describe, schema);
  return schema;
}

ordered_json parameters(const protocol::Route& route) {
  ordered_json list = ordered_json::array();
  const auto schema = schema_json(route.query != nullptr ? route.query : route.body);
  if (schema.is_null()) return list;
  const bool body = route.query == nullptr;
  for (const auto& [name, property] : schema["properties"].items()) {
    const bool in_path = route.pattern.contains("{" + name + "}");
    if (body && !in_path) continue;
    ordered_json plain = property;
    plain.erase("description");
    const auto required = schema.find("required");
    const bool needed = in_path || (required != schema.end() && std::find(required->begin(), required->end(), name) != required->end());
    list.push_back({{"name", name}, {"in", in_path ? "path" : "query"}, {"required", needed}, {"description", property["description"]}, {"schema", plain}});
  }
  return list;
}

ordered_json operation(const protocol::Route& route) {
  ordered_json op{{"summary", route.summary}, {"tags", {route.owner}}, {"x-scope", route.scope == Scope::open ? "open" : route.scope == Scope::read ? "read" : "admin"}};
  if (auto list = parameters(route); !list.empty()) op["parameters"] = std::move(list);
  if (route.body != nullptr) {
    op["requestBody"] = {{"content", {{"application/json", {{"schema", schema_json(route.body)}}}}}};
  }
  ordered_json content = ordered_json::object();
  for (const auto& type : split(route.content_type, ',')) content[std::string(trim(type))] = ordered_json::object();
  if (route.reply != nullptr) content[route.content_type]["schema"] = schema_json(route.reply);
  op["responses"][std::to_string(route.success)] = {{"description", "as described"}, {"content", std::move(content)}};
  op["responses"]["default"] = {{"$ref", "#/components/responses/Error"}};
  return op;
}

ordered_json message_json(const std::string& type, const std::string& summary, SchemaFn schema) {
  ordered_json payload = schema_json(schema);
  if (payload.is_null()) payload = {{"type", "object"}, {"properties", ordered_json::object()}};
  payload["properties"]["type"] = {{"const", type}};
  return {{"name", type}, {"summary", summary}, {"payload", std::move(payload)}};
}

std::string identifier(std::string_view text) {
  std::string id;
  for (const char c : text) id += (c == '/' || c == '.' || c == '{' || c == '}' || c == ':' || c == '*') ? '_' : c;
  return id;
}

}  // namespace

std::string openapi_text(const Tables& tables) {
  ordered_json doc{{"openapi", "3.1.0"}, {"info", {{"title", "bpyd"}, {"version", BPYD_VERSION}, {"description", "A local daemon for Ren'Py stories. Both ports answer every route."}}}};
  doc["paths"] = ordered_json::object();
  for (const auto& route : tables.routes.all()) {
    if (route.any_body) continue;  // for protocol suites, not for users
    std::string method(method_text(route.method));
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    doc["paths"][route.pattern][method] = operation(route);
  }
  doc["components"]["schemas"]["Error"] = schema_json(schema_fn<protocol::ErrorPayload>);
  doc["components"]["responses"]["Error"] = {{"description", "a BPY code, a message that names the thing, a suggestion that works"},
                                             {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
  return dump_json(doc, 1) + "\n";
}

std::string asyncapi_text(const Tables& tables) {
  ordered_json doc{{"asyncapi", "3.0.0"}, {"info", {{"title", "bpyd"}, {"version", BPYD_VERSION}}}};
  doc["channels"] = ordered_json::object();
  doc["operations"] = ordered_json::object();
  for (const auto& [path, door] : tables.doors.all()) {
    if (door.on_message) continue;
    const auto id = identifier(path);
    ordered_json& channel = doc["channels"][id];
    channel = {{"address", path}, {"description", door.summary}, {"messages", ordered_json::object()}};
    for (const auto& [type, message] : door.messages) channel["messages"]["client." + type] = message_json(type, message.summary, message.schema);
    for (const auto& answer : door.answers) channel["messages"]["server." + answer.type] = message_json(answer.type, answer.summary, answer.schema);
    for (const auto& event : tables.events) {
      auto message = message_json(event.type, event.summary, event.schema);
      auto& known = channel["messages"]["event." + event.type];
      message["x-channel"] = known.is_null() ? event.channel : known["x-channel"].get<std::string>() + ", " + event.channel;
      auto& properties = message["payload"]["properties"];
      properties["channel"] = {{"type", "string"}};
      properties["seq"] = {{"type", "integer"}, {"minimum", 1}};
      properties["ts"] = {{"type", "string"}, {"format", "date-time"}};
      known = std::move(message);
    }
    doc["operations"]["receive" + id] = {{"action", "receive"}, {"channel", {{"$ref", "#/channels/" + id}}}};
    doc["operations"]["send" + id] = {{"action", "send"}, {"channel", {{"$ref", "#/channels/" + id}}}};
  }
  return dump_json(doc, 1) + "\n";
}

}  // namespace bpyd::daemon
